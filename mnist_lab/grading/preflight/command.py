"""The command ``mnist-lab preflight``: look at notebooks, print the findings."""

from dataclasses import replace
from pathlib import Path

from mnist_lab.grading.notebooks import find_notebooks, project
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
    paths = [Path(name) for name in arguments.notebooks]
    if paths and all(path.is_file() for path in paths):  # paths need no project, and two may have the same name
        found = {str(path): preflight(path) for path in paths}
    else:
        found = {path.stem: preflight(path) for path in find_notebooks(arguments.notebooks, project() / "notebooks")}
    for name, findings in found.items():
        for finding in findings:
            print(replace(finding, notebook=name))
    count = sum(map(len, found.values()))
    print(f"{len(found)} notebook{'s' if len(found) != 1 else ''} looked at: {count or 'nothing'} found")
    return 1 if count else 0
