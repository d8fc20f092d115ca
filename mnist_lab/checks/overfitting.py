"""Task 2: from which epoch a model overfits, early stopping, and the checkpoint of the best epoch."""

import numpy as np

from mnist_lab import evaluation
from mnist_lab.checks import reading
from mnist_lab.checks.outcome import check, need

__all__ = ["task_2"]

GUESSING = np.log(10)  # the loss of a network that gives each digit the same probability
SMOOTHING = (0.0, 0.05, 0.1, 0.2)  # of labels: what a loss may have been computed with


@check(2)
def task_2(
    history,
    overfits_from,
    *,
    model=None,
    stopped_history=None,
    restored=None,
    reloaded=None,
    x_val=None,
    y_val=None,
):
    """Check the overfitting epoch, and the reloaded checkpoint of a training with early stopping (1 point each).

    Parameters
    ----------
    history : keras.callbacks.History or dict of str to list of float
        Log of the training without early stopping, with ``loss`` and ``val_loss``.
    overfits_from : int
        Epoch from which the model overfits, counted from 1.
    model : keras.Model or path-like, optional
        The model of that training, as its last epoch left it: the last validation loss is then computed again.
    stopped_history : keras.callbacks.History or dict of str to list of float
        Log of the training that early stopping ended.
    restored, reloaded : keras.Model or path-like
        The model with the weights of its best epoch, and the one that is read back from disk.
    x_val, y_val : ndarray of shape (n, 28, 28, 1) and (n,) or (n, 10)
        Validation images and their labels.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> print(task_2({"loss": [0.3, 0.1, 0.05, 0.02], "val_loss": [0.3, 0.1, 0.2, 0.3]}, 3))
    Task 2 not yet met: 1 of 2 points
    - Hint: give stopped_history: what `model.fit` returns, or its `history`.
    """
    return [
        (1, lambda: _named(history, overfits_from, model, x_val, y_val)),
        (1, lambda: _restored(stopped_history, restored, reloaded, x_val, y_val)),
    ]


def _named(history, overfits_from, model, x_val, y_val):
    log = reading.history(history, "history", "loss", "val_loss")
    loss, val_loss = log["loss"], log["val_loss"]
    need(len(loss) >= 4, f"train longer: {len(loss)} epochs are too few to see a loss fall and rise")
    need(min(loss.min(), val_loss.min()) >= 0, "a loss below 0 is none: use a cross-entropy")
    need(loss[-1] < loss[0] and val_loss.min() < GUESSING, "the training loss does not fall: a smaller learning rate?")
    lowest = int(np.argmin(val_loss)) + 1
    need(
        lowest < len(val_loss),
        "train longer: the validation loss is lowest in the last epoch, so overfitting can't be seen yet",
    )
    epoch = reading.numbers(overfits_from, "overfits_from").ravel()
    need(
        len(epoch) == 1 and epoch[0] == lowest + 1,
        "name the epoch after the lowest validation loss, counted from 1: from there on it rises, while the training "
        "loss falls",
    )
    if model is not None:
        losses = _losses(reading.model(model, "model"), *_validation(x_val, y_val))
        need(
            _is_one_of(losses, val_loss[-1]),
            f"on x_val the model has a loss of {losses[0]:.4f}, the last epoch of history had {val_loss[-1]:.4f}: give "
            "the model of that training, and its validation images",
        )


def _restored(stopped_history, restored, reloaded, x_val, y_val):
    val_loss = reading.history(stopped_history, "stopped_history", "val_loss")["val_loss"]
    best = int(np.argmin(val_loss))
    restored, reloaded = reading.model(restored, "restored"), reading.model(reloaded, "reloaded")
    x, y = _validation(x_val, y_val)
    need(
        restored is not reloaded,
        "restored and reloaded are one model: read the checkpoint from its file",
    )
    need(
        reading.same_predictions(restored, reloaded, x),
        "the reloaded checkpoint predicts otherwise than the restored model: save the best epoch of this training, and "
        "read that file",
    )
    need(
        best + 1 < len(val_loss),
        "the validation loss was still falling when the training ended: early stopping has stopped nothing",
    )
    losses = _losses(restored, x, y)
    need(
        _is_one_of(losses, val_loss[best]),
        f"on x_val the restored model has a loss of {losses[0]:.4f}, the best epoch of stopped_history had "
        f"{val_loss[best]:.4f}: restore the best weights, and give the validation images of that training",
    )


def _validation(x_val, y_val):
    x = reading.images(x_val, "x_val")
    y = reading.labels(y_val, "y_val", len(x))
    need(len(x) >= 100, f"x_val holds {len(x)} images: give all validation images")
    reading.own_labels(x, y, "train", "x_val")
    return x, y


def _is_one_of(losses, claimed):
    return any(np.isclose(loss, claimed, rtol=0.02, atol=1e-3) for loss in losses)


def _losses(model, x, y):
    """Return the cross-entropy on images, for each smoothing of labels that a training may have used."""
    p = evaluation.predict(model, x).astype(float).clip(1e-7, 1)
    own, all_ten = -np.log(p[np.arange(len(y)), y]).mean(), -np.log(p).mean()
    penalty = float(sum(model.losses)) if model.losses else 0.0
    return [(1 - share) * own + share * all_ten + penalty for share in SMOOTHING]
