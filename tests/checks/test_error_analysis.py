import json

import numpy as np
import pandas as pd
import pytest

from mnist_lab import checks, evaluation


@pytest.fixture
def task(small):
    """Return all that task 4 needs, right: 8 of 300 test images wrong, class 2 the worst of the validation images."""
    (_, y), (_, y_test) = small
    y_pred = y_test.copy()
    y_pred[::40] = (y_pred[::40] + 1) % 10
    y_val = y[:200]
    val_predictions = y_val.copy()
    val_predictions[np.flatnonzero(y_val == 2)[:5]] = 7
    val_predictions[np.flatnonzero(y_val == 6)[:2]] = 0
    return {
        "y_test": y_test,
        "y_pred": y_pred,
        "read_true": y_test.copy(),
        "read_pred": y_pred.copy(),
        "read_errors": np.flatnonzero(y_test != y_pred),
        "chosen_class": 2,
        "y_val": y_val,
        "val_predictions": val_predictions,
    }


def files(task, folder):
    np.save(folder / "true.npy", task["y_test"])
    (folder / "predicted.json").write_text(json.dumps(task["y_pred"].tolist()), encoding="utf-8")
    np.savetxt(folder / "errors.txt", task["read_errors"], fmt="%d")
    return {
        "read_true": folder / "true.npy",
        "read_pred": folder / "predicted.json",
        "read_errors": str(folder / "errors.txt"),
    }


RIGHT = {
    "as it should be": lambda task, _: {},
    "a shuffled list of errors": lambda task, _: {"read_errors": task["read_errors"][::-1].tolist()},
    "a truth value an image": lambda task, _: {"read_errors": task["y_test"] != task["y_pred"]},
    "paths": files,
    "a column of a table": lambda task, _: {"read_true": pd.Series(task["y_test"])},
    "a row": lambda task, _: {"read_pred": task["y_pred"][None]},
    "several trainings": lambda task, _: {"val_predictions": np.stack([task["val_predictions"]] * 3)},
    "probabilities": lambda task, _: {"val_predictions": np.eye(10)[task["val_predictions"]]},
    "one-hot labels": lambda task, _: {"y_val": np.eye(10)[task["y_val"]]},
    "the class as an array": lambda task, _: {"chosen_class": np.array([2])},
}
WRONG = {
    "empty arrays": (lambda task: {name: [] for name in task if name.startswith("read")}, 1, "empty"),
    "nothing read": (lambda task: {"read_true": None}, 1, "give read_true"),
    "true and predicted exchanged": (
        lambda task: {"read_true": task["y_pred"], "read_pred": task["y_test"]},
        1,
        "not what you wrote",
    ),
    "labels for predictions": (
        lambda task: {"y_pred": task["y_test"], "read_pred": task["y_test"], "read_errors": []},
        2,
        "met",
    ),
    "positions from 1": (lambda task: {"read_errors": task["read_errors"] + 1}, 1, "counted from 0"),
    "the number of errors": (lambda task: {"read_errors": len(task["read_errors"])}, 1, "positions"),
    "a position twice": (lambda task: {"read_errors": np.repeat(task["read_errors"], 2)}, 1, "twice"),
    "images instead of positions": (lambda task: {"read_errors": task["y_test"][:8] + 0.5}, 1, "positions"),
    "shuffled predictions": (
        lambda task: {"y_pred": np.sort(task["y_pred"]), "read_pred": np.sort(task["y_pred"])},
        1,
        "in one order",
    ),
    "one digit for all": (lambda task: {"y_pred": np.zeros(300), "read_pred": np.zeros(300)}, 1, "right for"),
    "texts": (lambda task: {"y_pred": ["a"] * 300}, 1, "numbers"),
    "the second worst class": (lambda task: {"chosen_class": 6}, 1, "choose the class"),
    "no class": (lambda task: {"chosen_class": None}, 1, "chosen_class"),
    "a class that is none": (lambda task: {"chosen_class": 12}, 1, "one digit"),
    "the pair": (lambda task: {"chosen_class": (2, 7)}, 1, "one digit"),
    "the test images": (
        lambda task: {"y_val": task["y_test"], "val_predictions": task["y_pred"]},
        1,
        "test labels: choose by validation images",
    ),
    "a matrix": (
        lambda task: {"val_predictions": evaluation.confusion_matrix(task["y_val"], task["val_predictions"])},
        1,
        "200 are needed",
    ),
    "exchanged validation labels": (
        lambda task: {"y_val": task["val_predictions"][::-1], "val_predictions": task["y_val"]},
        1,
        "in one order",
    ),
    "validation without an error": (lambda task: {"val_predictions": task["y_val"]}, 1, "no error to choose by"),
    "accuracies": (lambda task: {"val_predictions": [0.99, 0.98]}, 1, "digits from 0 to 9"),
}


def call(task):
    others = dict(task)
    return checks.task_4(others.pop("y_test"), others.pop("y_pred"), **others)


@pytest.mark.parametrize("name", RIGHT)
def test_right_in_whatever_form(task, tmp_path, name):
    assert call(task | RIGHT[name](task, tmp_path)) == "Task 4 met: 2 of 2 points"


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gets_a_hint(task, name):
    change, points, hint = WRONG[name]
    outcome = call(task | change(task))
    assert outcome.points == points, outcome
    assert hint in outcome, outcome


def test_a_class_that_one_error_would_make_the_worst_is_accepted(task):
    task["val_predictions"][np.flatnonzero(task["y_val"] == 6)[:4]] = 0
    assert call(task | {"chosen_class": 6}).points == 2


def test_labels_as_predictions_of_many_images_are_refused(task, monkeypatch):
    monkeypatch.setattr("mnist_lab.checks.error_analysis.MANY", 300)
    same = {"y_pred": task["y_test"], "read_pred": task["y_test"], "read_errors": []}
    assert "these are the labels" in call(task | same)


def test_predictions_come_from_the_model_that_is_given(small, task, trained):
    x_test = small[1][0]
    own = trained[0].predict(x_test[..., None] / 255, verbose=0).argmax(axis=1)
    right = {"y_pred": own, "read_pred": own, "read_errors": task["y_test"] != own}
    model = {"model": trained[0], "x_test": x_test[..., None] / 255}
    assert call(task | right | model).points == 2
    assert "not what the model predicts" in call(task | model)
