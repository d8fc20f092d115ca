import json
import shutil

import pytest

from mnist_lab import files, results
from mnist_lab.grading.diff.compare import compare_folders
from mnist_lab.grading.diff.contradictions import contradictions
from mnist_lab.grading.diff.free_values import free_value_problem

REFERENCE = files.project_root(__file__) / "results" / "reference"
ERRORS = results.read_numbers(REFERENCE / "03_improved_cnn" / "metrics.json")["test_errors"]
COUNTS = results.read_numbers(REFERENCE / "04_error_analysis" / "errors_per_class.json")["errors"]
SHARES = results.read_numbers(REFERENCE / "04_error_analysis" / "class_probability.json")["own"]


def set_number(name, value, *place):
    def change(entries):
        target, key = entries[name], "value"
        for index in place:
            target, key = target[key], index
        target[key] = value

    return change


@pytest.mark.parametrize(
    ("file", "change", "text"),
    [
        ("03_improved_cnn/metrics", set_number("test_errors", 50), f"means {ERRORS} errors, test_errors means 50"),
        ("03_improved_cnn/metrics", set_number("test_accuracy", 0.9979), "test_accuracy means 21 errors"),
        ("04_error_analysis/confusion_matrix", set_number("matrix", 981, 0, 0), "row 0 of matrix adds up to 982"),
        ("04_error_analysis/errors_per_class", set_number("errors", 6, 0), f"{sum(COUNTS[1:]) + 6} errors"),
        ("04_error_analysis/metrics", set_number("test_errors", sum(COUNTS) + 1), f"means {sum(COUNTS) + 1} errors"),
        ("04_error_analysis/test_predictions", set_number("predicted", [7] * 10_000), "different values -> 1"),
        ("04_error_analysis/test_predictions", set_number("predicted", []), "10,000 values -> 0 values"),
        (
            "04_error_analysis/test_predictions",
            set_number("predicted", 6, 0),
            f"predicted differs from true at {sum(COUNTS) + 1}",
        ),
        ("04_error_analysis/class_probability", set_number("own", 0.4, 19), f"add up to {1.4 - SHARES[19]:.3f}"),
        ("02_overfitting_sweep/first_model_curves", set_number("accuracy", 1.0001, 4), "outside 0 to 1"),
        ("07_dense_networks/early_stopping", set_number("best_epoch", -1), "best_epoch has -1, below 0"),
        ("07_dense_networks/monitor_plain", set_number("after each epoch, loss", -0.001, 14), "below 0"),
        ("08_inside_the_network/map_of_pixels", set_number("points", []), "1,000 values -> 0 values"),
        ("08_inside_the_network/map_of_pixels", set_number("points", [[0, 0]] * 1000), "span"),
        ("10_marvin/first_predictions", set_number("indices", [158, 3]), "1 values -> 2 values"),
    ],
)
def test_what_a_candidate_says_against_itself_is_named_and_nothing_else_is_a_change(tmp_path, file, change, text):
    notebook, name = file.split("/")
    folder = shutil.copytree(REFERENCE / notebook, tmp_path / notebook)
    path = folder / f"{name}.json"
    entries = json.loads(path.read_text(encoding="utf-8"))
    change(entries)
    path.write_text(json.dumps(entries), encoding="utf-8")
    changed = {one.file: one for one in compare_folders(REFERENCE / notebook, folder) if one.is_change}
    assert changed.keys() <= {f"{name}.json", f"{name}.png"}
    assert text in " ".join(changed[f"{name}.json"].details)


def test_the_reference_does_not_contradict_itself():
    for folder in filter(lambda path: path.is_dir(), REFERENCE.iterdir()):
        paths = [path for path in folder.glob("*.json") if path.name not in (results.ENVIRONMENT, results.TIMES)]
        values = {path.stem: results.read_numbers(path) for path in paths}
        assert contradictions(values, values) == []


@pytest.mark.parametrize(
    ("reference", "value", "problem"),
    [
        ([8, 247], [3, 900], ""),
        ([8, 247], [3, 10**9], "outside"),
        ([8, 247], [3, -1], "outside"),
        ([8, 247], [3, "a"], "of one kind"),
        ([8, 247], [3, 1.5], "of one kind"),
        ([8, 247], [3.0, 5], ""),
        ([8, 247], [True, 5], "of one kind"),
        ([1.5], [float("nan")], "no number"),
        ([[1, 2], [3, 4]], [[1, 2], [3]], "of one shape"),
        ("text", "other", ""),
        (15, 18, ""),
        ([0, 1] * 100, [0, 2] * 100, "2 does not occur"),
    ],
)
def test_free_values_have_a_shape_a_kind_and_a_range(reference, value, problem):
    found = free_value_problem(reference, value)
    assert problem in found
    assert bool(found) == bool(problem)


def test_a_list_that_another_entry_counts_may_be_as_long_as_that_says():
    assert free_value_problem([158], [158, 3, 20], 3) == ""
    assert "of one shape" in free_value_problem([158], [158, 3], 3)
