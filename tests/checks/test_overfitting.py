import numpy as np
import pandas as pd
import pytest
from small_mnist import copied, network, scaled

from mnist_lab import checks
from mnist_lab.checks import truth

LOG = {"loss": [0.9, 0.5, 0.3, 0.2, 0.1], "val_loss": [0.8, 0.5, 0.4, 0.45, 0.5]}
NAMED_RIGHT = {
    "a dict of lists": (LOG, 4),
    "arrays": ({name: np.array(values) for name, values in LOG.items()}, np.int64(4)),
    "a table": (pd.DataFrame(LOG), 4),
    "an epoch as a float": (LOG, 4.0),
    "more than losses in the log": (LOG | {"accuracy": [0.1] * 5}, 4),
}
NAMED_WRONG = {
    "nothing": (None, None, "give history"),
    "two values": ({"val_loss": [1, 2]}, 2, "no 'loss'"),
    "two epochs": ({"loss": [2, 1], "val_loss": [1, 2]}, 2, "too few"),
    "the best epoch itself": (LOG, 3, "name the epoch after"),
    "counted from 0": (LOG, 2, "name the epoch after"),
    "no epoch": (LOG, None, "overfits_from"),
    "a word": (LOG, "four", "overfits_from"),
    "a diverging loss": ({"loss": [0.5, 0.6, 0.9, 2], "val_loss": [0.4, 0.6, 0.8, 2]}, 2, "does not fall"),
    "a training too short": ({"loss": [4, 3, 2, 1], "val_loss": [1.4, 1.3, 1.2, 1.1]}, 5, "train longer"),
    "worse than guessing": ({"loss": [9, 8, 7, 6], "val_loss": [9, 8, 7, 8]}, 4, "does not fall"),
    "nan": ({"loss": [np.nan] * 5, "val_loss": [np.nan] * 5}, 2, "no numbers"),
    "below zero": ({"loss": [1, 0, -1, -2], "val_loss": [1, -1, -0.5, 0]}, 3, "below 0"),
    "logs of two trainings": ({"loss": [3, 2, 1, 0.5, 0.3, 0.2], "val_loss": [1, 0.5, 0.7, 0.8]}, 3, "lengths"),
    "texts": ({"loss": ["a"] * 5, "val_loss": ["b"] * 5}, 2, "numbers"),
}


@pytest.mark.parametrize("name", NAMED_RIGHT)
def test_the_epoch_is_named(name):
    assert checks.task_2(*NAMED_RIGHT[name]).points == 1


@pytest.mark.parametrize("name", NAMED_WRONG)
def test_the_epoch_is_not_named(name):
    *arguments, hint = NAMED_WRONG[name]
    outcome = checks.task_2(*arguments)
    assert outcome.points == 0
    assert hint in outcome, outcome


@pytest.fixture
def task(small, trained):
    """Return what the second point needs."""
    (x, y), _ = small
    model, history = trained
    return {
        "stopped_history": history,
        "restored": model,
        "reloaded": copied(model),
        "x_val": scaled(x[:200]),
        "y_val": y[:200],
    }


def saved(task, tmp_path):
    task["restored"].save(tmp_path / "best.keras")
    return task | {"reloaded": tmp_path / "best.keras"}


RESTORED_RIGHT = {
    "as it should be": lambda task, _: task,
    "a path": saved,
    "one-hot labels": lambda task, _: task | {"y_val": np.eye(10)[task["y_val"]]},
    "the dict of the history": lambda task, _: task | {"stopped_history": task["stopped_history"].history},
    "images without channel": lambda task, _: task | {"x_val": task["x_val"][..., 0]},
}
RESTORED_WRONG = {
    "nothing": (lambda task, _: {}, "give stopped_history"),
    "one model for both": (lambda task, _: task | {"reloaded": task["restored"]}, "read the checkpoint"),
    "an untrained model": (lambda task, _: task | {"reloaded": network()}, "predicts otherwise"),
    "two untrained models": (
        lambda task, _: task | {"restored": network(), "reloaded": network()},
        "restore the best weights",
    ),
    "a file that is not there": (lambda task, folder: task | {"reloaded": folder / "no.keras"}, "no file 'no.keras'"),
    "test images": (
        lambda task, _: task | dict(zip(("x_val", "y_val"), _test_set(), strict=True)),
        "holds test images",
    ),
    "augmented images": (lambda task, _: task | {"x_val": np.roll(task["x_val"], 1, axis=2)}, "not MNIST's"),
    "labels of others": (lambda task, _: task | {"y_val": task["y_val"][::-1]}, "labels do not belong"),
    "a log that was still falling": (
        lambda task, _: task | {"stopped_history": {"loss": [3, 2, 1], "val_loss": [3, 2, 1]}},
        "stopped nothing",
    ),
    "a forged log": (
        lambda task, _: task | {"stopped_history": {"loss": [0.2, 0.1, 0.1], "val_loss": [0.05, 0.04, 0.05]}},
        "restore the best weights",
    ),
    "accuracies": (lambda task, _: task | {"restored": 0.98, "reloaded": 0.98}, "a Keras model"),
}


def _test_set():
    x, y = truth._mnist()[1]
    return scaled(x), y


@pytest.mark.parametrize("name", RESTORED_RIGHT)
def test_the_checkpoint_is_that_of_the_best_epoch(task, tmp_path, name):
    outcome = checks.task_2(LOG, 4, **RESTORED_RIGHT[name](task, tmp_path))
    assert outcome == "Task 2 met: 2 of 2 points"


@pytest.mark.parametrize("name", RESTORED_WRONG)
def test_the_checkpoint_is_another(task, tmp_path, name):
    change, hint = RESTORED_WRONG[name]
    outcome = checks.task_2(LOG, 4, **change(task, tmp_path))
    assert outcome.points == 1
    assert hint in outcome, outcome


def test_the_last_epoch_is_not_the_best(task, small, trained):
    (x, y), _ = small
    worst = copied(trained[0])
    worst.fit(scaled(x[200:]), y[200:], epochs=1, batch_size=10, verbose=0)
    outcome = checks.task_2(LOG, 4, **task | {"restored": worst, "reloaded": copied(worst)})
    assert outcome.points == 1
    assert "restore the best weights" in outcome


def test_the_model_of_the_training_belongs_to_its_history(task):
    """The restored model stands for one that a training left: its loss is the lowest of that log."""
    log = task["stopped_history"].history
    best = int(np.argmin(log["val_loss"]))
    own = {"loss": [2, 1, 0.5, 0.1], "val_loss": [0.9, log["val_loss"][best] / 2, 1, log["val_loss"][best]]}
    images = {"x_val": task["x_val"], "y_val": task["y_val"]}
    assert checks.task_2(own, 3, model=task["restored"], **images).points == 1
    forged = own | {"val_loss": [0.9, 0.1, 0.2, 5 * log["val_loss"][best]]}
    outcome = checks.task_2(forged, 3, model=task["restored"], **images)
    assert outcome.points == 0
    assert "the last epoch of history had" in outcome.hints[0]
