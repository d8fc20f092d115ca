"""When to stop: early stopping, best checkpoint, overfitting epoch."""

import warnings

import numpy as np

from mnist_lab import files
from mnist_lab._keras import keras

__all__ = ["EarlyStopping", "best_checkpoint", "overfitting_epoch"]


def _direction(metric):
    """Return "min" or "max" for a metric's name, with or without the prefix ``val_``; None if unknown."""
    name = metric.removeprefix("val_")
    if name == "loss" or name.endswith(("error", "entropy", "loss")):
        return "min"
    if name.endswith(("accuracy", "precision", "recall", "auc", "score")):
        return "max"
    return None


def _mode(monitor, mode="auto"):
    """Return the direction in which ``monitor`` improves; refuse a mode that contradicts it."""
    known = _direction(monitor)
    if mode not in ("auto", "min", "max"):
        raise ValueError(f"mode={mode!r} is unknown: choose 'auto', 'min' or 'max'.")
    if known is None and mode == "auto":
        raise ValueError(f"Is a higher {monitor!r} better or worse? Say mode='max' or mode='min'.")
    if known is not None and mode not in ("auto", known):
        raise ValueError(
            f"mode={mode!r} contradicts {monitor!r}, which improves towards its {known}imum: "
            "training would stop at, and keep, the worst epoch. Leave mode out."
        )
    return known or mode


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Stop when the watched metric no longer improves, and go back to the best epoch's weights.

    A thin layer over Keras's own callback that rules out three mistakes: a direction that contradicts
    the metric, a ``min_delta`` that no epoch can reach, and keeping the last weights, not the best.

    Parameters
    ----------
    monitor : str, default="val_loss"
        Metric of the training log.
    patience : int, default=5
        Epochs without improvement after which training stops.
    min_delta : float, default=0.0
        Smallest change, in the units of the metric, that counts as an improvement.
    mode : {"auto", "min", "max"}, default="auto"
        Direction; only needed for a metric whose name does not tell.

    Raises
    ------
    ValueError
        If the mode contradicts the metric, or is needed and missing.

    Warns
    -----
    UserWarning
        If ``min_delta`` is larger than any improvement still possible after the first epoch.

    Examples
    --------
    >>> stopping = EarlyStopping("val_accuracy", patience=3)
    >>> stopping.mode
    'max'

    References
    ----------
    L. Prechelt (1998), Early stopping, but when?, https://doi.org/10.1007/3-540-49430-8_3
    """

    def __init__(self, monitor="val_loss", *, patience=5, min_delta=0.0, mode="auto"):
        super().__init__(
            monitor=monitor,
            patience=patience,
            min_delta=min_delta,
            mode=_mode(monitor, mode),
            restore_best_weights=True,
        )
        self.epochs_run = 0

    def on_train_begin(self, logs=None):
        """Start counting anew, so that the callback can be used for several trainings."""
        super().on_train_begin(logs)
        self.epochs_run = 0

    def on_epoch_end(self, epoch, logs=None):
        """Look at the metric after an epoch."""
        value = (logs or {}).get(self.monitor)
        if epoch == 0:
            self._warn_if_out_of_reach(value)
        self.epochs_run = epoch + 1
        if value is not None and np.isnan(value):  # Keras would call the first epoch the best for ever
            logs = logs | {self.monitor: np.inf if self.mode == "min" else -np.inf}
        super().on_epoch_end(epoch, logs)

    def _warn_if_out_of_reach(self, value):
        if value is None:
            return  # Keras warns about a metric that is not in the log
        # a loss can fall to 0 at best, a share such as accuracy can rise to 1
        room = abs(value) if self.mode == "min" else 1 - value
        if 0 <= room <= abs(self.min_delta) and self.min_delta:
            warnings.warn(
                f"min_delta={abs(self.min_delta)} exceeds any improvement that {self.monitor} can still make "
                f"(it is {value:.4f} after the first epoch), so training will stop after patience={self.patience} "
                "epochs. Choose a smaller min_delta.",
                stacklevel=2,
            )

    @property
    def best_epoch_number(self):
        """The best epoch, counted from 1 as the training log does; None before the first."""
        seen = self.epochs_run and self.best is not None and np.isfinite(self.best)
        return self.best_epoch + 1 if seen else None

    def __str__(self):
        if self.best_epoch_number is None:
            if not self.epochs_run:
                return "Not trained yet: pass this callback to a training first."
            return f"No epoch had a value of {self.monitor}: train with validation_data, and look for a loss of nan."
        return (
            f"Trained {self.epochs_run} epochs; the best is epoch {self.best_epoch_number} "
            f"with {self.monitor} {float(self.best):.4f}, and its weights are restored."
        )


def best_checkpoint(name, *, monitor="val_loss"):
    """Return a callback that keeps the best epoch's model in the models folder.

    Parameters
    ----------
    name : str
        File name without ending; one name a model, so that none overwrites another's.
    monitor : str, default="val_loss"
        Metric of the training log; its direction is inferred.

    Returns
    -------
    keras.callbacks.ModelCheckpoint
        What it keeps is read with ``training.load_model(name)``.

    Raises
    ------
    ValueError
        If the direction of the metric is not known.

    Examples
    --------
    >>> checkpoint = best_checkpoint("simple_cnn")  # doctest: +SKIP
    """
    folder = files.models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return keras.callbacks.ModelCheckpoint(
        str(folder / f"{name}.keras"), monitor=monitor, mode=_mode(monitor), save_best_only=True
    )


def overfitting_epoch(history, metric="loss"):
    """Return the epoch from which a model overfits: the one after its best validation epoch.

    Parameters
    ----------
    history : dict of str to list of float, or keras.callbacks.History
        Training log, one value an epoch, with ``"val_" + metric``.
    metric : str, default="loss"
        For accuracy and other metrics that grow, the best epoch is the first highest.

    Returns
    -------
    int or None
        Counted from 1; None if the last epoch is still the best.

    Raises
    ------
    KeyError
        If the history has no validation values of the metric.
    ValueError
        If they are all nan.

    Examples
    --------
    >>> overfitting_epoch({"val_loss": [0.3, 0.1, 0.2, 0.4]})
    3
    """
    key = f"val_{metric}"
    history = getattr(history, "history", history)  # what model.fit returns
    if key not in history:
        raise KeyError(f"{key!r} is not in the history ({', '.join(history)}): train with validation_data.")
    values = np.asarray(history[key], dtype=float)
    if np.isnan(values).all():
        raise ValueError(f"{key} is nan in every epoch: lower the learning rate, and look at the data for nan.")
    best = np.nanargmin(values) if _mode(key) == "min" else np.nanargmax(values)
    epoch = int(best) + 2
    return epoch if epoch <= len(values) else None
