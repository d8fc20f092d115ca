"""The command ``mnist-lab preflight``: look at notebooks, print the findings."""

from dataclasses import replace

from mnist_lab.grading.notebooks import find_notebooks, is_path, project
from mnist_lab.grading.preflight.scan import preflight

__all__ = ["command"]


def command(arguments):
    """Look at notebooks and print one line for each finding.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``notebooks`` is a list of names, numbers or paths; an empty one stands for all notebooks of the project.

    Returns
    -------
    int
        Exit code: 0 where nothing was found, else 1.

    Raises
    ------
    WrongUseError
        If a name fits no notebook, or if there is no project to look in.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> command(SimpleNamespace(notebooks=["03"]))  # doctest: +SKIP
    1 notebook looked at: nothing found
    0
    """
    names = arguments.notebooks
    # Paths need no project. Two notebooks may have the same name: each is called what the user typed.
    folder = None if names and all(map(is_path, names)) else project() / "notebooks"
    shown = {path: path.stem for path in find_notebooks(names, folder)}
    shown |= {find_notebooks([name], folder)[0]: name for name in names if is_path(name)}
    found = {path: preflight(path) for path in shown}
    for path, findings in found.items():
        for finding in findings:
            print(replace(finding, notebook=shown[path]))
    count = sum(map(len, found.values()))
    print(f"{len(found)} notebook{'s' if len(found) != 1 else ''} looked at: {count or 'nothing'} found")
    return 1 if count else 0
