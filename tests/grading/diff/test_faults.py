"""Changes a student or a new release may bring into the stored results, each of which the comparison must notice.

Every test copies the reference of one notebook, changes it as the named fault would, and compares.
"""

import json
import shutil

import numpy as np
import pytest
from PIL import Image, ImageOps

from mnist_lab import files, results
from mnist_lab.grading.diff.compare import compare_folders

REFERENCE = files.project_root(__file__) / "results" / "reference"


def wrong_images(model):
    """Indices of the test images that the first seed of a stored model gets wrong."""
    predicted = results.load_measurement(model)["runs"][0]["test"]["predicted"]
    true = results.read_numbers(REFERENCE / "04_error_analysis" / "test_predictions.json")["true"]
    return [index for index, label in enumerate(map(int, predicted)) if label != true[index]]


def without_last(values):
    return values[:-1]


def swapped(first, second):
    def change(values):
        values[first], values[second] = values[second], values[first]
        return values

    return change


def per_row(matrix):
    return (np.array(matrix) / np.sum(matrix, axis=1, keepdims=True)).tolist()


def transposed(entries):
    matrix = np.transpose(entries["matrix"]["value"])
    images = {"value": matrix.sum(axis=1).tolist()}
    return entries | {"matrix": entries["matrix"] | {"value": matrix.tolist()}, "images": images}


def exchanged(first, second):
    """Exchange the values of two entries."""

    def change(entries):
        a, b = entries[first], entries[second]
        return entries | {first: a | {"value": b["value"]}, second: b | {"value": a["value"]}}

    return change


def value(name, change):
    """Change the value of one entry."""

    def changed(entries):
        return entries | {name: entries[name] | {"value": change(entries[name]["value"])}}

    return changed


def renamed(old, new):
    return lambda entries: {new if name == old else name: entry for name, entry in entries.items()}


# what happened, file, how its content changes
NUMBERS = [
    ("a class is dropped", "01_class_histogram/class_histogram.json", value("train", without_last)),
    ("two bars are swapped", "01_class_histogram/class_histogram.json", value("test", swapped(2, 3))),
    ("train and test are exchanged", "01_class_histogram/class_histogram.json", exchanged("train", "test")),
    ("classes are counted from 1", "01_class_histogram/metrics.json", value("train_counts", lambda v: v[1:] + v[:1])),
    ("other images are drawn", "01_class_histogram/grid_by_class.json", value("indices", swapped(0, 1))),
    (
        "a difference has the wrong sign",
        "01_class_histogram/metrics.json",
        value("largest_difference_points", lambda v: [-x for x in v]),
    ),
    ("validation poses as training", "02_overfitting_sweep/first_model_curves.json", exchanged("loss", "val_loss")),
    ("an epoch is missing", "02_overfitting_sweep/sweep_curves.json", value("val_loss", without_last)),
    (
        "a curve is smoothed",
        "02_overfitting_sweep/sweep_curves.json",
        value("accuracy", lambda v: np.convolve(v, [0.5, 0.5], "same").tolist()),
    ),
    (
        "the overfitting epoch is another",
        "02_overfitting_sweep/metrics.json",
        value("overfitting_epoch_by_loss", lambda v: v - 5),
    ),
    (
        "the last weights are evaluated, not the best",
        "02_overfitting_sweep/metrics.json",
        value("early_stopping_test_accuracy", lambda v: v - 0.004),
    ),
    ("accuracy is off by half a point", "03_improved_cnn/metrics.json", value("test_accuracy", lambda v: v - 0.005)),
    ("accuracy is in percent", "03_improved_cnn/metrics.json", value("test_accuracy", lambda v: 100 * v)),
    ("accuracy is not a number", "03_improved_cnn/metrics.json", value("validation_accuracy", lambda v: float("nan"))),
    ("the model has one unit more", "03_improved_cnn/metrics.json", value("parameters", lambda v: v + 1)),
    ("a metric has another name", "03_improved_cnn/metrics.json", renamed("test_errors", "errors")),
    (
        "the learning rate does not fall",
        "03_improved_cnn/learning_rate.json",
        value("rates", lambda v: [max(v)] * len(v)),
    ),
    ("a seed is left out", "03_improved_cnn/test_accuracy_over_seeds.json", value("improved CNN", without_last)),
    (
        "two models are exchanged",
        "03_improved_cnn/test_accuracy_over_seeds.json",
        exchanged("improved CNN", "improved CNN, without augmentation"),
    ),
    ("the confusion matrix is transposed", "04_error_analysis/confusion_matrix.json", transposed),
    ("the confusion matrix holds shares", "04_error_analysis/confusion_matrix.json", value("matrix", per_row)),
    (
        "the errors are those of another model",
        "04_error_analysis/test_predictions.json",
        value("errors", lambda v: wrong_images("dropout_cnn")),
    ),
    (
        "the worst errors are those of another model",
        "04_error_analysis/worst_errors.json",
        value("indices", lambda v: wrong_images("dense")[:12]),
    ),
    (
        "the images are numbered from 1",
        "04_error_analysis/test_predictions.json",
        value("errors", lambda v: [i + 1 for i in v]),
    ),
    ("another class is to be improved", "04_error_analysis/metrics.json", value("chosen_class", lambda v: 5)),
    ("own and other classes are exchanged", "04_error_analysis/class_probability.json", exchanged("own", "others")),
    (
        "right images are counted instead of wrong ones",
        "04_error_analysis/errors_per_class.json",
        value("errors", lambda v: [900 - x for x in v]),
    ),
    (
        "a strategy is measured by training accuracy",
        "05_emnist_augmentation/validation_differences.json",
        value("augmentation", lambda v: v + 1.5),
    ),
    ("p-values are not corrected", "11_model_comparison/p_values.json", exchanged("p", "p_holm")),
    (
        "an old accuracy is left in the table",
        "11_model_comparison/metrics.json",
        value("test_accuracy.improved_cnn", lambda v: 0.9926),
    ),
]


@pytest.fixture
def stored(tmp_path):
    """Return a function that copies a notebook's reference: (reference, copy)."""

    def copy(notebook):
        return REFERENCE / notebook, shutil.copytree(REFERENCE / notebook, tmp_path / notebook)

    return copy


def verdicts(reference, candidate):
    return {verdict.file: verdict for verdict in compare_folders(reference, candidate)}


def rewrite(path, change):
    path.write_text(json.dumps(change(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")


@pytest.mark.parametrize(("file", "change"), [case[1:] for case in NUMBERS], ids=[case[0] for case in NUMBERS])
def test_a_changed_number_is_a_change_and_nothing_else_is(stored, file, change):
    notebook, name = file.split("/")
    reference, candidate = stored(notebook)
    rewrite(candidate / name, change)
    found = verdicts(reference, candidate)
    assert found.pop(name).verdict == "changed"
    picture = name.replace(".json", ".png")
    if picture in found:
        assert found.pop(picture).verdict == "changed"
    assert not any(verdict.is_change for verdict in found.values())


PICTURES = [
    ("bars have other colours", lambda picture: picture.convert("RGB").quantize(4).convert("RGBA")),
    ("black and white are exchanged", lambda picture: ImageOps.invert(picture.convert("RGB"))),
    ("the picture is mirrored", ImageOps.mirror),
    ("the resolution is another", lambda picture: picture.resize((picture.width // 2, picture.height // 2))),
    (
        "the title is cut off",
        lambda picture: Image.composite(
            picture,
            Image.new("RGBA", picture.size, "white"),
            Image.linear_gradient("L").resize(picture.size).point(lambda y: 255 * (y > 30)),
        ),
    ),
]


@pytest.mark.parametrize("change", [case[1] for case in PICTURES], ids=[case[0] for case in PICTURES])
def test_a_picture_drawn_differently_in_the_same_environment_is_a_change(stored, change):
    reference, candidate = stored("01_class_histogram")
    change(Image.open(reference / "class_histogram.png")).save(candidate / "class_histogram.png")
    found = verdicts(reference, candidate)
    assert found.pop("class_histogram.png").verdict == "changed"
    assert not any(verdict.is_change for verdict in found.values())


def test_the_picture_of_another_figure_is_a_change(stored):
    reference, candidate = stored("03_improved_cnn")
    shutil.copy(candidate / "deep_cnn_curves.png", candidate / "improved_cnn_curves.png")
    assert verdicts(reference, candidate)["improved_cnn_curves.png"].verdict == "changed"


def test_another_seed_is_a_change(stored):
    reference, candidate = stored("03_improved_cnn")
    rewrite(candidate / "environment.json", lambda record: record | {"seed": 1})
    assert verdicts(reference, candidate)["environment.json"].details == ("seed 0 -> 1",)
    assert verdicts(reference, candidate)["environment.json"].verdict == "changed"


def test_a_figure_that_is_no_longer_drawn_is_a_change(stored):
    reference, candidate = stored("02_overfitting_sweep")
    for ending in ("png", "json"):
        (candidate / f"sweep_curves.{ending}").unlink()
    found = verdicts(reference, candidate)
    assert {found[f"sweep_curves.{ending}"].verdict for ending in ("png", "json")} == {"missing"}


def test_another_label_in_the_submission_is_a_change(stored):
    reference, candidate = stored("11_model_comparison")
    (path,) = candidate.glob("*.csv")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[100] = f"100,{(int(lines[100].split(',')[1]) + 1) % 10}\n"
    path.write_bytes("".join(lines).encode())
    verdict = verdicts(reference, candidate)[path.name]
    assert verdict.verdict == "changed"
    assert verdict.details[0].startswith("line 101: ")


def test_the_reference_equals_itself():
    found = compare_folders(REFERENCE, REFERENCE)
    assert len(found) >= 200
    assert {verdict.verdict for verdict in found} == {"identical"}
