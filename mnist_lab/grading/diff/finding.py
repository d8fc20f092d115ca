"""Which folder is meant: what people hand in is a project, a run, a folder in a folder, or one notebook's files."""

from pathlib import Path

from mnist_lab.grading import WrongUseError
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.reading import DEEPEST, content_of, is_stray

__all__ = ["NO_NOTEBOOKS", "find_results", "is_beside", "left_out", "pair"]

NO_NOTEBOOKS = {"measurements", "reference"}  # beside the notebooks' folders in results/
_MOST_NAMES = 10


def find_results(folder, name, *, as_reference=False):
    """Follow a student's packing to the results.

    A folder ``results`` (in any case) is taken, or that of the newest run in ``runs``, or what a folder around it holds
    and nothing else.

    Parameters
    ----------
    folder : pathlib.Path
    name : str
        What to call it in a message.
    as_reference : bool, default=False
        Take the folder ``reference`` inside the results, where there is one.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    WrongUseError
        If it holds no results, or some in ``results`` and others in ``runs``.
    """
    try:
        return _find(folder, folder, name, as_reference)
    except OSError as error:
        raise WrongUseError(f"{name} can't be read ({error.strerror}): give a results folder") from None


def _find(folder, root, name, as_reference, depth=0):
    inside = _folders(folder)
    results = next((path for path in inside if path.name.lower() == "results"), None)
    base = results or folder
    if as_reference and (base / "reference").is_dir():
        return base / "reference"
    runs = _runs(folder)
    if results and _holds_results(results):
        if runs:
            two = [path.relative_to(root).as_posix() for path in (results, runs[-1])]
            raise WrongUseError(f"{name} holds {two[0]} and {two[1]}: name the one to compare, as {name}/{two[1]}")
        return results
    if runs:
        return runs[-1]
    if results:
        raise WrongUseError(f"{name} holds no results: no notebook wrote into {results.relative_to(root).as_posix()}")
    if depth < DEEPEST and len(inside) == 1 and not (_is_notebook(folder) or _is_notebook(inside[0])):
        return _find(inside[0], root, name, as_reference, depth + 1)
    if not _holds_results(folder):
        raise WrongUseError(f"{name} holds no results: give a folder laid out like results/")
    return folder


def _folders(folder):
    return sorted(path for path in folder.iterdir() if not is_stray(path.name) and path.is_dir())


def _runs(folder):
    """Return the results of runs that hold some, the newest last: their folders are named by the time."""
    parents = [path for path in _folders(folder) if path.name.lower() == "runs"]
    return [run / "results" for parent in parents for run in _folders(parent) if _has_results(run)]


def _has_results(run):
    return (run / "results").is_dir() and _holds_results(run / "results")


def _holds_results(folder):
    return _is_notebook(folder) or any(
        path.name not in NO_NOTEBOOKS and not is_stray(path.name) and not path.name.lower().startswith("readme")
        for path in folder.iterdir()
    )


def _is_notebook(folder):
    """Whether a folder holds the results of one notebook."""
    return any(path.suffix == ".json" and not is_stray(path.name) for path in folder.iterdir())


def pair(reference, candidate):
    """Match two results: where one side is the folder of one notebook, the other's of that notebook is meant.

    A folder that is called ``results`` stands for all notebooks, also if only one wrote into it.

    Parameters
    ----------
    reference, candidate : tuple of (pathlib.Path, str)
        Folders and their names, as :func:`mnist_lab.grading.diff.unpacking.opened` gives them.

    Returns
    -------
    reference, candidate : tuple of (pathlib.Path, str)

    Raises
    ------
    WrongUseError
        If the files of one notebook are handed in, and it can't be told of which one.
    """
    (ours, our_name), (theirs, their_name) = reference, candidate
    our_notebooks, their_notebooks = (
        {path.name: path for path in _folders(folder) if path.name not in NO_NOTEBOOKS} for folder in (ours, theirs)
    )
    if _is_notebook(ours):
        only = theirs / ours.name if ours.name in their_notebooks else None
        if only is None and len(their_notebooks) == 1:
            (only,) = their_notebooks.values()
        if only is None or _is_notebook(theirs):
            return reference, candidate
        return reference, (only, f"{their_name}/{only.name}")
    if _is_notebook(theirs):
        name = _which(theirs, Path(their_name), our_notebooks)
    elif (
        len(their_notebooks) == 1
        and theirs.name.lower() != "results"
        and their_notebooks.keys() <= our_notebooks.keys()
    ):
        (name,) = their_notebooks
        candidate = their_notebooks[name], f"{their_name}/{name}"
    else:
        return reference, candidate
    return (our_notebooks[name], f"{our_name}/{name}"), candidate


def _which(folder, path, notebooks):
    """Tell which notebook wrote files: by the name of their folder or archive, or by their own names."""
    by_name = [name for name in notebooks if name in (path.name, path.stem) or path.stem.startswith(f"{name} ")]
    if len(by_name) == 1:
        return by_name[0]
    files = {file.name for file in folder.iterdir()} - {"metrics.json", "environment.json", "times.json"}
    shared = {name: len(files & {file.name for file in notebooks[name].iterdir()}) for name in notebooks}
    best = max(shared, key=shared.get, default=None)
    if best is None or not shared[best] or list(shared.values()).count(shared[best]) > 1:
        raise WrongUseError(
            f"{visible(path)} holds the files of one notebook, and it can't be told of which one: "
            "name both folders, as results/reference/01_class_histogram"
        )
    return best


def left_out(folder):
    """Return a line about what lies in a folder and is not compared; empty where there is nothing.

    Names that begin with a dot are not worth a line.
    """
    content = content_of(folder)
    beside = {file for file in content.files if is_beside(file)}
    strays = {name for name in content.strays if not name.rpartition("/")[2].startswith((".", "__MACOSX"))}
    names = sorted(beside | strays)
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return f"not compared: {', '.join(visible(name, 80) for name in names[:_MOST_NAMES])}{more}" if names else ""


def is_beside(file):
    """Whether a file is a note to the reader: a README, wherever it stands."""
    return file.rpartition("/")[2].lower().startswith("readme")
