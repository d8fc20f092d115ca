"""Which project and which notebooks a command is about."""

from pathlib import Path

from mnist_lab.files import project_root
from mnist_lab.grading import WrongUseError

__all__ = ["find_notebooks", "project"]


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


def find_notebooks(names, folder):
    """Resolve what a user typed to notebooks.

    Parameters
    ----------
    names : list of str
        Each a path, a file name without ending (``01_class_histogram``) or its number (``01`` or ``1``). An
        empty list means all notebooks of the folder.
    folder : path-like
        Where the notebooks are.

    Returns
    -------
    list of pathlib.Path
        Each notebook once, in the order typed.

    Raises
    ------
    WrongUseError
        If a name fits no notebook or several, naming the known ones.

    Examples
    --------
    >>> [path.name for path in find_notebooks(["01"], project() / "notebooks")]
    ['01_class_histogram.ipynb']
    """
    known = sorted(Path(folder).glob("*.ipynb"))
    if not names and not known:
        raise WrongUseError(f"there is no notebook in {folder}")
    return list(dict.fromkeys(_find(name, known) for name in names)) if names else known


def _find(name, known):
    if name.endswith(".ipynb") and Path(name).is_file():
        return Path(name).resolve()
    wanted = Path(name).stem if name.endswith(".ipynb") else name
    fitting = [path for path in known if path.stem == wanted]
    if not fitting and wanted.isdecimal():
        fitting = [path for path in known if path.stem.split("_")[0].lstrip("0") == wanted.lstrip("0")]
    if len(fitting) != 1:
        problem = "fits several notebooks" if fitting else "fits no notebook"
        raise WrongUseError(f"{name!r} {problem}; known are: {', '.join(path.stem for path in known) or 'none'}")
    return fitting[0]
