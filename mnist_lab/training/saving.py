"""Saved models: load what the same training made before, or train and save it; architecture and weights apart."""

import hashlib
import json
import tempfile
import types
from pathlib import Path

import numpy as np

from mnist_lab import files, reproducibility
from mnist_lab._keras import keras, tf
from mnist_lab.training.fit import fit

__all__ = ["load_model", "load_or_train", "load_weights", "save_weights"]


def load_or_train(name, build, x, y, *, epochs, batch_size, seed, validation_data=None, verbose=1):
    """Load the model that this very training made before, or train and save it.

    A saved model is used only if architecture, optimiser, loss, data, epochs, batch size and seed are
    those asked for and its file is undamaged; otherwise the model is trained again. Two notebooks that
    ask for the same model at the same time train it once.

    Parameters
    ----------
    name : str
        File name without ending in the models folder.
    build, x, y, epochs, batch_size, seed, validation_data, verbose
        As in :func:`mnist_lab.training.train`.

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
    with files.locked(folder / f".{name}.lock", waiting="Another process is training this model: waiting for it."):
        reproducibility.set_seed(seed)
        model = build()
        key = _key(model, [x, y, *(validation_data or ())], epochs, batch_size, seed)
        saved = _load_saved(path, record_path, key)
        if saved is not None:
            return saved
        options = {"validation_data": validation_data, "verbose": verbose}
        history = fit(model, x, y, epochs=epochs, batch_size=batch_size, **options)
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
        As given to :func:`load_or_train` or :func:`mnist_lab.training.best_checkpoint`.

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


def _key(model, arrays, epochs, batch_size, seed):
    """Hash everything that decides the trained weights, apart from the machine."""
    recipe = [_nameless(model), model.get_compile_config(), epochs, batch_size, seed]
    versions = [keras.__version__, tf.__version__]
    digest = hashlib.sha256(json.dumps([recipe, versions], sort_keys=True, default=str).encode("utf-8"))
    digest.update(repr(_own_code(model)).encode("utf-8"))
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(array)
    return digest.hexdigest()


_LIBRARIES = ("keras", "tensorflow", "numpy", "builtins")
_PLAIN = (int, float, str, bytes, tuple, type(None))


def _nameless(model):
    """Return a model's architecture with numbers in the place of the names of layers, which decide nothing.

    A name stands under ``name``, or first in a list that refers to a layer's output. Elsewhere the same text, such as
    that of an activation, stays.
    """
    numbers = {part.name: number for number, part in enumerate([model, *model.layers])}

    def without(value):
        if isinstance(value, dict):
            return {
                key: numbers.get(one, one) if key == "name" and isinstance(one, str) else without(one)
                for key, one in value.items()
            }
        if isinstance(value, list):
            refers = [type(one) for one in value] == [str, int, int]
            return [numbers.get(value[0], value[0]), *value[1:]] if refers else [without(one) for one in value]
        return value

    return without(json.loads(model.to_json()))


def _own_code(model):
    """Return the compiled code that a training runs and that is no library's: what the model's JSON only names.

    That is ours and a student's own: layers, activations, initialisers, schedules, losses, and what these call, with
    the plain numbers and texts that they find in their module or around them.
    """
    layers = list(model._flatten_layers())
    parts = [fit, reproducibility.set_seed, model.loss, model.optimizer, *layers]
    parts += [value for part in (model.optimizer, *layers) for value in vars(part).values()]
    waiting, seen, told = [function for part in parts for function in _functions(part)], set(), []
    while waiting:
        function = waiting.pop(0)
        if function.__code__ in seen or function.__module__.partition(".")[0] in _LIBRARIES:
            continue
        seen.add(function.__code__)
        around = [function.__globals__.get(name) for name in function.__code__.co_names]
        around += [*(function.__defaults__ or ()), *(cell.cell_contents for cell in function.__closure__ or ())]
        told.append((_steps(function.__code__), [value for value in around if isinstance(value, _PLAIN)]))
        waiting += [value for value in around if isinstance(value, types.FunctionType)]
    return told


def _functions(part):
    """Return the functions that are a part, or the methods of its classes that are no library's."""
    if isinstance(part, types.FunctionType):
        return [part]
    kinds = [kind for kind in type(part).__mro__ if kind.__module__.partition(".")[0] not in _LIBRARIES]
    found = [value for kind in kinds if hasattr(kind, "get_config") for value in vars(kind).values()]
    return [value for value in found if isinstance(value, types.FunctionType)]


def _steps(code):
    """Return compiled code without file name and line numbers, and without what differs from process to process."""
    constants = [_steps(value) if isinstance(value, types.CodeType) else value for value in code.co_consts]
    sets = [sorted(map(repr, value)) for value in constants if isinstance(value, frozenset)]
    return code.co_code, code.co_names, [value for value in constants if not isinstance(value, frozenset)], sets


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
