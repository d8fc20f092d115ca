"""Training: learning rate schedule, reproducible training, load-or-train, saved architectures."""

import contextlib
import hashlib
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from mnist_lab import augmentation, files, reproducibility, vgg
from mnist_lab._batches import batches
from mnist_lab._keras import keras, tf

__all__ = ["WarmupThenLinear", "load_model", "load_or_train", "load_weights", "save_weights", "train"]


@keras.saving.register_keras_serializable(package="mnist_lab")
class WarmupThenLinear(keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate that rises linearly to a peak, then falls linearly to zero.

    Parameters
    ----------
    peak : float
        Highest learning rate.
    steps : int
        Optimiser steps of the whole training: epochs times batches an epoch.
    warmup : float, default=0.3
        Share of the steps until the peak, in (0, 1).
    start : float, default=0.04
        First learning rate as a share of the peak.

    Raises
    ------
    ValueError
        If ``warmup`` is not between 0 and 1 or ``steps`` is below 2.

    Examples
    --------
    >>> schedule = WarmupThenLinear(0.01, steps=100)
    >>> float(schedule(30))
    0.009999999776482582

    References
    ----------
    L. N. Smith, N. Topin (2018), Super-convergence, https://arxiv.org/abs/1708.07120
    """

    def __init__(self, peak, *, steps, warmup=0.3, start=0.04):
        if steps < 2 or not 0 < warmup < 1:
            raise ValueError(f"steps={steps}, warmup={warmup}: give at least 2 steps and a warm-up between 0 and 1.")
        self.peak, self.steps, self.warmup, self.start = peak, steps, warmup, start

    def __call__(self, step):
        """Return the learning rate of an optimiser step, counted from 0."""
        step = keras.ops.cast(step, "float32")
        top = self.warmup * self.steps
        rising = self.start + (1 - self.start) * step / top
        falling = (self.steps - step) / (self.steps - top)
        return self.peak * keras.ops.maximum(keras.ops.minimum(rising, falling), 0.0)

    def get_config(self):
        """Return the arguments that make this schedule again."""
        return {"peak": self.peak, "steps": self.steps, "warmup": self.warmup, "start": self.start}


def train(build, x, y, *, epochs, batch_size, seed, validation_data=None, callbacks=(), verbose=2):
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
        For example :class:`mnist_lab.stopping.EarlyStopping`.
    verbose : {0, 1, 2}, default=2
        As in Keras: 2 prints a line an epoch.

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
    return model, _fit(model, x, y, epochs, batch_size, validation_data, callbacks, verbose)


def _fit(model, x, y, epochs, batch_size, validation_data, callbacks, verbose):
    log = model.fit(
        batches(x, y, batch_size),
        shuffle=False,  # the batches are
        epochs=epochs,
        validation_data=validation_data and batches(*validation_data, 1000, shuffle=False),
        callbacks=list(callbacks),
        verbose=verbose,
    )
    return {name: [float(value) for value in values] for name, values in log.history.items()}


def load_or_train(name, build, x, y, *, epochs, batch_size, seed, validation_data=None, verbose=2):
    """Load the model that this very training made before, or train and save it.

    A saved model is used only if architecture, optimiser, loss, data, epochs, batch size and seed are
    those asked for and its file is undamaged; otherwise the model is trained again. Two notebooks that
    ask for the same model at the same time train it once.

    Parameters
    ----------
    name : str
        File name without ending in the models folder.
    build, x, y, epochs, batch_size, seed, validation_data, verbose
        As in :func:`train`.

    Returns
    -------
    model : keras.Model
    history : dict of str to list of float
        Of the training that made the model.

    Raises
    ------
    OSError
        If the models folder can't be written; raised before any training.

    Examples
    --------
    >>> from mnist_lab import models
    >>> model, history = load_or_train(
    ...     "simple_cnn", models.simple_cnn, x, y, epochs=5, batch_size=128, seed=0
    ... )  # doctest: +SKIP
    """
    folder = files.models_folder()
    path, record_path = folder / f"{name}.keras", folder / f"{name}.training.json"
    files.check_writable(folder)  # fail before the training, not after it
    with _locked(folder / f".{name}.lock"):
        reproducibility.set_seed(seed)
        model = build()
        key = _key(model, [x, y, *(validation_data or ())], epochs, batch_size, seed)
        saved = _load_saved(path, record_path, key)
        if saved is not None:
            return saved
        history = _fit(model, x, y, epochs, batch_size, validation_data, (), verbose)
        content = _file_content(model.save, ".keras")
        files.write_atomically(path, content)
        digest = hashlib.sha256(content).hexdigest()
        # written last: a model without a record that fits is not used
        files.write_json(record_path, {"key": key, "sha256": digest, "history": history})
    return model, history


def load_model(name):
    """Read a whole model, ``<name>.keras``, from the models folder.

    Parameters
    ----------
    name : str
        As given to :func:`load_or_train` or :func:`mnist_lab.stopping.best_checkpoint`.

    Returns
    -------
    keras.Model
        Compiled as it was saved.

    Raises
    ------
    FileNotFoundError
        If there is no such model.

    Examples
    --------
    >>> model = load_model("improved_cnn")  # doctest: +SKIP
    """
    path = files.models_folder() / f"{name}.keras"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: run the cell that trains and saves {name!r} first.")
    return keras.saving.load_model(path)


def save_weights(model, name):
    """Save a model as two files in the models folder: architecture (JSON) and weights (HDF5).

    Parameters
    ----------
    model : keras.Model
    name : str
        The files are ``<name>.architecture.json`` and ``<name>.weights.h5``.

    Returns
    -------
    tuple of pathlib.Path
        The two files.

    Examples
    --------
    >>> save_weights(model, "deep_cnn")  # doctest: +SKIP
    >>> same = load_weights("deep_cnn")  # doctest: +SKIP
    """
    architecture, weights = _weight_paths(name)
    files.write_atomically(architecture, model.to_json().encode("utf-8"))
    files.write_atomically(weights, _file_content(model.save_weights, ".weights.h5"))
    return architecture, weights


def load_weights(name):
    """Make a model again from the two files of :func:`save_weights`.

    Parameters
    ----------
    name : str
        As given to :func:`save_weights`.

    Returns
    -------
    keras.Model
        Not compiled: it predicts as the saved model did.

    Raises
    ------
    FileNotFoundError
        If one of the files is missing.

    Examples
    --------
    >>> model = load_weights("deep_cnn")  # doctest: +SKIP
    """
    architecture, weights = _weight_paths(name)
    for path in (architecture, weights):
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: call save_weights(model, {name!r}) first.")
    model = keras.models.model_from_json(architecture.read_text(encoding="utf-8"))
    model.load_weights(weights)
    return model


def _weight_paths(name):
    folder = files.models_folder()
    return folder / f"{name}.architecture.json", folder / f"{name}.weights.h5"


@contextlib.contextmanager
def _locked(path):
    """Hold the lock at ``path``; say so before waiting for another process."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print("Another process is training this model: waiting for it.", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _key(model, arrays, epochs, batch_size, seed):
    """Hash everything that decides the trained weights, apart from the machine."""
    recipe = [model.to_json(), model.get_compile_config(), epochs, batch_size, seed]
    versions = [keras.__version__, tf.__version__]
    digest = hashlib.sha256(json.dumps([recipe, versions], sort_keys=True, default=str).encode("utf-8"))
    for module in (augmentation, reproducibility, vgg, sys.modules[__name__]):  # code that the model's JSON only names
        digest.update(Path(module.__file__).read_bytes())
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(array)
    return digest.hexdigest()


def _load_saved(path, record_path, key):
    """Return (model, history), or None, saying why, if there is no model that fits."""
    if not (path.is_file() and record_path.is_file()):
        return None
    try:
        record = json.loads(record_path.read_text(encoding="utf-8"))
        if record["key"] != key:
            print(f"{path.name} was trained in another way or on other data: training again.")
            return None
        if hashlib.sha256(path.read_bytes()).hexdigest() != record["sha256"]:
            print(f"{path.name} is damaged: training again.")
            return None
        return keras.saving.load_model(path), record["history"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{path.name} can't be read ({type(error).__name__}): training again.")
        return None


def _file_content(save, ending):
    """Return what ``save(path)`` writes; Keras can only write to a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{ending}"
        save(path)
        return path.read_bytes()
