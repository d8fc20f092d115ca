"""Which project and which notebooks a command is about."""

import os
from pathlib import Path

from mnist_lab.files import project_root
from mnist_lab.grading import WrongUseError

__all__ = ["find_notebooks", "is_path", "project"]


def project():
    """Return the folder of the project at or above the working folder.

    Raises
    ------
    WrongUseError
        If there is none.
    """
    try:
        return project_root()
    except FileNotFoundError as error:
        raise WrongUseError(error) from None


def is_path(name):
    """Say whether a user typed the path of a notebook, and not its name or number.

    Examples
    --------
    >>> is_path("copy.ipynb"), is_path("01_class_histogram")
    (True, False)
    """
    return name.endswith(".ipynb") or any(separator in name for separator in (os.sep, os.altsep) if separator)


def find_notebooks(names, folder):
    """Resolve what a user typed to notebooks.

    A path is taken as it is and must exist. A name or number that fits a notebook and copies of it, such as
    ``01_class_histogram-Copy1``, means the original.

    Parameters
    ----------
    names : list of str
        Each a path (with ending, or with a separator), a file name without ending (``01_class_histogram``) or its
        number (``01`` or ``1``). An empty list means all notebooks of the folder.
    folder : path-like or None
        Where the notebooks are; None where the names are paths.

    Returns
    -------
    list of pathlib.Path
        Each notebook once, in the order typed.

    Raises
    ------
    WrongUseError
        If there is no file at a path, or a name fits no notebook or several, naming the known ones.

    Examples
    --------
    >>> [path.name for path in find_notebooks(["01"], project() / "notebooks")]
    ['01_class_histogram.ipynb']
    """
    known = sorted(Path(folder).glob("*.ipynb")) if folder else []
    if not names and not known:
        raise WrongUseError(f"there is no notebook in {folder}")
    return list(dict.fromkeys(_find(name, known) for name in names)) if names else known


def _find(name, known):
    if is_path(name):
        if not Path(name).is_file():
            raise WrongUseError(f"no such file: {name}")
        return Path(name).resolve()
    fitting = [path for path in known if path.stem == name]
    if not fitting and name.isdecimal():
        fitting = _originals([path for path in known if path.stem.split("_")[0].lstrip("0") == name.lstrip("0")])
    if len(fitting) != 1:
        problem = "fits several notebooks" if fitting else "fits no notebook"
        raise WrongUseError(f"{name!r} {problem}; known are: {', '.join(path.stem for path in known) or 'none'}")
    return fitting[0]


def _originals(paths):
    """Return the notebooks that are no copies; the name of a copy begins with that of its original."""
    return [path for path in paths if not any(path.stem.startswith(other.stem) for other in paths if other is not path)]
