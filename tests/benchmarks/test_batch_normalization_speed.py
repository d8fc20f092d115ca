"""The benchmark of batch normalisation: both layers learn the same, and a miniature run."""

import json

import pytest

from benchmarks import batch_normalization_speed as benchmark
from benchmarks import timing
from mnist_lab import models


def test_both_layers_learn_the_same(digits):
    x, y = digits[0][:256], digits[1][:256]
    losses = []
    for layer in benchmark.LAYERS.values():
        run = benchmark.fitting(layer, "float32", x, y)
        losses.append([run(0)["loss"], run(1)["loss"]])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert models.FusedBatchNormalization is benchmark.LAYERS["fused"]


def test_miniature_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(timing, "FOLDER", tmp_path)
    monkeypatch.setattr(models, "fastest_dtype", lambda: "float32")
    for name, value in {"BATCHES": 2, "BATCH_SIZE": 16, "ROUNDS": 2}.items():
        monkeypatch.setattr(benchmark, name, value)
    benchmark.main()
    stored = json.loads((tmp_path / "batch_normalization_speed.json").read_text(encoding="utf-8"))
    assert stored["command"] == "python -m benchmarks.batch_normalization_speed"
    assert stored["ratio_to_fused"]["fused, float32"] == 1
    assert set(stored["seconds_an_epoch"]) == {"fused, float32", "Keras, float32"}
    assert {run["variant"] for run in stored["runs"]} == set(stored["seconds_an_epoch"])
    assert "times fused" in capsys.readouterr().out
