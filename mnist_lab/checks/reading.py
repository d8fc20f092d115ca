"""What students pass to a check, in whatever reasonable form; anything else is `MissingError`, with a hint."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from mnist_lab import evaluation
from mnist_lab.checks import truth
from mnist_lab.checks.outcome import MissingError, need

__all__ = [
    *("from_file", "history", "images", "labels", "model", "numbers", "own_labels", "positions", "predictions"),
    *("probabilities", "same_predictions"),
]


FILES = True  # whether paths are read; a judge of strangers' work turns it off


def numbers(value, name):
    """Return numbers as an array of float or int; a path is read."""
    value = from_file(value, name)
    need(value is not None, f"give {name}: it is missing")
    need(not isinstance(value, str | dict | set), f"give {name} as an array, not as {_kind(value)}")
    try:
        array = np.asarray(value)
        array = array if array.dtype.kind in "biuf" else np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise MissingError(f"give {name} as an array of numbers, all of one length") from None
    need(array.size > 0, f"give {name}: it is empty")
    need(np.isfinite(array).all(), f"{name} holds values that are no numbers (nan or infinite)")
    return array


def labels(value, name, length=None):
    """Return digits from 0 to 9, int of shape (n,): also from one-hot labels or rows of probabilities."""
    array = numbers(value, name)
    if array.ndim == 2 and array.shape[1] == 10 and array.shape[0] != 1:
        array = array.argmax(axis=1)
    elif array.ndim == 2 and 1 in array.shape:
        array = array.ravel()
    need(array.ndim == 1, f"give {name} as one digit an image; it has the shape {array.shape}")
    digits = array.astype(int)
    wrong = array[(digits != array) | (digits < 0) | (digits > 9)]
    need(not wrong.size, f"give {name} as digits from 0 to 9; it holds {wrong[0] if wrong.size else 0:g}")
    need(
        length is None or len(digits) == length,
        f"{name} has {len(digits):,} values, {length or 0:,} are needed: one for each image",
    )
    return digits


def predictions(value, name, length):
    """Return predicted digits, int of shape (runs, n); (n,) is one run, probabilities are (..., n, 10)."""
    array = numbers(value, name)
    if array.ndim == 3 and array.shape[2] == 10:
        array = array.argmax(axis=2)
    rows = array if array.ndim == 2 and array.shape[1] != 10 else [array]
    return np.stack([labels(row, name, length) for row in rows])


def probabilities(value, name, length):
    """Return probabilities, float of shape (n, 10), whose rows sum to 1."""
    array = numbers(value, name).astype(float)
    need(array.shape == (length, 10), f"{name} has the shape {array.shape}: ({length}, 10) is needed, a row an image")
    need(
        array.min() >= -1e-6 and np.allclose(array.sum(axis=1), 1, atol=1e-3),
        f"the rows of {name} are no probabilities: end the model with softmax, so that each row sums to 1",
    )
    return array


def positions(value, name, length):
    """Return positions in ascending order, from positions in any order or from a truth value an image."""
    value = from_file(value, name)
    if value is not None and np.size(value) == 0:
        return np.zeros(0, int)
    array = numbers(value, name)
    if array.ndim == 2 and 1 in array.shape:
        array = array.ravel()
    if array.dtype == bool and array.shape == (length,):
        return np.flatnonzero(array)
    need(array.ndim == 1 and (array == array.astype(int)).all(), f"give {name} as positions, counted from 0")
    need(len(np.unique(array)) == len(array), f"{name} names a position twice")
    return np.sort(array.astype(int))


def history(value, name, *keys):
    """Return the log of a training, dict of str to float array of one length: from a dict, a History or a table."""
    value = getattr(value, "history", value)
    if isinstance(value, pd.DataFrame):
        value = value.to_dict("list")
    need(isinstance(value, dict), f"give {name}: what `model.fit` returns, or its `history`")
    for key in keys:
        need(key in value, f"{name} has no {key!r}: train with validation_data")
    log = {key: numbers(value[key], f"{key} of {name}").ravel() for key in keys}
    need(len({len(values) for values in log.values()}) == 1, f"{', '.join(keys)} of {name} have different lengths")
    return log


def images(value, name):
    """Return images as a network takes them, float32 of shape (n, 28, 28, 1) from 0 to 1."""
    array = numbers(value, name)
    need(
        array.ndim in (3, 4) and array[0].size == 784,
        f"give {name} as images of 28 by 28 pixels; it has the shape {array.shape}",
    )
    array = array.reshape(-1, 28, 28, 1).astype(np.float32)
    return array / 255 if array.max() > 1 else array


def model(value, name):
    """Return a Keras model: one that is given, or the one that is saved at a path."""
    value = from_file(value, name)
    need(
        hasattr(value, "predict") and hasattr(value, "get_weights"), f"give {name}: a Keras model, or where it is saved"
    )
    return value


def same_predictions(first, second, x):
    """Say whether two models give the same probabilities, within float rounding."""
    found = [evaluation.predict(one, x) for one in (first, second)]
    return found[0].shape == found[1].shape and np.allclose(*found, atol=1e-4)


def own_labels(x, y, part, name):
    """Check that images are MNIST's, with their labels; `part` is where they belong."""
    true, other = truth.labels_of(x, part), "test" if part == "train" else "train"
    if (true < 0).mean() > 0.01:
        elsewhere = (truth.labels_of(x, other) >= 0).mean() > 0.5
        raise MissingError(
            f"{name} holds {other} images: the {part} images are needed"
            if elsewhere
            else f"{name} holds images that are not MNIST's {part} images as they came: augmented, or scaled otherwise?"
        )
    need((true == y)[true >= 0].all(), f"the labels do not belong to the images of {name}: keep their order")


def from_file(value, name):
    """Return what a file holds, or a value as it is."""
    if not isinstance(value, str | Path):
        return value
    path = Path(value)
    need(FILES and path.exists(), f"{name}: there is no file {path.name!r}")
    readers = {
        ".keras": _load_model,
        ".npy": np.load,
        ".json": lambda file: json.loads(file.read_text(encoding="utf-8")),
        ".csv": lambda file: pd.read_csv(file, header=None).to_numpy(),
        ".txt": np.loadtxt,
    }
    need(path.suffix in readers, f"{name}: .keras, .npy, .json, .csv and .txt files are read, not {path.suffix!r}")
    return readers[path.suffix](path)


def _load_model(path):
    from mnist_lab._keras import keras

    return keras.models.load_model(path)


def _kind(value):
    return {str: "a text", dict: "a dict", set: "a set"}.get(type(value), type(value).__name__)
