"""Look at a notebook with every rule.

Cells are numbered as Jupyter shows them, ``[1]`` being the first code cell; nbval counts the same cells from 0.
"""

from dataclasses import dataclass
from pathlib import Path

from mnist_lab.grading.cells import Notebook
from mnist_lab.grading.preflight.flow import trace
from mnist_lab.grading.preflight.order import disorder
from mnist_lab.grading.preflight.rules import RULES

__all__ = ["Finding", "preflight"]


@dataclass(frozen=True)
class Finding:
    """One reason why a re-execution will fail.

    Attributes
    ----------
    notebook : str
        File name of the notebook without ending.
    cell : int or None
        Number of the code cell, from 1; None for the notebook as a whole.
    rule : str
        Short name of the rule.
    message : str
        What was found, and the cure.

    Examples
    --------
    >>> print(Finding("a", 1, "semicolon", "nbval stores the output: write _ = ... instead"))
    a cell 1: semicolon: nbval stores the output: write _ = ... instead
    """

    notebook: str
    cell: int | None
    rule: str
    message: str

    def __str__(self):
        where = self.notebook if self.cell is None else f"{self.notebook} cell {self.cell}"
        return f"{where}: {self.rule}: {self.message}"


def preflight(path):
    """Find the cells of a notebook that will fail on re-execution elsewhere.

    Parameters
    ----------
    path : path-like
        The notebook.

    Returns
    -------
    list of Finding
        In the order of the cells, then of the rules; empty where nothing was found. A file that is no notebook is a
        finding too (``unreadable``).

    Examples
    --------
    >>> for finding in preflight("none.ipynb"):
    ...     print(finding)
    none: unreadable: No such file or directory: check the path and its permissions
    """
    notebook = Notebook(path)
    sources = [cell.source if cell.runs else "" for cell in notebook.cells]
    for cell, traces in zip(notebook.cells, trace(sources), strict=True):
        cell.traces = traces
    found = disorder(notebook.cells)
    for cell in notebook.cells:
        cell.disorder = found.get(cell.number)
    return [
        Finding(Path(path).stem, subject.number, rule.name, message)
        for subject in (notebook, *notebook.cells)
        for rule in RULES
        for message in rule.messages(subject)
    ]
