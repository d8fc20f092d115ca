"""Benchmarks: this package's speed beside its peers'. See README.md; run one by ``python -m benchmarks.NAME``."""
