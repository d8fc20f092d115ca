"""Learning rate reduced on a plateau: smaller steps once the validation loss stops falling."""

from types import SimpleNamespace

from mnist_lab._keras import keras

__all__ = ["plateau_learning_rates", "reduce_on_plateau"]


def reduce_on_plateau(*, factor=0.5, patience=2, smallest=1e-5):
    """Return a callback that reduces the learning rate when the validation loss no longer falls.

    Once attached, it also writes ``learning_rate`` into the history: the rate each epoch was trained with.

    Parameters
    ----------
    factor : float, default=0.5
        The learning rate is multiplied by it; in (0, 1).
    patience : int, default=2
        Epochs in a row without a lower validation loss (lower by at least 0.0001) after which it is.
    smallest : float, default=1e-5
        The learning rate never falls below it.

    Returns
    -------
    keras.callbacks.ReduceLROnPlateau
        For a model with a constant learning rate; with a schedule Keras raises a TypeError at the first plateau.

    Raises
    ------
    ValueError
        If the factor is not between 0 and 1.

    Examples
    --------
    >>> callback = reduce_on_plateau(patience=3)
    >>> callback.monitor
    'val_loss'
    """
    if not 0 < factor < 1:
        raise ValueError(f"factor={factor} does not reduce: give a number between 0 and 1, for example 0.5.")
    return keras.callbacks.ReduceLROnPlateau("val_loss", factor=factor, patience=patience, min_lr=smallest)


def plateau_learning_rates(losses, *, start=0.001, **options):
    """Return the learning rate of each epoch, had the validation losses been these.

    The callback itself runs on them; nothing is trained.

    Parameters
    ----------
    losses : sequence of float
        Validation loss after each epoch.
    start : float, default=0.001
        Learning rate of the first epoch.
    **options
        Of :func:`reduce_on_plateau`.

    Returns
    -------
    list of float
        As long as ``losses``. A plateau shows in the epoch after it.

    Examples
    --------
    >>> [round(rate, 4) for rate in plateau_learning_rates([0.5, 0.4, 0.4, 0.4, 0.3], patience=2)]
    [0.001, 0.001, 0.001, 0.001, 0.0005]
    """
    callback = reduce_on_plateau(**options)
    callback.set_model(SimpleNamespace(optimizer=keras.optimizers.SGD(start)))
    callback.on_train_begin()
    logs = [{"val_loss": loss} for loss in losses]
    for epoch, log in enumerate(logs):
        callback.on_epoch_end(epoch, log)
    return [log["learning_rate"] for log in logs]
