"""Recorded environments (``environment.json``): what differs between two of them, in words."""

from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.reading import read_json
from mnist_lab.results import SCHEMA

__all__ = ["environment_differences", "explains_pixels", "other_images", "read_environment"]

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
# All that can draw the same numbers in other pixels: the libraries by name, fonts, and the processor behind them.
_DRAWING_LIBRARIES = ("matplotlib", "numpy", "pillow", "seaborn")
_DRAWING = ("freetype", "fonts", "blas", "cpu_features")


def read_environment(path, inside=None):
    """Read an ``environment.json``.

    Parameters
    ----------
    path : pathlib.Path
    inside : path-like, optional
        A folder out of which a link must not lead.

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
    content = read_json(path, inside)
    if content.get("schema") != SCHEMA:
        raise ValueError(
            f"{path.name} has schema {visible(repr(content.get('schema')), 60)}, this mnist-lab reads {SCHEMA}: "
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
        for text in _differences(
            _NAMES.get(key, visible(key, 60)), reference.get(key), candidate.get(key), itself=key in _ITSELF
        )
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
            yield from _differences(
                visible(key, 60) if itself else f"{name} {visible(key, 60)}", a.get(key), b.get(key)
            )
    elif isinstance(a, list) and isinstance(b, list):
        texts = [list(map(str, values)) for values in (a, b)]
        known = [set(values) for values in texts]
        gone, come = ([x for x in texts[one] if x not in known[1 - one]] for one in (0, 1))
        if gone or come:
            yield f"{name} {_listed(gone)} -> {_listed(come)}"
    elif a != b and (a or b):  # nothing is known either way: None and {}
        yield f"{name} {_shown(a)} -> {_shown(b)}"


def _listed(texts):
    return visible(", ".join(texts[:10]) + (", ..." if len(texts) > 10 else ""), 120) or "-"


def _shown(value):
    return "not set" if value is None else visible(value, 80)


def explains_pixels(reference, candidate):
    """Return True where two environments differ in something that pictures with equal numbers may depend on.

    That is what draws: matplotlib, Pillow, seaborn, NumPy, FreeType, fonts, and the processor with its linear algebra;
    and where EMNIST came from, for which there is a stand-in. Nothing else is.

    Examples
    --------
    >>> explains_pixels({"freetype": "2.13.3"}, {"freetype": "2.14.1"})
    True
    >>> explains_pixels({"python": "3.11.7"}, {"python": "3.12.1", "more": 1})
    False
    """
    return bool(environment_differences(*map(_that_draws, (reference, candidate)))) or other_images(
        reference, candidate
    )


def other_images(reference, candidate):
    """Return True where extra digits came from EMNIST on one side and from its stand-in on the other.

    MNIST is verified, and the same from everywhere; EMNIST is the same from the cache and from the archive.

    Examples
    --------
    >>> cache, archive = ({"data_sources": {"EMNIST digits": f"EMNIST ({place})"}} for place in ("cache", "archive"))
    >>> other_images(cache, archive), other_images(cache, {"data_sources": {"EMNIST digits": "load_digits"}})
    (False, True)
    """
    sources = [_part(environment, "data_sources").get("EMNIST digits") for environment in (reference, candidate)]
    names = ["EMNIST" if str(source).startswith("EMNIST") else source for source in sources]
    return all(sources) and names[0] != names[1]


def _that_draws(environment):
    libraries = _part(environment, "libraries")
    drawing = {name: libraries[name] for name in _DRAWING_LIBRARIES if name in libraries}
    return {"libraries": drawing} | {key: environment[key] for key in _DRAWING if key in environment}


def _part(environment, key):
    value = environment.get(key)
    return value if isinstance(value, dict) else {}
