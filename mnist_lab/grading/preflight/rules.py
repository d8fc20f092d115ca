"""Say which cells of a notebook will fail on re-execution, and why, before a grader finds out.

Nothing is executed: the rules look at the stored source, outputs and tags. A compared cell is one whose
output nbval compares, so one without the tag ``nbval-ignore-output`` or ``nbval-skip``. Cells are numbered
as Jupyter shows them, ``[1]`` being the first code cell; nbval counts the same cells from 0.

The rule ``no-tolerance`` looks at decimals that are printed after a training. It can't judge integers: a shape
is the same everywhere, a number of errors is not, and the source does not tell one from the other. Cells that
read a stored measurement (``load_measurement``) are exempt, because what they print is stored too.

The rule ``syntax-error`` judges by the Python that runs preflight. It and the paths in the source are judged where the
notebook is one of Python and the cell may not raise.

What can't be judged without running: whether a name, a module or a file that the source uses will be there (an absolute
path of one machine won't), whether another release of a library prints something else, what an imported function draws,
prints to stderr or takes from the network, and whether a cell that was run out of order gives the same in order. It is
named all the same, once where the numbers stop following each other. The rules ``machine-path``, ``no-tolerance``,
``widget``, ``stderr``, ``oversized`` and ``not-executed`` name cells that may well pass on the machine that wrote them.
How often the rules are right on notebooks that no one here wrote is counted by ``benchmarks/preflight_accuracy.py``.
"""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from mnist_lab.grading.nbval_tolerance import find_numbers, read_atol
from mnist_lab.grading.preflight.flow import trace
from mnist_lab.grading.preflight.source import MACHINE_FOLDERS, closes_with_semicolon, machine_path, syntax_error

__all__ = ["Finding", "preflight"]

MAX_OUTPUT_BYTES = 1_000_000

_TAGS = {
    "nbval-ignore-output": {"check": False},
    "pytest-validate-ignore-output": {"check": False},
    "nbval-check-output": {"check": True},
    "nbval-raises-exception": {"raises": True},
    "raises-exception": {"raises": True},
    "nbval-skip": {"skip": True},
}
_MARKERS = {tag.upper().replace("-", "_"): effect for tag, effect in _TAGS.items()}
_WIDGET = "application/vnd.jupyter.widget-view+json"

_MACHINE_PATH = re.compile(
    rf"(?<![\w.:/\\-])(?:{MACHINE_FOLDERS}|/root\b(?!\w)|/tmp/)[^\s'\"<>:,)]*"
    r"|\bfile:///\w[^\s'\"<>,)]*"
    r"|\b[A-Za-z]:\\+(?:Users|Documents and Settings|Windows|Temp)\b[^\s'\"<>,)]*"
)
_CLOCK = re.compile(
    r"\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|m|h)/(?:step|epoch|sample|batch|it)\b|\b\d+(?:\.\d+)?\s?it/s\b"
    r"|\bWall time: |\bCPU times: |\bper loop \(|\b\d{1,2}:\d{2}:\d{2}\b|\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}"
)
_DURATION = re.compile(r"\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|sec|secs|seconds?|min|minutes?|h)\b")
_READS_CLOCK = re.compile(r"(?m:^\s*%%?time(?:it)?\b)|\btimeit\b|\bRunTimer\b|\btimer\b")
_PROGRESS = re.compile(r"\d/\d+\s*(?:\x1b\[[\d;]*m)*━|[█▏▎▍▌▋▊▉]{4,}|\d+%\|.*\|\s*\d+/\d+|\[=+>?\.*\]|[^\r\n]\r[^\r\n]")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
# IDs of figures and tables in HTML: a UUID, or the ID that pandas gives to a styled table.
_RANDOM_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\bT_[0-9a-f]{5}(?=[\"_ ])")
# Texts in which numbers are no results: styles, tags, ``<Figure size 640x480 with 1 Axes>``, a plot's title.
_MARKUP = re.compile(r"(?s)<(style|script)\b.*?</\1>|<[^<>\n]*>|\bText\([^\n]*\)")
_HTML_ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,16}\b")
_SET = re.compile(r"""\{(?:'[^'\n]*'|"[^"\n]*")(?:,\s+(?:'[^'\n]*'|"[^"\n]*"))+\}""")
_CHILD = re.compile(
    r"(?m)^\s*!|^\s*%%(?:bash|sh|script|cmd|system)\b|^\s*%(?:sx|system)\b"
    r"|\bos\.(?:system|spawn\w+)\(|\bsubprocess\.(?:run|call|check_call|Popen)\("
)
_CHILD_CAPTURED = re.compile(r"capture_output\s*=\s*True|stdout\s*=")
_UPDATES_DISPLAY = re.compile(r"\bclear_output\(|\bupdate_display\(|\.update\(|\bupdate\s*=\s*True")
_WRITES_STDERR = re.compile(r"\bfile\s*=\s*sys\.stderr|\bsys\.stderr\.write\(")
_READS_MEASUREMENT = re.compile(r"\bload_measurement\(")
_TRAINS = re.compile(
    r"\.(?:fit|fit_generator|train_on_batch)\(|\bload_(?:model|weights)\("
    r"|\b(?:load_or_train|train)(?!_(?:test|val|dev))(?:_\w+)?\("
)


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
        In the order of the cells; empty where nothing was found. A file that is no notebook is a finding
        too (``unreadable``).

    Examples
    --------
    >>> for finding in preflight("notebooks/01_class_histogram.ipynb"):  # doctest: +SKIP
    ...     print(finding)
    """
    path = Path(path)
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        metadata = notebook.get("metadata", {})
        kernel, python = metadata.get("kernelspec", {}).get("name"), _is_python(metadata)
        cells = [_Cell(cell, python) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    except OSError as error:
        return [Finding(path.stem, None, "unreadable", f"{error.strerror}: check the path and its permissions")]
    except (ValueError, RecursionError) as error:
        return [Finding(path.stem, None, "unreadable", f"no JSON ({error}): save it again from Jupyter")]
    except (KeyError, TypeError, AttributeError):
        return [Finding(path.stem, None, "unreadable", "no notebook of format 4: open it in Jupyter and save it")]
    findings = []
    if kernel != "python3":
        message = f"the kernel is {kernel!r}, which another machine may not have: choose the kernel python3 and save"
        findings.append(Finding(path.stem, None, "kernelspec", message))
    running = [cell for cell in cells if cell.runs]
    updates = any(_UPDATES_DISPLAY.search(cell.source) for cell in running)
    for cell, traces in zip(running, trace([cell.source for cell in running]), strict=True):
        cell.shown, cell.used = traces.shown, traces.used if updates else traces.used - {"display"}
    expected, previous, trained = 0, 0, False
    for number, cell in enumerate(cells, start=1):
        expected += cell.runs
        trained = trained or (cell.runs and bool(_TRAINS.search(cell.source)))
        in_order = cell.execution_count in (expected, previous + 1)
        previous = cell.execution_count if cell.runs and cell.execution_count else previous
        for rule, message in _findings(cell, None if in_order else expected, trained):
            findings.append(Finding(path.stem, number, rule, message))
    return findings


def _is_python(metadata):
    kernel = metadata.get("kernelspec", {})
    language = kernel.get("language") or metadata.get("language_info", {}).get("name") or kernel.get("name") or ""
    return "python" in language.lower()


class _Cell:
    """A code cell with its texts joined and nbval's tags and comment markers read."""

    def __init__(self, cell, python):
        self.source = _joined(cell["source"])
        self.outputs = cell["outputs"]
        self.execution_count = cell.get("execution_count")
        self.tags = [str(tag) for tag in cell.get("metadata", {}).get("tags", [])]
        options = {}
        for tag in self.tags:
            options |= _TAGS.get(tag, {})
        for comment in _comments(self.source):
            options |= _MARKERS.get(comment, {})
        self.runs = bool(self.source.strip()) and not options.get("skip", False)
        self.compared = self.runs and options.get("check", True)
        self.may_raise = options.get("raises", False)
        self.must_succeed = python and self.runs and not self.may_raise
        self.shown, self.used = frozenset(), frozenset()
        self.stdout, self.stderr, stdin = (
            "".join(_joined(out["text"]) for out in self.outputs if out.get("name") == name)
            for name in ("stdout", "stderr", "stdin")
        )
        self.asked = bool(stdin)
        self.data = [out["data"] for out in self.outputs if "data" in out]
        self.plain = "\n".join(_joined(data["text/plain"]) for data in self.data if "text/plain" in data)
        self.html = "\n".join(_joined(data["text/html"]) for data in self.data if "text/html" in data)
        errors = "\n".join(str(out["evalue"]) for out in self.outputs if "evalue" in out)
        self.printed = f"{self.stdout}\n{self.plain}\n{errors}"
        self.all_texts = f"{self.printed}\n{self.html}\n{self.stderr}"


def _joined(text):
    return text if isinstance(text, str) else "".join(text)


def _comments(source):
    """Comments that stand alone on their line, the only ones nbval reads."""
    return [line.strip().lstrip("#").strip() for line in source.splitlines() if line.strip().startswith("#")]


def _findings(cell, expected, trained):
    """Yield ``(rule, message)`` for one cell; ``expected`` is None where its number fits its place."""
    yield from _execution(cell, expected)
    yield from _tags(cell)
    if cell.stderr and not _WRITES_STDERR.search(cell.source):
        yield "stderr", f"stored stderr {_quote(cell.stderr)}: cure the warning, or remove the output"
    if cell.must_succeed and (error := syntax_error(cell.source)):
        line, reason = error
        release = "{}.{}".format(*sys.version_info)
        yield "syntax-error", f"{_quote(line)} is no Python {release} ({reason}): correct it, or tag raises-exception"
    if cell.must_succeed and (value := machine_path(cell.source)):
        yield "machine-path", f"{_quote(value)} exists on one machine only: write a path relative to the notebook"
    elif found := _MACHINE_PATH.search(cell.all_texts):
        yield "machine-path", f"{_quote(found[0])} exists on this machine only: print a path relative to the project"
    size = len(json.dumps(cell.outputs, ensure_ascii=False).encode("utf-8", errors="replace"))
    if size > MAX_OUTPUT_BYTES:
        yield "oversized", f"{size / 1e6:.1f} MB of output: show fewer rows, a smaller picture, or no embedded script"
    if cell.compared:
        yield from _compared_output(cell)
        yield from _compared_source(cell)
        decimals = [text for text in find_numbers(cell.printed) if "." in text or "e-" in text.lower()]
        exempt = _READS_MEASUREMENT.search(cell.source) or any(tag.startswith("nbval-atol") for tag in cell.tags)
        if trained and decimals and not exempt:
            message = f"prints {decimals[0]} after a training, which differs by machine: tag the cell nbval-atol=..."
            yield "no-tolerance", message


def _execution(cell, expected):
    if not cell.runs and not (cell.outputs and not cell.source.strip()):
        return
    if cell.execution_count is None:
        yield "not-executed", "has not been run: run the notebook from top to bottom and save it"
    elif expected is not None:
        yield (
            "out-of-order",
            f"was run as [{cell.execution_count}], top to bottom it is [{expected}]: restart, run all, save",
        )
    if "input" in cell.used or cell.asked:
        yield "asks-input", "nbval answers no question, so the cell fails: write the answer into the source"
    errors = [out for out in cell.outputs if out.get("output_type") == "error"]
    if errors and not cell.may_raise:
        name = errors[0].get("ename", "error")
        yield "stored-error", f"stores a {name}: cure it, or tag the cell raises-exception if it is meant"


def _tags(cell):
    try:
        read_atol(cell.tags)
    except ValueError as error:
        yield "malformed-tag", str(error)
    for tag in cell.tags:
        if re.match(r"nbval[-_]", tag, re.IGNORECASE) and tag not in _TAGS and not re.match(r"nbval[-_][ar]tol", tag):
            yield "malformed-tag", f"nbval does not know {tag!r}: use one of {', '.join(_TAGS)}, nbval-atol=..."
    for line in cell.source.splitlines():
        if (found := re.search(r"#.*\b(NBVAL_\w+)", line)) and not set(_comments(line)) & _MARKERS.keys():
            yield "malformed-tag", f"nbval reads {found[1]} only alone on its line, spelled as it knows it: use a tag"


def _compared_output(cell):
    ignore = "tag the cell nbval-ignore-output"
    clock = _CLOCK.search(cell.printed)
    if clock is None and ("clock" in cell.used or _READS_CLOCK.search(cell.source)):
        clock = _DURATION.search(cell.printed)
    numbers = find_numbers(_MARKUP.sub(" ", f"{cell.printed}\n{cell.html}"))
    if clock is None and "clock" in cell.shown:
        clock = next(([text] for text in numbers if "." in text), None)
    if clock:
        yield "clock-time", f"{_quote(clock[0])} differs in every run: {ignore}, or don't print times here"
    if found := _PROGRESS.search(cell.printed):
        yield "progress-bar", f"{_quote(found[0])} differs in every run: {ignore}, or switch the bar off (verbose=0)"
    if "random" in cell.shown and numbers:
        yield "unseeded-random", f"{numbers[0]} comes from random numbers: set a seed before the first is drawn"
    if (found := _RANDOM_ID.search(f"{cell.plain}\n{cell.html}")) and found[0] not in cell.source:
        yield "random-id", f"the ID {found[0]} in its HTML differs in every run: {ignore}, or give it an ID"
    if found := _ADDRESS.search(cell.printed) or _HTML_ADDRESS.search(cell.html):
        yield "memory-address", f"{found[0]} differs in every run: print a property of the object, not the object"
    if any(_WIDGET in data for data in cell.data):
        yield "widget", f"nbval compares the widget's text, which changes with its state and release: {ignore}"
    unsorted = _SET.search(cell.stdout) or next((m for m in _SET.finditer(cell.plain) if not _is_sorted(m[0])), None)
    if unsorted:
        yield "unsorted-set", f"the order of {_quote(unsorted[0])} differs in every run: show sorted(...) of it"


def _is_sorted(text):
    elements = re.findall(r"'[^'\n]*'|\"[^\"\n]*\"", text)
    return elements == sorted(elements)


def _compared_source(cell):
    if closes_with_semicolon(cell.source):
        yield "semicolon", "nbval stores the output that the closing semicolon hides: write _ = ... instead"
    if _CHILD.search(cell.source) and not _CHILD_CAPTURED.search(cell.source) and (cell.stdout or cell.stderr):
        yield (
            "child-process",
            "nbval does not see what a child process prints: capture and print it (subprocess.run(..., "
            "capture_output=True)), or tag the cell nbval-ignore-output",
        )
    if "display" in cell.used:
        yield "display-update", "nbval keeps what was cleared or updated: show the final state only, or tag the cell"
    if "capture" in cell.used:
        yield "output-widget", "nbval finds in the cell what an Output widget captured: print outside of it, or tag it"


def _quote(text):
    line = " ".join(text.split())
    return f"'{line if len(line) <= 60 else line[:57] + '...'}'"
