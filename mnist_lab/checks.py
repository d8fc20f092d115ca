"""Is the task met? One function a task; each returns text for the student.

A met task gives one stable line, such as ``Task 2 met: 2 of 2 points``. Otherwise the points so far are
followed by a hint for each thing that is missing. The functions take results, not models, so that
checking costs nothing.
"""

import numpy as np

from mnist_lab import evaluation

__all__ = ["task_1", "task_2", "task_3", "task_4", "task_5"]

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def task_1(table):
    """Check the class counts and relative frequencies (1 point).

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`mnist_lab.data.class_table` gives it.

    Returns
    -------
    str

    Examples
    --------
    >>> from mnist_lab import data
    >>> task_1(data.class_table(np.repeat(range(10), TRAIN_COUNTS), np.repeat(range(10), TEST_COUNTS)))
    'Task 1 met: 1 of 1 point'
    """
    complete = {"train", "test", "train %", "test %", "difference %"} <= set(table.columns)
    counted = (
        complete
        and list(table.index) == list(range(10))
        and all(list(table[name]) == counts for name, counts in [("train", TRAIN_COUNTS), ("test", TEST_COUNTS)])
    )
    shares = (
        complete
        and np.allclose([table["train %"].sum(), table["test %"].sum()], 100)
        and np.allclose(table["difference %"], table["train %"] - table["test %"])
    )
    return _report(
        1,
        [
            (
                1,
                counted and shares,
                "count every digit of all 60,000 training and 10,000 test images, in digit order, "
                "and give the shares in percent with their difference",
            )
        ],
    )


def task_2(history, *, named_epoch, restored_accuracy, reloaded_accuracy):
    """Check the overfitting epoch and the reloaded checkpoint (2 points).

    Parameters
    ----------
    history : dict of str to list of float
        Log of the training without early stopping, with ``val_loss``.
    named_epoch : int
        Epoch from which the model overfits, counted from 1.
    restored_accuracy, reloaded_accuracy : float in [0, 1]
        Validation accuracy of the model after early stopping, and of the checkpoint read from disk.

    Returns
    -------
    str

    Examples
    --------
    >>> task_2({"val_loss": [0.3, 0.1, 0.2]}, named_epoch=3, restored_accuracy=0.9, reloaded_accuracy=0.9)
    'Task 2 met: 2 of 2 points'
    """
    val_loss = history.get("val_loss", [])
    lowest = int(np.argmin(val_loss)) + 1 if len(val_loss) else None
    return _report(
        2,
        [
            (
                1,
                lowest is not None and named_epoch == lowest + 1 <= len(val_loss),
                "name the epoch after the lowest validation loss, and train long enough to see the loss rise again",
            ),
            (
                1,
                np.isclose(restored_accuracy, reloaded_accuracy, atol=1e-6, rtol=0),
                "evaluate the checkpoint that was saved by this training: it must agree with the restored best weights",
            ),
        ],
    )


def task_3(errors, *, images, probabilities, reloaded_probabilities, sources):
    """Check the improved model: error count, saved model, sources named (3 points).

    Parameters
    ----------
    errors, images : int
        Wrong predictions among the test images.
    probabilities, reloaded_probabilities : array of shape (n, 10)
        Predictions of the model before saving and after loading it again.
    sources : sequence of str
        Where the ideas come from: URLs.

    Returns
    -------
    str

    Examples
    --------
    >>> p = np.eye(10)
    >>> task_3(60, images=10_000, probabilities=p, reloaded_probabilities=p, sources=["https://arxiv.org/abs/1512.00567"])
    'Task 3 met: 3 of 3 points'
    """
    cited = len(sources) > 0 and all(str(source).startswith(("https://", "http://")) for source in sources)
    same = np.shape(probabilities) == np.shape(reloaded_probabilities) and np.allclose(
        probabilities, reloaded_probabilities, atol=1e-5
    )
    return _report(
        3,
        [
            (
                1,
                images == 10_000 and errors < 80,
                f"{errors} errors in {images} images: the task asks for clearly fewer than 100 in the 10,000 test "
                "images (below 80 counts as clearly)",
            ),
            (1, same, "save the model, load it again and show that both give the same predictions"),
            (1, cited, "name the source of each idea with its address (https://...)"),
        ],
    )


def task_4(*, y_true, y_pred, read_true, read_pred, read_errors, chosen_class, validation_matrix):
    """Check the stored predictions and the choice of a class (2 points).

    Parameters
    ----------
    y_true, y_pred : array of shape (n,)
        Labels and predictions in memory.
    read_true, read_pred, read_errors : array
        Labels, predictions and positions of the errors, read back from disk.
    chosen_class : int
        The digit to improve.
    validation_matrix : array of shape (10, 10), counts
        Confusion matrix of the validation images that the choice was made on.

    Returns
    -------
    str

    Examples
    --------
    >>> matrix = np.diag([9] * 10)
    >>> matrix[5, 3] = 1
    >>> task_4(y_true=[5, 3], y_pred=[3, 3], read_true=[5, 3], read_pred=[3, 3], read_errors=[0],
    ...        chosen_class=5, validation_matrix=matrix)
    'Task 4 met: 2 of 2 points'
    """
    worst, _ = evaluation.class_to_improve(validation_matrix)
    errors = np.flatnonzero(np.asarray(y_true) != np.asarray(y_pred))
    stored = (
        np.array_equal(y_true, read_true) and np.array_equal(y_pred, read_pred) and np.array_equal(errors, read_errors)
    )
    return _report(
        4,
        [
            (1, stored, "write labels, predictions and error positions to disk; what is read back must be the same"),
            (
                1,
                chosen_class == worst,
                "choose the class with the highest validation error rate: a choice by test errors makes the test "
                "accuracy look better than it is",
            ),
        ],
    )


def task_5(accuracies, *, pair_counts):
    """Check the comparison of training strategies (2 points).

    Parameters
    ----------
    accuracies : dict of str to sequence of float
        Test accuracies of each strategy, one a seed; the first strategy is the baseline.
    pair_counts : dict of str to sequence of int
        How often the chosen digit was taken for the other, for the same strategies and seeds.

    Returns
    -------
    str

    Examples
    --------
    >>> task_5({"baseline": [0.991] * 3, "more data": [0.992] * 3},
    ...        pair_counts={"baseline": [2, 3, 1], "more data": [1, 2, 2]})
    'Task 5 met: 2 of 2 points'
    """
    seeds = {len(values) for values in accuracies.values()}
    fair = len(accuracies) >= 2 and len(seeds) == 1 and min(seeds) >= 3
    pairs = list(pair_counts) == list(accuracies) and all(
        len(pair_counts[name]) == len(accuracies[name]) for name in accuracies
    )
    return _report(
        5,
        [
            (1, fair, "compare a baseline with at least one other strategy, each with the same 3 seeds or more"),
            (1, pairs, "count the chosen confusion before and after, for every strategy and seed"),
        ],
    )


def _report(task, requirements):
    """Return the text for a task from its requirements: (points, met, hint)."""
    total = sum(points for points, _, _ in requirements)
    earned = sum(points for points, met, _ in requirements if met)
    unit = "point" if total == 1 else "points"
    if earned == total:
        return f"Task {task} met: {total} of {total} {unit}"
    hints = [f"- Hint: {hint}." for _, met, hint in requirements if not met]
    return "\n".join([f"Task {task} not yet met: {earned} of {total} {unit}", *hints])
