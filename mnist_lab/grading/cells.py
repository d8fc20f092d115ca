"""Read a notebook file into code cells, with the tags and the comment markers that nbval knows.

``run``, the nbval plugin and ``preflight`` all read tags and markers here. Nothing is executed.
"""

import json

from mnist_lab.grading.reading import read_bytes

__all__ = ["MARKERS", "TAGS", "Cell", "Notebook", "comments", "read_options", "read_tags"]

MOST_BYTES = 50_000_000  # of one notebook; the largest of the course has less than a million

# What a tag sets, and a comment marker too.
TAGS = {
    "nbval-ignore-output": ("check", False),
    "pytest-validate-ignore-output": ("check", False),
    "nbval-check-output": ("check", True),
    "nbval-raises-exception": ("raises", True),
    "raises-exception": ("raises", True),
    "nbval-skip": ("skip", True),
    "skip-execution": ("skip", True),
}
# nbval knows no marker for the two tags that Jupyter's own tools know
MARKERS = {
    tag.upper().replace("-", "_"): option
    for tag, option in TAGS.items()
    if tag not in ("raises-exception", "skip-execution")
}


def read_tags(metadata):
    """Return the tags in a cell's metadata; none where they are no list, as in ``"tags": null``.

    Examples
    --------
    >>> read_tags({"tags": ["nbval-skip"]}), read_tags({"tags": None}), read_tags(None)
    (['nbval-skip'], [], [])
    """
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


def read_options(source, tags):
    r"""Return what a cell's tags and markers set: ``check``, ``raises`` and ``skip``, each only where it is set.

    A marker overrides a tag, as in nbval.

    Examples
    --------
    >>> read_options("# NBVAL_RAISES_EXCEPTION\n1 / 0", ["nbval-ignore-output"])
    {'check': False, 'raises': True}
    """
    return dict(filter(None, [*map(TAGS.get, tags), *map(MARKERS.get, comments(source))]))


class Cell:
    r"""A code cell as nbval reads it.

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
    is_cell : bool
        True, for rules that apply to every cell.
    runs, skipped, compared : bool
        Whether nbval runs the cell, whether a tag or a marker keeps it from running, and whether nbval compares the
        output.
    executed : bool
        Whether the cell must have been run: nbval runs it, or it is empty and stores an output all the same.
    may_raise, must_succeed : bool
        Whether the cell may raise, and whether it runs as Python and may not.
    stdout, stderr, stdin : str
        What the cell printed, its warnings, and the questions it asked.
    data : list of dict
        What the cell showed: for each output the texts by MIME type.
    plain, html : str
        What the cell showed, as plain text and as HTML.
    printed : str
        What nbval compares as plain text: `stdout`, `plain` and the messages of errors.
    number : int
        The number of the cell among the code cells, from 1; `Notebook` sets it.
    traces, disorder : Traces, tuple of (str, str) or None
        What the cell carries that a re-execution can't repeat, and why it gives something else in order, with the cure;
        preflight sets them.

    Examples
    --------
    >>> output = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]}
    >>> cell = Cell({"source": "# NBVAL_IGNORE_OUTPUT\nf()", "outputs": [output]}, python=True)
    >>> cell.stdout, cell.runs, cell.compared
    ('a\nb', True, False)
    """

    is_cell = True

    def __init__(self, content, python):
        self.source, self.outputs = _joined(content["source"]), content["outputs"]
        count = content.get("execution_count")
        self.execution_count = count if isinstance(count, int) else None
        self.tags = read_tags(content.get("metadata"))
        options = read_options(self.source, self.tags)
        empty = not self.source.strip()
        self.skipped = not empty and options.get("skip", False)
        self.runs = not empty and not self.skipped
        self.compared = self.runs and options.get("check", True)
        self.executed = self.runs or bool(self.outputs and empty)
        self.may_raise = options.get("raises", False)
        self.must_succeed = python and self.runs and not self.may_raise
        self.stdout, self.stderr, self.stdin = (
            "".join(_joined(output["text"]) for output in self.outputs if output.get("name") == name)
            for name in ("stdout", "stderr", "stdin")
        )
        self.data = [output["data"] for output in self.outputs if "data" in output]
        self.plain, self.html = (
            "\n".join(_joined(data[kind]) for data in self.data if kind in data) for kind in ("text/plain", "text/html")
        )
        errors = [str(output["evalue"]) for output in self.outputs if "evalue" in output]
        self.printed = "\n".join([self.stdout, self.plain, *errors])


class Notebook:
    """A notebook file with its code cells.

    Parameters
    ----------
    path : path-like
        The file.

    Attributes
    ----------
    content : dict or None
        The file as it is stored; None where it is no JSON.
    problem : tuple of (str, str) or None
        Why the file can't be read, and the cure; None where it can.
    is_notebook : bool
        Whether the file can be read.
    number : None
        A notebook has no number, as a cell has one.
    kernel : str or None
        The name of the kernel.
    cells : list of Cell
        The code cells, in order; empty where there is a problem.

    Examples
    --------
    >>> Notebook("none.ipynb").problem
    ('No such file or directory', 'check the path and its permissions')
    """

    def __init__(self, path):
        self.content, self.problem, self.number, self.kernel, self.cells = None, None, None, None, []
        try:
            content = self.content = json.loads(_text(path))
            metadata = content.get("metadata", {})
            kernel, language = metadata.get("kernelspec", {}), metadata.get("language_info", {})
            python = "python" in (kernel.get("language") or language.get("name") or kernel.get("name") or "").lower()
            self.kernel = kernel.get("name")
            self.cells = [Cell(cell, python) for cell in content["cells"] if cell["cell_type"] == "code"]
        except OSError as error:
            self.problem = error.strerror, "check the path and its permissions"
        except _UnreadableError as error:
            self.problem = str(error), "clear its outputs in Jupyter and save it again"
        except (ValueError, RecursionError) as error:
            self.problem = f"no JSON ({error})", "save it again from Jupyter"
        except (KeyError, TypeError, AttributeError):
            self.problem = "no notebook of format 4", "open it in Jupyter and save it"
        self.is_notebook = self.problem is None
        for number, cell in enumerate(self.cells, start=1):
            cell.number = number


def comments(source):
    r"""Return the comments that stand alone on their line, the only ones that nbval reads.

    Examples
    --------
    >>> comments("# NBVAL_SKIP\nf()  # slow")
    ['NBVAL_SKIP']
    """
    return [line.strip().lstrip("#").strip() for line in source.splitlines() if line.strip().startswith("#")]


class _UnreadableError(Exception):
    pass


def _text(path):
    try:
        return read_bytes(path, most=MOST_BYTES).decode()
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise _UnreadableError(error) from None


def _joined(text):
    return text if isinstance(text, str) else "".join(text)
