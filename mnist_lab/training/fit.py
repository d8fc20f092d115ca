"""Train a model, reproducibly."""

from mnist_lab import reproducibility
from mnist_lab.training.batches import batches
from mnist_lab.training.progress import Progress

__all__ = ["fit", "train"]


def train(build, x, y, *, epochs, batch_size, seed, validation_data=None, callbacks=(), verbose=1):
    """Build a model and train it, reproducibly.

    Parameters
    ----------
    build : callable
        Returns a compiled model; called after the seed is set, so that the initial weights depend on
        the seed only.
    x, y : array of shape (n, 28, 28, 1), float32 in [0, 1], and (n, 10), one-hot
        Training examples.
    epochs, batch_size, seed : int
        Seed: see :func:`mnist_lab.reproducibility.set_seed`.
    validation_data : tuple of arrays, optional
        Evaluated after each epoch; never trained on and never augmented.
    callbacks : sequence of keras.callbacks.Callback
        For example :class:`mnist_lab.training.EarlyStopping`.
    verbose : {0, 1}, default=1
        1 shows one line, see :class:`mnist_lab.training.Progress`; 0 shows nothing.

    Returns
    -------
    model : keras.Model
    history : dict of str to list of float
        One value an epoch.

    Examples
    --------
    >>> from mnist_lab import models
    >>> model, history = train(models.simple_cnn, x, y, epochs=5, batch_size=128, seed=0)  # doctest: +SKIP
    """
    reproducibility.set_seed(seed)
    model = build()
    options = {"validation_data": validation_data, "callbacks": callbacks, "verbose": verbose}
    return model, fit(model, x, y, epochs=epochs, batch_size=batch_size, **options)


def fit(model, x, y, *, epochs, batch_size, validation_data=None, callbacks=(), verbose=1):
    """Train a model that is built already, and return its history; parameters are those of :func:`train`."""
    log = model.fit(
        batches(x, y, batch_size),
        shuffle=False,  # the batches are
        epochs=epochs,
        validation_data=validation_data and batches(*validation_data, 1000, shuffle=False),
        callbacks=[*callbacks, Progress()] if verbose else list(callbacks),
        verbose=0,
    )
    return {name: [float(value) for value in values] for name, values in log.history.items()}
