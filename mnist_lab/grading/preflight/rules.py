"""THE list of rules, at the end of this file: what fails on re-execution, why, and the cure.

To add a rule, add one `Rule` to ``RULES``. The rules look at the stored source, outputs and tags. They execute nothing.

The rule ``no-tolerance`` looks at decimals that a cell prints after a training. It can't judge integers: a shape is the
same everywhere, a number of errors is not, and the source does not tell one from the other. It leaves out cells that
read a stored measurement (``load_measurement``), because what they print is stored too.

The rule ``syntax-error`` judges by the Python that runs preflight. It and the paths in the source apply only where the
notebook is one of Python and the cell may not raise.

Some things show only in a run, and no rule can judge them:

- Whether a name, a module or a file that the source uses will be there. An absolute path of one machine won't.
- Whether another release of a library prints something else.
- What an imported function draws, prints to stderr or takes from the network.
- Whether a cell that was run out of order gives the same in order. ``out-of-order`` names it all the same, once where
  the numbers stop following each other.

The rules ``machine-path``, ``no-tolerance``, ``widget``, ``stderr``, ``oversized`` and ``not-executed`` name cells that
may well pass on the machine that wrote them. ``benchmarks/upkeep/preflight_accuracy.py`` counts how often the rules are
right on notebooks that no one here wrote.
"""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from mnist_lab.grading.nbval_tolerance import find_numbers, read_atol
from mnist_lab.grading.preflight.cells import MARKERS, TAGS, Kind, comments
from mnist_lab.grading.preflight.source import MACHINE_FOLDERS, closes_with_semicolon, machine_path, syntax_error

__all__ = ["RULES", "Rule"]

MAX_OUTPUT_BYTES = 1_000_000


@dataclass(frozen=True)
class Rule:
    r"""What makes a cell fail on re-execution.

    Attributes
    ----------
    name : str
        Short name of the rule.
    applies : Kind
        The cells that the rule looks at.
    pattern : re.Pattern or callable
        What the rule looks for. A regular expression is searched in what the cell printed, and its match is quoted. A
        function takes the cell and returns what it found: a text; a tuple of texts; True where there is nothing to
        quote; a list of these for several findings; None or another false value for no finding.
    reason : str
        Why the cell will fail. Each ``{}`` in it stands for a text that was found.
    cure : str
        What to do. It goes on with the texts where the reason stopped.

    Examples
    --------
    >>> from mnist_lab.grading.preflight.cells import Cell
    >>> output = {"output_type": "stream", "name": "stdout", "text": "Mon 5 May"}
    >>> cell = Cell({"source": "f()", "outputs": [output]}, python=True)
    >>> weekday = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")
    >>> Rule("weekday", Kind.COMPARED, weekday, "{} differs tomorrow", "don't print the date").messages(cell)
    ["'Mon' differs tomorrow: don't print the date"]
    """

    name: str
    applies: Kind
    pattern: re.Pattern | Callable
    reason: str
    cure: str

    def messages(self, subject):
        """Return one message for each finding in a cell (or the notebook)."""
        if self.applies not in subject.kinds:
            return []
        found = _search(self.pattern, subject.printed) if isinstance(self.pattern, re.Pattern) else self.pattern(subject)
        findings = found if isinstance(found, list) else [found] if found else []
        texts = (finding if isinstance(finding, tuple) else (finding,) for finding in findings)
        return [f"{self.reason}: {self.cure}".format(*values) for values in texts]


def _search(pattern, text):
    found = pattern.search(text)
    return found and _quote(found[0])


def _quote(text):
    line = " ".join(text.split())
    return f"'{line if len(line) <= 60 else line[:57] + '...'}'"


_WRITES_STDERR = re.compile(r"\bfile\s*=\s*sys\.stderr|\bsys\.stderr\.write\(")


def _malformed_tags(cell):
    """Find tags and comment markers that nbval does not take as they are meant: pairs of a reason and a cure."""
    found = []
    try:
        read_atol(cell.tags)
    except ValueError as error:
        found.append(tuple(str(error).rsplit(": ", 1)))
    for tag in cell.tags:
        if re.match(r"nbval[-_]", tag, re.IGNORECASE) and tag not in TAGS and not re.match(r"nbval[-_][ar]tol", tag):
            found.append((f"nbval does not know {tag!r}", f"use one of {', '.join(TAGS)}, nbval-atol=..."))
    for line in cell.source.splitlines():
        if (marker := re.search(r"#.*\b(NBVAL_\w+)", line)) and not set(comments(line)) & MARKERS.keys():
            found.append((f"nbval reads {marker[1]} only alone on its line, spelled as it knows it", "use a tag"))
    return found


def _syntax_error(cell):
    line, reason = syntax_error(cell.source) or (None, None)
    return reason and (_quote(line), "{}.{}".format(*sys.version_info), reason)


_MACHINE_PATH = re.compile(
    rf"(?<![\w.:/\\-])(?:{MACHINE_FOLDERS}|/root\b(?!\w)|/tmp/)[^\s'\"<>:,)]*"
    r"|\bfile:///\w[^\s'\"<>,)]*"
    r"|\b[A-Za-z]:\\+(?:Users|Documents and Settings|Windows|Temp)\b[^\s'\"<>,)]*"
)


def _machine_path(cell):
    """Find a path in the source, which is the cause, or else in an output."""
    if Kind.PYTHON in cell.kinds and (value := machine_path(cell.source)):
        return _quote(value), "one", "write", "notebook"
    found = _search(_MACHINE_PATH, f"{cell.printed}\n{cell.html}\n{cell.stderr}")
    return found and (found, "this", "print", "project")


def _oversized(cell):
    size = len(json.dumps(cell.outputs, ensure_ascii=False).encode("utf-8", errors="replace"))
    return f"{size / 1e6:.1f}" if size > MAX_OUTPUT_BYTES else None


_CLOCK = re.compile(
    r"\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|m|h)/(?:step|epoch|sample|batch|it)\b|\b\d+(?:\.\d+)?\s?it/s\b"
    r"|\bWall time: |\bCPU times: |\bper loop \(|\b\d{1,2}:\d{2}:\d{2}\b|\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}"
)
_DURATION = re.compile(r"\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|sec|secs|seconds?|min|minutes?|h)\b")
_READS_CLOCK = re.compile(r"(?m:^\s*%%?time(?:it)?\b)|\btimeit\b|\bRunTimer\b|\btimer\b")
# Texts in which numbers are no results: styles, tags, ``<Figure size 640x480 with 1 Axes>``, a plot's title.
_MARKUP = re.compile(r"(?s)<(style|script)\b.*?</\1>|<[^<>\n]*>|\bText\([^\n]*\)")


def _clock_time(cell):
    found = _search(_CLOCK, cell.printed)
    if not found and ("clock" in cell.traces.used or _READS_CLOCK.search(cell.source)):
        found = _search(_DURATION, cell.printed)
    if not found and "clock" in cell.traces.shown:
        found = next((_quote(number) for number in _results(cell) if "." in number), None)
    return found


def _results(cell):
    return find_numbers(_MARKUP.sub(" ", f"{cell.printed}\n{cell.html}"))


_PROGRESS = re.compile(r"\d/\d+\s*(?:\x1b\[[\d;]*m)*━|[█▏▎▍▌▋▊▉]{4,}|\d+%\|.*\|\s*\d+/\d+|\[=+>?\.*\]|[^\r\n]\r[^\r\n]")
# IDs of figures and tables in HTML: a UUID, or the ID that pandas gives to a styled table.
_RANDOM_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\bT_[0-9a-f]{5}(?=[\"_ ])")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
_HTML_ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,16}\b")
_WIDGET = "application/vnd.jupyter.widget-view+json"
_SET = re.compile(r"""\{(?:'[^'\n]*'|"[^"\n]*")(?:,\s+(?:'[^'\n]*'|"[^"\n]*"))+\}""")


def _random_id(cell):
    found = _RANDOM_ID.search(f"{cell.plain}\n{cell.html}")
    return found and found[0] not in cell.source and found[0]


def _memory_address(cell):
    found = _ADDRESS.search(cell.printed) or _HTML_ADDRESS.search(cell.html)
    return found and found[0]


def _unsorted_set(cell):
    """Find a set that was printed, or one that was shown unsorted: IPython shows a set sorted where it can."""
    shown = (found for found in _SET.finditer(cell.plain) if not _is_sorted(found[0]))
    found = _SET.search(cell.stdout) or next(shown, None)
    return found and _quote(found[0])


def _is_sorted(text):
    elements = re.findall(r"'[^'\n]*'|\"[^\"\n]*\"", text)
    return elements == sorted(elements)


_CHILD = re.compile(
    r"(?m)^\s*!|^\s*%%(?:bash|sh|script|cmd|system)\b|^\s*%(?:sx|system)\b"
    r"|\bos\.(?:system|spawn\w+)\(|\bsubprocess\.(?:run|call|check_call|Popen)\("
)
_CHILD_CAPTURED = re.compile(r"capture_output\s*=\s*True|stdout\s*=")


def _child_process(cell):
    return _CHILD.search(cell.source) and not _CHILD_CAPTURED.search(cell.source) and (cell.stdout or cell.stderr)


_READS_MEASUREMENT = re.compile(r"\bload_measurement\(")


def _no_tolerance(cell):
    exempt = _READS_MEASUREMENT.search(cell.source) or any(tag.startswith("nbval-atol") for tag in cell.tags)
    if exempt or not cell.traces.trained:
        return None
    return next((number for number in find_numbers(cell.printed) if "." in number or "e-" in number.lower()), None)
