"""Hand in what a check was given, as plain files, so that a grader computes the points elsewhere.

Where the environment variable ``MNIST_LAB_HAND_IN`` names a folder, each check writes its arguments there before it
looks at them. A task's folder holds::

    call.json      {"task": 2, "arguments": {"history": {"kind": "dict", ...}, ...}}, written last
    <number>.npy   an array, or all weights of a model, one after the other

The kinds of an argument:

=========  =============================================================================
``plain``  ``value``: null, a truth value, a number or a text
``array``  ``file``: numbers or truth values
``list``   ``items``, each an argument
``dict``   ``items``, pairs of two arguments
``table``  ``columns``, ``index`` and ``values``, each an argument: a pandas.DataFrame
``model``  ``architecture``: as ``model.to_json`` gives it; ``file``: the weights, float32
``same``   ``argument``: the name of an earlier argument that is the same object
``other``  ``type``: the name of what could not be written
=========  =============================================================================

:mod:`mnist_lab.grading.grade.hand_in` reads them.
"""

import contextlib
import functools
import inspect
import itertools
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from mnist_lab import files

__all__ = ["MOST_ITEMS", "handed_in", "write_hand_in"]

MOST_ITEMS = 100_000  # of a list; more belong in an array


def handed_in(check):
    """Let a check write its arguments first, where ``MNIST_LAB_HAND_IN`` names a folder.

    Examples
    --------
    >>> @handed_in
    ... def task_9(labels):
    ...     return f"{len(labels)} labels"
    >>> task_9([1, 2])
    '2 labels'
    """
    signature = inspect.signature(check)

    @functools.wraps(check)
    def checked(*args, **kwargs):
        if folder := os.environ.get("MNIST_LAB_HAND_IN"):
            try:
                arguments = signature.bind(*args, **kwargs).arguments
                write_hand_in(Path(folder) / check.__name__, arguments)
            except Exception as error:  # a check never raises
                print(f"Not handed in: {error}")
        return check(*args, **kwargs)

    return checked


def write_hand_in(folder, arguments):
    """Write the arguments of a check to a folder; ``call.json`` comes last, so that half a hand-in is none."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "call.json").unlink(missing_ok=True)
    numbers = itertools.count(1)

    def save(array):
        name = f"{next(numbers)}.npy"
        with (folder / name).open("wb") as file:
            np.save(file, array, allow_pickle=False)
        return name

    described, first = {}, {}
    for name, value in arguments.items():
        known = first.setdefault(id(value), name)
        if known != name and hasattr(value, "get_weights"):  # a check asks whether two models are one
            described[name] = {"kind": "same", "argument": known}
        else:
            described[name] = _describe(value, save)
    files.write_json(folder / "call.json", {"task": folder.name, "arguments": described})


def _describe(value, save):
    """Describe a value as the module's docstring says; ``save`` writes an array and returns its file's name."""
    if isinstance(value, str | Path) and os.path.isfile(value):  # noqa: PTH113 - a text may be no path at all
        from mnist_lab.checks import reading  # it needs this module first

        with contextlib.suppress(Exception):  # no file that a check reads: it stays a text
            value = reading.from_file(value, "a file")
    if hasattr(value, "get_weights") and hasattr(value, "to_json"):
        weights = [np.ravel(array) for array in value.get_weights()]
        flat = np.concatenate(weights).astype("float32") if weights else np.zeros(0, "float32")
        return {"kind": "model", "architecture": json.loads(value.to_json()), "file": save(flat)}
    if isinstance(getattr(value, "history", None), dict):  # what model.fit returns
        value = value.history
    if isinstance(value, pd.DataFrame):
        parts = {"columns": list(value.columns), "index": list(value.index), "values": value.to_numpy().tolist()}
        return {"kind": "table"} | {name: _describe(part, save) for name, part in parts.items()}
    if isinstance(value, dict):
        items = itertools.islice(value.items(), MOST_ITEMS)
        return {"kind": "dict", "items": [[_describe(part, save) for part in item] for item in items]}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and np.isfinite(value)):
        return {"kind": "plain", "value": value}
    if isinstance(value, float):
        return {"kind": "array", "file": save(np.array(value))}  # JSON has no nan
    array = _array(value)
    if array is not None:
        return {"kind": "array", "file": save(array)}
    if isinstance(value, list | tuple | set | pd.Series | pd.Index | np.ndarray):
        return {"kind": "list", "items": [_describe(part, save) for part in itertools.islice(value, MOST_ITEMS)]}
    return {"kind": "other", "type": type(value).__name__}


def _array(value):
    """Return numbers or truth values as an array, None for anything else."""
    if not (hasattr(value, "__array__") or (isinstance(value, list | tuple) and len(value))):
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # lists of unequal length
        return None
    return array if array.dtype.kind in "biuf" else None
