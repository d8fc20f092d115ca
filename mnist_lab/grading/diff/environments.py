"""Recorded environments (``environment.json``): what differs between two of them, in words."""

import json

from mnist_lab.results import SCHEMA

__all__ = ["environment_differences", "explains_pixels", "read_environment"]

_NAMES = {
    "freetype": "FreeType",
    "blas": "BLAS",
    "cpu_features": "CPU features",
    "gpus": "GPUs",
    "python": "Python",
    "data_sources": "data source of",
}
_ITSELF = {"libraries", "threads"}  # what is in them says what it is
_NOT_ENVIRONMENT = {"schema", "seed"}  # the seed is chosen, not met with
_NEVER_DRAW = {"nbval", "plotly"}  # no stored picture is theirs


def read_environment(path):
    """Read an ``environment.json``.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict

    Raises
    ------
    OSError
        If it can't be read.
    ValueError
        If it is no environment, or one of another schema than ``mnist_lab.results.SCHEMA``.

    Examples
    --------
    >>> read_environment(Path("results/reference/01_class_histogram/environment.json"))["python"]  # doctest: +SKIP
    '3.11.7'
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"{path.name} is no JSON: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} holds no environment")
    if content.get("schema") != SCHEMA:
        raise ValueError(
            f"{path.name} has schema {content.get('schema')!r}, this mnist-lab reads {SCHEMA}: "
            "compare with the version of mnist-lab that wrote it"
        )
    return content


def environment_differences(reference, candidate):
    """Say in words what differs between two environments.

    Parameters
    ----------
    reference, candidate : dict
        As :func:`mnist_lab.reproducibility.environment_record` makes them.

    Returns
    -------
    tuple of str
        One text a difference; empty where none differs. The seed is no environment.

    Examples
    --------
    >>> environment_differences({"libraries": {"numpy": "2.3.5"}}, {"libraries": {"numpy": "2.4.6"}})
    ('numpy 2.3.5 -> 2.4.6',)
    """
    skipped = _NOT_ENVIRONMENT
    if _numpy(reference) != _numpy(candidate):
        skipped = skipped | {"cpu_features"}  # the names are NumPy's, and change with its releases
    return tuple(
        text
        for key in _in_order(reference, candidate)
        if key not in skipped
        for text in _differences(_NAMES.get(key, key), reference.get(key), candidate.get(key), itself=key in _ITSELF)
    )


def _numpy(environment):
    libraries = environment.get("libraries")
    return libraries.get("numpy") if isinstance(libraries, dict) else None


def _in_order(a, b):
    """Return the keys of two dicts in the order in which they are written."""
    return list(dict.fromkeys([*a, *b]))


def _differences(name, a, b, *, itself=False):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in _in_order(a, b):
            yield from _differences(key if itself else f"{name} {key}", a.get(key), b.get(key))
    elif isinstance(a, list) and isinstance(b, list):
        gone, come = ([str(x) for x in one if x not in other] for one, other in ((a, b), (b, a)))
        if gone or come:
            yield f"{name} {', '.join(gone) or '-'} -> {', '.join(come) or '-'}"
    elif a != b and (a or b):  # nothing is known either way: None and {}
        yield f"{name} {_shown(a)} -> {_shown(b)}"


def _shown(value):
    return "not set" if value is None else value


def explains_pixels(reference, candidate):
    """Return True where two environments differ in something that pictures with equal numbers may depend on.

    That is not the source of MNIST, which is verified, nor a library that draws none of the pictures.

    Examples
    --------
    >>> explains_pixels({"freetype": "2.13.3"}, {"freetype": "2.14.1"})
    True
    """
    return bool(environment_differences(*map(_that_draws, (reference, candidate))))


def _that_draws(environment):
    left_out = {"libraries": _NEVER_DRAW, "data_sources": {"MNIST"}}
    return {
        key: {name: text for name, text in value.items() if name not in left_out.get(key, ())}
        if isinstance(value, dict)
        else value
        for key, value in environment.items()
    }
