"""How much results move between machines and seeds, beside the tolerance that each of them states.

``python -m benchmarks.upkeep.tolerances`` runs every notebook under every setting below, trains its models anew and
compares what it stored and printed with the reference. This takes hours. Each run of a notebook is one part: it
goes to ``runs/tolerances/<setting>/``, and an interrupted command goes on where it stopped. A part stays valid until
something moves its numbers: the reference's own numbers, a library's version, or the setting. Moving code, renaming,
or changing a tolerance does not make it stale.

At the end, or alone with ``--table``, the table of all valid parts is printed and stored in
``results/measurements/tolerances.json``: shares of the tolerances used, and what a grader with such a machine would
see as changed. Parts that the stored table has and this machine has not are kept while they are valid. Where one is
stale and was not run again, the command refuses to write a smaller table. The script suggests tolerances, a person
decides.
"""

import argparse
import hashlib
import importlib.metadata
import json
import math
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
import numpy as np

from benchmarks.upkeep.tolerance_table import cell_differences, entry_differences, numbers_of, table
from mnist_lab import files
from mnist_lab.grading import absolute_folders
from mnist_lab.grading.notebooks import find_notebooks
from mnist_lab.grading.run.kernel import run_notebook
from mnist_lab.grading.text import text_table

ROOT = files.project_root(Path(__file__).parent)
REFERENCE = ROOT / "results" / "reference"
FOLDER = ROOT / "runs" / "tolerances"
TABLE = ROOT / "results" / "measurements" / "tolerances.json"
CELL_TIMEOUT = 4 * 3600  # seconds: one thread of a busy machine may need much longer than a grader's limit

_FEATURES = np.show_config(mode="dicts")["SIMD Extensions"]
_AVX512 = [name for name in _FEATURES.get("found", []) if "512" in name or name == "X86_V4"]
_DISABLED_FEATURES = "NPY_DISABLE_CPU_FEATURES"

# What each does was tried on one training step of dense and convolutional layers (TensorFlow 2.21, NumPy 2.4,
# scikit-learn 1.9, a processor with AVX-512 and AMX), comparing bits, with the kernels named by ONEDNN_VERBOSE=1.
SETTINGS = {
    # A processor for which TensorFlow leaves oneDNN out: Eigen's convolutions, and all trained weights move.
    # Eigen's matrix products still call oneDNN's sgemm. NumPy and scikit-learn are not touched.
    "onednn_off": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    # A machine that gives one processor. The intra-op threads move the gradients of convolutions (not of dense
    # layers), OMP_NUM_THREADS moves OpenBLAS's matrix products (NumPy, and lbfgs in scikit-learn), the inter-op
    # threads move nothing.
    "one_thread": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"},
    # A processor without AVX-512. oneDNN then says "isa:Intel AVX2" and takes its avx2 kernels, sgemm too;
    # OpenBLAS takes those for Haswell; NumPy leaves out the loops listed (exp in float64 moves, sums and float32
    # do not). Not forced: the rest of Eigen (exp, tanh, sums), which TensorFlow's wheel compiles once, for AVX,
    # and so is the same on every such processor, with or without AVX-512; no setting here moved it.
    "avx2": {
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
        _DISABLED_FEATURES: " ".join(_AVX512),
    },
}
# The notebooks that average over seeds, and the constant that holds them: (0, 1, 2) becomes (3, 4, 5) in seeds_1
# and so on, so that there are five sets of seeds with the reference.
SEEDED = {"05_emnist_augmentation": "SEEDS", "09_filter_shapes": "SHORT_SEEDS"}
SEED_SETTINGS = {f"seeds_{step}": step for step in range(1, 5)}
LIBRARIES = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "pandas")


def main(argv=None):
    """Run what is left, then print and store the table."""
    arguments = _arguments(argv)
    failed = 0
    if not arguments.table:
        try:
            failed = _run_all(arguments.units)
        except KeyboardInterrupt:
            print("\nStopped. Finished parts are kept: the same command goes on with the one that was stopped.")
            return 130
    content, lost = measure_table(find_notebooks([], ROOT / "notebooks"), _stored_table())
    _print_table(content)
    if lost:
        print(
            f"\nNot written: the stored table has {len(lost)} runs that are stale and were not run again "
            f"({', '.join(f'{setting} {stem}' for setting, stem in lost)}). Run them: "
            f"python -m benchmarks.upkeep.tolerances {' '.join(sorted({stem for _, stem in lost}))}"
        )
        return 1
    files.write_json(TABLE, content)
    return 1 if failed else 0


def _stored_table():
    return json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.is_file() else {"runs": {}}


def _arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="name or number; all where none is given")
    known = [*SETTINGS, *SEED_SETTINGS]
    parser.add_argument("--settings", nargs="+", metavar="NAME", choices=known, default=known, help=", ".join(known))
    parser.add_argument("--table", action="store_true", help="run nothing, only compare what is there")
    arguments = parser.parse_args(argv)
    forced = sorted({name for setting in SETTINGS.values() for name in setting} & os.environ.keys())
    if forced and not arguments.table:
        parser.error(f"unset {', '.join(forced)}: the settings set them, and each must be measured by itself")
    try:
        arguments.units = units(find_notebooks(arguments.notebooks, ROOT / "notebooks"), arguments.settings)
    except ValueError as error:
        parser.error(str(error))
    return arguments


def units(notebooks, settings):
    """Return ``(setting, notebook)`` pairs, the cheapest notebooks of each setting first."""
    cheapest_first = sorted(notebooks, key=lambda path: (_reference_seconds(path), path.stem))
    return [
        (setting, path)
        for setting in settings
        for path in cheapest_first
        if setting not in SEED_SETTINGS or path.stem in SEEDED
    ]


def _reference_seconds(path):
    try:
        times = json.loads((REFERENCE / path.stem / "times.json").read_text(encoding="utf-8"))
        return times["notebook"]
    except (OSError, ValueError, KeyError):
        return float("inf")


def is_done(setting, path):
    """Return True where this notebook ran to its end under this setting, and the run is valid today."""
    executed = FOLDER / setting / "notebooks" / path.name
    try:
        marker = json.loads(_marker(setting, path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return executed.is_file() and is_valid(marker, setting, path)


def _marker(setting, path):
    return FOLDER / setting / "notebooks" / f"{path.stem}.done.json"


def record(setting, path):
    """Return what a run is valid for (the reference's numbers, libraries, setting), and the processor it ran on."""
    numbers = numbers_of(REFERENCE / path.stem, nbformat.read(path, as_version=4))
    # which features are switched off depends on the processor, not on the setting
    variables = {name: value for name, value in SETTINGS.get(setting, {}).items() if name != _DISABLED_FEATURES}
    return {
        "numbers": hashlib.sha256(json.dumps(numbers, sort_keys=True).encode("utf-8")).hexdigest(),
        "libraries": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES),
        "setting": json.dumps([variables, SEED_SETTINGS.get(setting, 0)]),
        "cpu_features": ", ".join(sorted(_FEATURES.get("baseline", []) + _FEATURES.get("found", []))),
    }


def is_valid(old, setting, path):
    """Return True where a run with this record is valid today, on whatever processor it was made."""
    today = record(setting, path)
    return all(old.get(key) == today[key] for key in ("numbers", "libraries", "setting"))


def _run_all(wanted):
    """Run the units that are not done; return how many failed."""
    left = [unit for unit in wanted if not is_done(*unit)]
    print(f"{len(wanted)} runs of notebooks, {len(wanted) - len(left)} done before, {len(left)} left", flush=True)
    failed = 0
    for number, (setting, path) in enumerate(left, start=1):
        print(f"[{number}/{len(left)}] {setting} {path.stem} ", end="", flush=True)
        try:
            run = run_unit(setting, path)
            status = f"{run.seconds:.0f} s" if run.ok else f"failed after {run.seconds:.0f} s, {_first_error(run)}"
        except ValueError as error:
            run, status = None, f"failed: {error}"
        failed += run is None or not run.ok
        print(status, flush=True)
    return failed


def _first_error(run):
    number, name, text = run.error
    return f"{name}: {text}" if number is None else f"cell [{number}]: {name}: {text}"


def run_unit(setting, path):
    """Run one notebook under one setting into folders of its own, where no model waits to be loaded."""
    folder, marker, made_for = FOLDER / setting, _marker(setting, path), record(setting, path)
    marker.unlink(missing_ok=True)
    for kind in ("results", "models"):
        shutil.rmtree(folder / kind / path.stem, ignore_errors=True)
    for kind in ("notebooks", "results", "sources", f"models/{path.stem}"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    environment = absolute_folders() | SETTINGS.get(setting, {})
    environment |= {
        "MNIST_LAB_RESULTS": str(folder / "results"),
        "MNIST_LAB_MODELS": str(folder / "models" / path.stem),
    }
    source = path
    if setting in SEED_SETTINGS:
        source = folder / "sources" / path.name
        notebook = with_other_seeds(nbformat.read(path, as_version=4), SEEDED[path.stem], SEED_SETTINGS[setting])
        nbformat.write(notebook, source)
    run = run_notebook(source, folder / "notebooks" / path.name, timeout=CELL_TIMEOUT, environment=environment)
    if run.ok:
        files.write_json(marker, made_for | {"seconds": round(run.seconds, 1)})
    return run


def with_other_seeds(notebook, name, step):
    """Return a notebook whose seeds are moved on by ``step`` times their number.

    Raises
    ------
    ValueError
        If the constant is not assigned exactly once, like ``SEEDS = (0, 1, 2)``.
    """
    assignment = re.compile(rf"^{name} = \((\d+(?:, \d+)+)\)", re.MULTILINE)
    found = [
        (cell, match)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for match in assignment.finditer(cell.source)
    ]
    if len(found) != 1:
        raise ValueError(
            f"{len(found)} lines like '{name} = (0, 1, 2)' where one is needed: mend the notebook, or SEEDED in "
            "benchmarks/upkeep/tolerances.py"
        )
    cell, match = found[0]
    seeds = [int(seed) for seed in match[1].split(", ")]
    moved = ", ".join(str(seed + step * len(seeds)) for seed in seeds)
    cell.source = cell.source[: match.start(1)] + moved + cell.source[match.end(1) :]
    return notebook


def measure_table(notebooks, stored):
    """Compare all finished units with the reference, and keep what the stored table has of valid others.

    Parameters
    ----------
    notebooks : list of pathlib.Path
    stored : dict
        Content of tolerances.json so far.

    Returns
    -------
    content : dict
        Of tolerances.json.
    lost : list of tuple
        ``(setting, notebook)`` of units that the stored table has, but that are stale and were not run again.
    """
    entries, cells, covered, not_compared = {}, {}, {}, 0
    lost = []
    stated = {path.stem: _differences(path, REFERENCE / path.stem, path) for path in notebooks}
    for setting, path in units(notebooks, [*SETTINGS, *SEED_SETTINGS]):
        made_for = stored["runs"].get(setting, {}).get(path.stem)
        if is_done(setting, path):
            made_for = json.loads(_marker(setting, path).read_text(encoding="utf-8"))
            executed = FOLDER / setting / "notebooks" / path.name
            found = _differences(path, FOLDER / setting / "results" / path.stem, executed)
        elif made_for and is_valid(made_for, setting, path):
            found = [_kept(setting, of, stored) for of in stated[path.stem]]
        else:
            found = [None]
        if None in found:
            lost += [(setting, path.stem)] if made_for else []
            continue
        covered.setdefault(setting, {})[path.stem] = made_for
        entries.setdefault(setting, {}).update(found[0])
        cells.setdefault(setting, {}).update(found[1])
    for path in notebooks:
        not_compared += entry_differences(REFERENCE / path.stem, REFERENCE / path.stem)[1]
    entry_rows, entry_errors = table(entries, SETTINGS, SEED_SETTINGS)
    cell_rows, cell_errors = table(cells, SETTINGS, SEED_SETTINGS)
    content = {
        "command": "python -m benchmarks.upkeep.tolerances",
        "runs": {setting: dict(sorted(runs.items())) for setting, runs in covered.items()},
        "errors": entry_errors + cell_errors,
        "not_compared": not_compared,
        "entries": _unchanged(entry_rows, stored.get("entries", {})),
        "cells": _unchanged(cell_rows, stored.get("cells", {})),
    }
    return content, lost


def _unchanged(rows, stored):
    """Keep a stored row where nothing was measured anew: its share was computed from unrounded differences."""

    def measured(row):
        return {key: value for key, value in row.items() if not key.startswith(("used", "suggested"))}

    return {
        name: stored[name] if measured(row) == measured(stored.get(name, {})) else row for name, row in rows.items()
    }


def _differences(path, results, executed):
    """Return the differences of entries and of cells between a notebook's reference and a run of it."""
    notebooks = [nbformat.read(file, as_version=4) for file in (path, executed)]
    found, _ = entry_differences(REFERENCE / path.stem, results)
    return found, {f"{path.stem} {key}": cell for key, cell in cell_differences(*notebooks).items()}


def _kept(setting, stated, stored):
    """Return what the stored table says of a run; None where it can't tell and the run must be made again.

    It can't where a number was exact and has a tolerance now, or where a smaller tolerance than before is exceeded by
    what may be a rounded number.
    """
    rows = stored["entries"] | stored["cells"]
    reasons = {error["name"]: error["reason"] for error in stored["errors"] if error["setting"] == setting}
    moved = f"largest_difference{'_seeds' if setting in SEED_SETTINGS else ''}"
    found = {}
    for name, (atol, _, _) in stated.items():
        row = rows.get(name, {})
        if atol is not None and setting not in row.get(moved, {}):
            return None
        difference = row[moved][setting] if atol is not None else 0
        difference = math.inf if difference is None else difference
        if atol != row.get("atol") and difference > (atol or 0):
            return None
        found[name] = atol, difference, reasons.get(name) if atol == row.get("atol") else None
    return found


def _print_table(content):
    settings = [setting for setting in content["runs"] if setting in SETTINGS]
    header = ("atol", *settings, "seeds", "share used", "suggested")
    for title, other in (("entries", "shape"), ("cells", "text")):
        rows = [(name, *_cells_of_row(row, settings, other)) for name, row in content[title].items()]
        print(f"\n{text_table((title, *header), rows)}")
    print(f"\nCompared: {sum(map(len, content['runs'].values()))} valid runs")
    print(f"Not compared, with a reason: {content['not_compared']} entries")
    rows = [(error["setting"], error["name"], error["reason"]) for error in content["errors"]]
    print(f"Seen as changed on such a machine: {len(rows) or 'nothing'}")
    if rows:
        print(text_table(("setting", "number or cell", "reason"), rows))


def _cells_of_row(row, settings, other):
    """Show a row; ``other`` is the word for a difference in more than numbers."""
    moved, seeds = row.get("largest_difference", {}), row.get("largest_difference_seeds", {}).values()
    shown = [moved.get(setting, "") for setting in settings]
    shown.append("" if not seeds else None if None in seeds else max(seeds))
    shown = [other if value is None else value for value in shown]
    used, suggested = row.get("used", ""), row.get("suggested", "")
    return row["atol"], *shown, "beyond" if used is None else used, "" if suggested is None else suggested


if __name__ == "__main__":
    sys.exit(main())
