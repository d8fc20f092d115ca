"""Every tolerance of the reference has been measured, and is wide enough for all settings and seeds tried."""

import json

import nbformat
import pytest

from benchmarks.upkeep import tolerance_table, tolerances
from mnist_lab import files
from mnist_lab.grading.notebooks import find_notebooks

ROOT = files.project_root(__file__)
NOTEBOOKS = find_notebooks([], ROOT / "notebooks")


@pytest.fixture(scope="module")
def measured():
    return json.loads((ROOT / "results" / "measurements" / "tolerances.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_tolerance_is_the_measured_one(path, measured):
    folder = ROOT / "results" / "reference" / path.stem
    entries, _ = tolerance_table.entry_differences(folder, folder)
    notebook = nbformat.read(path, as_version=4)
    cells = tolerance_table.cell_differences(notebook, notebook)
    stated = {name: atol for name, (atol, *_) in entries.items()}
    stated |= {f"{path.stem} {key}": atol for key, (atol, *_) in cells.items()}
    rows = measured["entries"] | measured["cells"]
    found = {name: row["atol"] for name, row in rows.items() if name.startswith((f"{path.stem}/", f"{path.stem} "))}
    assert found == {name: atol for name, atol in stated.items() if atol is not None}


def test_no_setting_goes_beyond_a_tolerance(measured):
    assert measured["errors"] == []
    rows = measured["entries"] | measured["cells"]
    assert max(row["used"] for row in rows.values()) <= 1


def test_other_seeds_stay_within_the_tolerance_of_what_is_averaged_over_seeds(measured):
    # notebook 05 averages everything; notebook 09 also shows single trainings, which other seeds may change freely
    averaged = {
        name: row["used_seeds"]
        for name, row in (measured["entries"] | measured["cells"]).items()
        if name.startswith("05_") or ("/metrics/accuracy_" in name and "used_seeds" in row)
    }
    assert len(averaged) > 10
    assert max(averaged.values()) <= 1


def test_all_settings_and_seeds_were_tried(measured):
    everything = [path.stem for path in NOTEBOOKS]
    expected = dict.fromkeys(tolerances.SETTINGS, everything)
    expected |= dict.fromkeys(tolerances.SEED_SETTINGS, sorted(tolerances.SEEDED))
    assert {setting: sorted(runs) for setting, runs in measured["runs"].items()} == expected


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_measured_runs_are_valid_for_the_numbers_of_today(path, measured):
    for setting, runs in measured["runs"].items():
        if path.stem in runs:
            today = tolerances.record(setting, path)
            for key in ("numbers", "setting"):  # libraries may be others on this machine
                assert runs[path.stem][key] == today[key], f"python -m benchmarks.upkeep.tolerances {path.stem}"
