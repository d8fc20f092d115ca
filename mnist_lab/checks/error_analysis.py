"""Task 4: labels, predictions and errors on disk, and the class to improve."""

import numpy as np

from mnist_lab import evaluation
from mnist_lab.checks import reading, truth
from mnist_lab.checks.outcome import check, need

__all__ = ["task_4"]

PLAUSIBLE = 0.5  # accuracy of a network that has learned something
MANY = 1000  # images, among which no network of the course is always right


@check(4)
def task_4(
    y_test,
    y_pred,
    *,
    read_true=None,
    read_pred=None,
    read_errors=None,
    chosen_class=None,
    y_val=None,
    val_predictions=None,
    model=None,
    x_test=None,
):
    """Check the stored predictions and the choice of a class (1 point each).

    Parameters
    ----------
    y_test, y_pred : array of shape (n,)
        Labels of the test images and what the network predicted.
    read_true, read_pred, read_errors : array or path-like
        Labels, predictions and positions of the errors (in any order), read back from disk.
    chosen_class : int
        The digit to improve.
    y_val : array of shape (n,)
        Labels of the validation images that the choice was made on.
    val_predictions : array of shape (n,) or (seeds, n)
        What one or several trainings predicted for them.
    model, x_test : keras.Model and array of shape (n, 28, 28, 1), optional
        Where `y_pred` comes from: it is then computed again.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> print(task_4([7, 2], [7, 1], chosen_class=2))
    Task 4 not yet met: 0 of 2 points
    - Hint: y_test has 2 values, 10,000 are needed: one for each image.
    - Hint: give y_val: it is missing.
    """
    return [
        (1, lambda: _stored(y_test, y_pred, read_true, read_pred, read_errors, model, x_test)),
        (1, lambda: _chosen(chosen_class, y_val, val_predictions)),
    ]


def _stored(y_test, y_pred, read_true, read_pred, read_errors, model, x_test):
    true = truth.test_labels()
    y = reading.labels(y_test, "y_test", len(true))
    need(
        np.array_equal(np.bincount(y, minlength=10), np.bincount(true, minlength=10)), "y_test are not the test labels"
    )
    predicted = reading.labels(y_pred, "y_pred", len(y))
    if model is not None and x_test is not None:
        x = reading.images(x_test, "x_test")
        reading.own_labels(x, y, "test", "x_test")
        own = evaluation.predict(reading.model(model, "model"), x).argmax(axis=1)
        need((own != predicted).mean() < 0.001, "y_pred is not what the model predicts for x_test")
    else:
        need(np.array_equal(y, true), "y_test are not the test labels in their order")
    _plausible(y, predicted, "y_pred")
    for given, wanted, name in ((read_true, y, "read_true"), (read_pred, predicted, "read_pred")):
        read = reading.labels(given, name, len(y))
        need(
            np.array_equal(read, wanted),
            f"{name} is not what you wrote: write labels and predictions to disk, and read both files back",
        )
    errors = reading.positions(read_errors, "read_errors", len(y))
    need(
        np.array_equal(errors, np.flatnonzero(y != predicted)),
        "read_errors are not the positions, counted from 0, at which labels and predictions differ",
    )


def _chosen(chosen_class, y_val, val_predictions):
    y = reading.labels(y_val, "y_val")
    train, test = truth.train_labels(), truth.test_labels()
    need(
        len(y) >= 100 and (np.bincount(y, minlength=10) <= np.bincount(train, minlength=10)).all(),
        "y_val are not the labels of validation images: they are a part of the training images",
    )
    need(
        len(y) != len(test) or not np.array_equal(np.bincount(y, minlength=10), np.bincount(test, minlength=10)),
        "y_val are the test labels: choose by validation images, or the test accuracy looks better than it is",
    )
    predicted = reading.predictions(val_predictions, "val_predictions", len(y))
    for run in predicted:
        _plausible(y, run, "val_predictions")
    images = np.bincount(y, minlength=10) * len(predicted)
    errors = np.bincount(np.tile(y, len(predicted))[predicted.ravel() != np.tile(y, len(predicted))], minlength=10)
    need(errors.sum() > 0, "there is no error to choose by: take more validation images")
    choice = reading.numbers(chosen_class, "chosen_class").ravel()
    need(len(choice) == 1 and choice[0] in range(10), "name one digit from 0 to 9 as chosen_class")
    digit, rate = int(choice[0]), errors / np.maximum(images, 1)
    # one error more, and it would be the worst: nobody could tell
    close = errors[digit] + 1 >= errors.max() or (errors[digit] + 1) / max(images[digit], 1) >= rate.max()
    need(close, "choose the class with the most errors among the validation images, or with the highest error rate")


def _plausible(y, predicted, name):
    right = (y == predicted).mean()
    need(
        right >= PLAUSIBLE,
        f"{name} is right for {100 * right:.0f} % of the images: labels and predictions in one order, or transposed?",
    )
    need(
        right < 1 or len(y) < MANY,
        f"{name} has no error in {len(y):,} images: these are the labels, give what the network predicts",
    )
