"""Read what a notebook handed in, of which not a byte is trusted.

:mod:`mnist_lab.checks.handing_in` describes the files.

Nothing is unpickled, and no code of a model is loaded: its architecture may use the layers below and no others, and
its weights are plain numbers. Sizes are looked at before anything is made of them.
"""

import io
import json
import math
from pathlib import Path

import numpy as np

from mnist_lab.grading.reading import read_bytes, read_json

__all__ = ["HandInError", "read_hand_in"]

MOST_VALUES = 40_000_000  # of an array: ten trainings' probabilities for 10,000 images are a million
MOST_BYTES = 200_000_000  # of a file
MOST_WEIGHTS = 20_000_000
MOST_LAYERS = 200
LARGEST = 100_000  # of any whole number in an architecture
DEEPEST = 20

_OF_KERAS = {
    "keras": {"DTypePolicy", "Sequential", "Functional", "Model"},
    "keras.layers": {
        *("InputLayer", "Conv2D", "SeparableConv2D", "DepthwiseConv2D", "MaxPooling2D", "AveragePooling2D"),
        *("GlobalMaxPooling2D", "GlobalAveragePooling2D", "Flatten", "Reshape", "Dense", "Dropout", "SpatialDropout2D"),
        *("GaussianNoise", "GaussianDropout", "BatchNormalization", "LayerNormalization", "GroupNormalization"),
        *("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Rescaling", "Cropping2D", "ZeroPadding2D"),
        *("RandomRotation", "RandomTranslation", "RandomZoom", "RandomShear", "RandomFlip", "RandomContrast"),
        *("Add", "Average", "Concatenate", "Maximum", "Multiply"),
    },
    "keras.initializers": {
        *("GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal", "Zeros", "Ones"),
        *("RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Orthogonal", "Constant"),
    },
    "keras.regularizers": {"L1", "L2", "L1L2"},
    "keras.models": {"Sequential", "Functional"},
    "keras.src.models.functional": {"Functional"},
}
_OURS = {"RandomAffine", "RandomElastic", "RangeNormalization", "FusedBatchNormalization"}
_ACTIVATIONS = {
    *("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "sigmoid", "hard_sigmoid"),
    *("tanh", "softmax", "log_softmax", "softplus", "softsign", "exponential", "mish"),
}
_ONE_IMAGE = [None, 28, 28, 1]


class HandInError(ValueError):
    """What was handed in can't be used; the text says why."""


def read_hand_in(folder):
    """Read the arguments that a check was given.

    Parameters
    ----------
    folder : path-like
        Of one task. Links in it are not followed out of it.

    Returns
    -------
    dict of str to object
        An argument that can't be used is a `HandInError`, which says why.

    Raises
    ------
    HandInError
        If there are none, or they can't be read.

    Examples
    --------
    >>> from mnist_lab.checks.handing_in import write_hand_in
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_hand_in(folder, {"named_epoch": 8})
    ...     read_hand_in(folder)
    {'named_epoch': 8}
    """
    folder = Path(folder).absolute()
    try:
        if folder.resolve() != folder:
            raise HandInError("its folder is a link")
        call = read_json(folder / "call.json", folder)
        read = {}
        for name, entry in call["arguments"].items():
            same = entry.get("argument") if entry.get("kind") == "same" else None
            read[str(name)] = read[same] if same in read else _argument(entry, folder)
        return read
    except FileNotFoundError:
        reason = "nothing was handed in: the check did not run, or what it was given could not be written"
        raise HandInError(reason) from None
    except HandInError:
        raise
    except Exception as error:  # whatever a stranger wrote
        raise _unreadable(error) from None


def _argument(entry, folder):
    try:
        return _value(entry, folder, 0)
    except HandInError as error:
        return error
    except Exception as error:
        return _unreadable(error)


def _unreadable(error):
    return HandInError(f"it can't be read ({type(error).__name__}: {str(error)[:200]})")


def _value(entry, folder, depth):
    """Make what an entry describes."""
    if depth > DEEPEST:
        raise HandInError(f"it is nested more than {DEEPEST} deep")
    match entry:
        case {"kind": "plain", "value": None | bool() | int() | float() | str() as value}:
            return value
        case {"kind": "array", "file": str(name)}:
            return _read_array(folder, name, MOST_VALUES)
        case {"kind": "list", "items": list(items)}:
            return [_value(item, folder, depth + 1) for item in items]
        case {"kind": "dict", "items": list(items)}:
            pairs = [[_value(part, folder, depth + 1) for part in item] for item in items]
            return {_key(key): value for key, value in pairs}
        case {"kind": "table", "columns": columns, "index": index, "values": values}:
            import pandas as pd

            columns, index, values = (_value(part, folder, depth + 1) for part in (columns, index, values))
            return pd.DataFrame(values, index=list(index), columns=list(columns))
        case {"kind": "model", "architecture": dict(architecture), "file": str(name)}:
            return _model(architecture, _read_array(folder, name, MOST_WEIGHTS))
        case {"kind": "other", "type": str(name)}:
            raise HandInError(f"a value of the type {name[:80]} can't be handed in: give numbers, arrays or a model")
    raise HandInError("an entry is of no known kind")


def _key(key):
    return tuple(key) if isinstance(key, list) else key.item() if isinstance(key, np.ndarray) else key


def _read_array(folder, name, most):
    """Read a file of NumPy whose header agrees with its size."""
    if Path(name).name != name:
        raise HandInError(f"{name[:80]!r} is no name of a file")
    content = io.BytesIO(read_bytes(folder / name, folder, most=MOST_BYTES))
    version = np.lib.format.read_magic(content)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
    shape, _, dtype = read_header(content)
    size = math.prod(shape)
    if dtype.hasobject or dtype.kind not in "biuf" or not 0 <= size <= most:
        raise HandInError(f"an array has the shape {shape} and type {dtype}: at most {most:,} numbers are read")
    if size * dtype.itemsize != len(content.getbuffer()) - content.tell():
        raise HandInError("the header of an array does not agree with its size")
    content.seek(0)
    return np.load(content, allow_pickle=False)


def _model(architecture, weights):
    """Build a model of known layers and give it its weights."""
    layers = architecture.get("config", {}).get("layers")
    if not isinstance(layers, list) or not 1 <= len(layers) <= MOST_LAYERS:
        raise HandInError(f"a model must have 1 to {MOST_LAYERS} layers")
    architecture = {key: value for key, value in architecture.items() if key != "compile_config"}
    _check_architecture(architecture, 0)
    from mnist_lab import models  # the layers of its own, and Keras
    from mnist_lab._keras import keras

    del models
    model = keras.models.model_from_json(json.dumps(architecture))
    if list(model.input_shape) != _ONE_IMAGE:
        raise HandInError(f"the model takes {model.input_shape}, not images of shape (28, 28, 1)")
    shapes = [variable.shape for variable in model.weights]
    sizes = [math.prod(shape) for shape in shapes]
    if sum(sizes) != weights.size or not np.isfinite(weights).all():
        raise HandInError(
            f"the model has {sum(sizes):,} weights, {weights.size:,} finite ones are needed and were not given"
        )
    parts = np.split(weights.astype("float32"), np.cumsum(sizes)[:-1])
    model.set_weights([part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)])
    return model


def _check_architecture(part, depth):
    """Refuse what is no plain description of known layers."""
    if depth > DEEPEST:
        raise HandInError(f"the architecture is nested more than {DEEPEST} deep")
    if isinstance(part, list):
        for item in part[: MOST_LAYERS + 1]:
            _check_architecture(item, depth + 1)
    elif isinstance(part, dict):
        if "class_name" in part:
            _check_class(part)
        for key, item in part.items():
            if key == "activation" and isinstance(item, str) and item not in _ACTIVATIONS:
                raise HandInError(f"the activation {item[:80]!r} is not known")
            _check_architecture(item, depth + 1)
    elif isinstance(part, int | float) and not -LARGEST <= part <= LARGEST:
        raise HandInError(f"the architecture holds the number {part:g}: at most {LARGEST:,} is allowed")


def _check_class(part):
    name, module, registered = (part.get(key) for key in ("class_name", "module", "registered_name"))
    ours = str(registered or "").startswith("mnist_lab>") and name in _OURS
    known = name in _OF_KERAS.get(module, ()) and registered in (None, name, "Functional", "Sequential")
    tensor = name == "__keras_tensor__"
    if not (ours or known or tensor):
        raise HandInError(f"a {str(name)[:80]!r} of {str(module)[:80]!r} is no known layer")
