"""Read a notebook file into code cells, with the tags and the comment markers that nbval knows.

Nothing is executed.
"""

import json
from enum import Enum
from pathlib import Path

from mnist_lab.grading.preflight.flow import trace

__all__ = ["MARKERS", "TAGS", "Cell", "Kind", "Notebook", "UnreadableError", "comments", "read_notebook"]

TAGS = {
    "nbval-ignore-output": {"check": False},
    "pytest-validate-ignore-output": {"check": False},
    "nbval-check-output": {"check": True},
    "nbval-raises-exception": {"raises": True},
    "raises-exception": {"raises": True},
    "nbval-skip": {"skip": True},
}
MARKERS = {tag.upper().replace("-", "_"): effect for tag, effect in TAGS.items()}


class Kind(Enum):
    """What a rule can apply to. A cell is of several kinds."""

    NOTEBOOK = "the notebook as a whole"
    CELL = "every code cell"
    EXECUTED = "cells that must have been run: those that nbval runs, and empty ones that store an output"
    PYTHON = "cells that nbval runs as Python and that may not raise"
    COMPARED = "cells that nbval runs and whose output it compares"


class UnreadableError(Exception):
    """A file is no notebook; the text says why, and the cure."""


class Cell:
    """A code cell as nbval reads it.

    `Notebook` adds what depends on the cells before this one.

    Parameters
    ----------
    content : dict
        The cell as the notebook file stores it.
    python : bool
        Whether the notebook is one of Python.

    Attributes
    ----------
    source : str
        The source.
    outputs : list of dict
        The stored outputs.
    execution_count : int or None
        The number that Jupyter shows, None for a cell that was not run.
    tags : list of str
        The tags.
    runs, may_raise : bool
        Whether nbval runs the cell, and whether the cell may raise.
    kinds : set of Kind
        What the cell is: a rule applies to one kind.
    stdout, stderr, stdin : str
        What the cell printed, its warnings, and the questions it asked.
    data : list of dict
        What the cell showed: for each output a text for each MIME type.
    plain, html : str
        What the cell showed, as text and as HTML.
    printed : str
        All that nbval compares as plain text: stdout, `plain` and the messages of errors.
    number : int
        The number of the cell among the code cells, from 1.
    expected : int
        The execution count after a run from top to bottom.
    misplaced : bool
        Whether the execution count is another one and doesn't follow the one before either.
    traces : Traces
        What the cell carries that a re-execution can't repeat.

    Examples
    --------
    >>> output = {"output_type": "stream", "name": "stdout", "text": ["a\\n", "b"]}
    >>> content = {"source": ["# NBVAL_IGNORE_OUTPUT\\n", "f()"], "outputs": [output], "execution_count": 1}
    >>> cell = Cell(content, python=True)
    >>> cell.stdout, cell.runs, Kind.COMPARED in cell.kinds
    ('a\\nb', True, False)
    """

    def __init__(self, content, python):
        self.source = _joined(content["source"])
        self.outputs = content["outputs"]
        self.execution_count = content.get("execution_count")
        self.tags = [str(tag) for tag in content.get("metadata", {}).get("tags", [])]
        options = {}
        # A marker comes last, because nbval lets it override a tag.
        for effect in [*map(TAGS.get, self.tags), *map(MARKERS.get, comments(self.source))]:
            options |= effect or {}
        filled = bool(self.source.strip())
        self.runs = filled and not options.get("skip", False)
        self.may_raise = options.get("raises", False)
        kinds = {
            Kind.CELL: True,
            Kind.EXECUTED: self.runs or (self.outputs and not filled),
            Kind.PYTHON: python and self.runs and not self.may_raise,
            Kind.COMPARED: self.runs and options.get("check", True),
        }
        self.kinds = {kind for kind, is_one in kinds.items() if is_one}
        self.stdout, self.stderr, self.stdin = (
            "".join(_joined(output["text"]) for output in self.outputs if output.get("name") == name)
            for name in ("stdout", "stderr", "stdin")
        )
        self.data = [output["data"] for output in self.outputs if "data" in output]
        self.plain, self.html = (
            "\n".join(_joined(data[kind]) for data in self.data if kind in data) for kind in ("text/plain", "text/html")
        )
        errors = "\n".join(str(output["evalue"]) for output in self.outputs if "evalue" in output)
        self.printed = f"{self.stdout}\n{self.plain}\n{errors}"


class Notebook:
    """A notebook of format 4 with its code cells.

    Parameters
    ----------
    content : dict
        The notebook as its file stores it.

    Attributes
    ----------
    kernel : str or None
        The name of the kernel.
    cells : list of Cell
        The code cells, in order.

    Examples
    --------
    >>> Notebook({"metadata": {"kernelspec": {"name": "python3"}}, "cells": []}).kernel
    'python3'
    """

    number, kinds = None, frozenset({Kind.NOTEBOOK})

    def __init__(self, content):
        metadata = content.get("metadata", {})
        kernel = metadata.get("kernelspec", {})
        language = kernel.get("language") or metadata.get("language_info", {}).get("name") or kernel.get("name") or ""
        self.kernel = kernel.get("name")
        python = "python" in language.lower()
        self.cells = [Cell(cell, python) for cell in content["cells"] if cell["cell_type"] == "code"]
        expected, previous = 0, 0
        for number, cell in enumerate(self.cells, start=1):
            expected += cell.runs
            cell.number, cell.expected = number, expected
            cell.misplaced = cell.execution_count not in (None, expected, previous + 1)
            previous = cell.execution_count if cell.runs and cell.execution_count else previous


def read_notebook(path):
    """Read a notebook file.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    Notebook
        The notebook, its cells with their traces.

    Raises
    ------
    UnreadableError
        If the file can't be read or is no notebook of format 4.

    Examples
    --------
    >>> read_notebook("none.ipynb")
    Traceback (most recent call last):
    mnist_lab.grading.preflight.cells.UnreadableError: No such file or directory: check the path and its permissions
    """
    try:
        notebook = Notebook(json.loads(Path(path).read_text(encoding="utf-8")))
    except OSError as error:
        raise UnreadableError(f"{error.strerror}: check the path and its permissions") from None
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"no JSON ({error}): save it again from Jupyter") from None
    except (KeyError, TypeError, AttributeError):
        raise UnreadableError("no notebook of format 4: open it in Jupyter and save it") from None
    sources = [cell.source if cell.runs else "" for cell in notebook.cells]
    for cell, traces in zip(notebook.cells, trace(sources), strict=True):
        cell.traces = traces
    return notebook


def comments(source):
    """Return the comments that stand alone on their line, the only ones that nbval reads.

    Examples
    --------
    >>> comments("# NBVAL_SKIP\\nf()  # slow")
    ['NBVAL_SKIP']
    """
    return [line.strip().lstrip("#").strip() for line in source.splitlines() if line.strip().startswith("#")]


def _joined(text):
    return text if isinstance(text, str) else "".join(text)
