"""Where the parts of a run go: each notebook has results and an executed file of its own, also where names repeat."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Place", "file_results", "find_places"]


@dataclass(frozen=True)
class Place:
    """Where one notebook's parts go.

    Attributes
    ----------
    path : pathlib.Path
        The notebook.
    label : str
        Its name in this run: the file's name without ending, with the folder's name or a number where that is taken.
    executed : pathlib.Path
        Where the executed notebook goes.
    written : pathlib.Path
        An empty folder that the notebook takes for ``results``, while it runs.
    results : pathlib.Path
        Where what it wrote goes then.
    models : pathlib.Path
        Folder for models, shared with the notebooks of the same folder: notebook 04 reads the model of 03.
    """

    path: Path
    label: str
    executed: Path
    written: Path
    results: Path
    models: Path


def find_places(paths, own, folder):
    """Give each notebook of a run its place.

    Parameters
    ----------
    paths : list of pathlib.Path
        The notebooks.
    own : pathlib.Path
        The project's folder of notebooks; theirs keep their names, and their models lie in ``models`` itself.
    folder : pathlib.Path
        The folder of the run.

    Returns
    -------
    list of Place
        In the order of `paths`.
    """
    labels, groups = {}, {own.resolve(): "."}
    for path in sorted(paths, key=lambda path: path.parent.resolve() != own.resolve()):  # the project's own first
        labels[path] = _free(_plain(path.stem), path.parent, labels.values())
        parent = path.parent.resolve()
        if parent not in groups:
            groups[parent] = _free(_plain(parent.name), parent.parent, groups.values())
    return [
        Place(
            path,
            labels[path],
            folder / "notebooks" / f"{labels[path]}.ipynb",
            folder / "running" / labels[path],
            folder / "results" / labels[path],
            folder / "models" / groups[path.parent.resolve()],
        )
        for path in paths
    ]


def file_results(place):
    """Move what a notebook wrote to its place in the results of the run.

    Returns
    -------
    dict of str to pathlib.Path
        The folder of each name under which it wrote. The only one, where it has the notebook's name, becomes the
        notebook's place; others lie in it, as in ``results``.
    """
    entries = sorted(place.written.iterdir()) if place.written.is_dir() else []
    names = [path.name for path in entries if path.is_dir() and not path.is_symlink()]
    if len(entries) == 1 and names == [place.label]:
        entries[0].replace(place.results)
        return {names[0]: place.results}
    if entries:
        place.written.replace(place.results)
    return {name: place.results / name for name in names}


def _free(name, parent, taken):
    """Return a name that no other notebook has, also where large and small letters are one to the system."""
    taken = {other.casefold() for other in taken}
    longer = f"{_plain(parent.name)}_{name}"
    names = [name, longer, *(f"{longer}_{number}" for number in range(2, len(taken) + 3))]
    return next(free for free in names if free.casefold() not in taken)


def _plain(name):
    return name.strip(". ") or "notebook"
