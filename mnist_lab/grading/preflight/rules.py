"""THE list of rules, ``RULES`` at the end of this file: what fails on re-execution, why, and the cure.

To add a rule, add one `Rule` to the list. The rules look at the stored source, outputs and tags. They execute nothing.

The rule ``no-tolerance`` looks at decimals that a cell prints after a training. It can't judge integers: a shape is the
same everywhere, a number of errors is not, and the source does not tell one from the other. It leaves out cells that
read a stored measurement (``load_measurement``, ``stored_predictions``), because what they print is stored too.

The rule ``syntax-error`` judges by the Python that runs preflight. It and the paths in the source apply only where the
notebook is one of Python and the cell may not raise.

Some things show only in a run, and no rule can judge them:

- Whether a module or a file that the source uses will be there. An absolute path of one machine won't.
- Whether another release of a library prints something else.
- What an imported function draws, prints to stderr or takes from the network.
- Whether a cell was run twice, or was deleted after it changed a name that other cells assign too.

The rules ``machine-path``, ``no-tolerance``, ``widget``, ``stderr``, ``oversized`` and ``not-executed`` name cells that
may well pass on the machine that wrote them. ``benchmarks/upkeep/preflight_accuracy.py`` counts how often the rules are
right on notebooks that no one here wrote.
"""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

from mnist_lab.grading.cells import MARKERS, TAGS, comments
from mnist_lab.grading.nbval_tolerance import find_numbers, read_atol
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
    applies : str
        What the rule looks at: the name of an attribute that is true for it. `Cell` explains ``is_cell``, ``executed``,
        ``must_succeed`` and ``compared``; `Notebook` explains ``is_notebook`` and ``problem``.
    pattern : re.Pattern or callable
        What the rule looks for. Preflight searches a regular expression in what the cell printed. A function takes the
        cell and returns what it found: a match or a text, several texts as a tuple, True where there is nothing to
        quote, a list of these for several findings. It returns None or False where it found nothing.
    reason : str
        Why the cell will fail. Each ``{}`` stands for a text that was found. A match is cut to 60 characters.
    cure : str
        What to do. Its ``{}`` stand for the texts that the reason left.

    Examples
    --------
    >>> from mnist_lab.grading.cells import Cell
    >>> output = {"output_type": "stream", "name": "stdout", "text": "Mon 5 May"}
    >>> cell = Cell({"source": "f()", "outputs": [output]}, python=True)
    >>> weekday = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")
    >>> Rule("weekday", "compared", weekday, "'{}' differs tomorrow", "don't print the date").messages(cell)
    ["'Mon' differs tomorrow: don't print the date"]
    """

    name: str
    applies: str
    pattern: re.Pattern | Callable
    reason: str
    cure: str

    def messages(self, cell):
        """Return one message for each finding in a cell, or in a `Notebook` where the rule is about that."""
        if not getattr(cell, self.applies, False):
            return []
        found = self.pattern.search(cell.printed) if isinstance(self.pattern, re.Pattern) else self.pattern(cell)
        findings = found if isinstance(found, list) else [found] if found else []
        return [self._message(finding) for finding in findings]

    def _message(self, finding):
        if isinstance(finding, re.Match):
            finding = _short(finding[0])
        return f"{self.reason}: {self.cure}".format(*(finding if isinstance(finding, tuple) else (finding,)))


def _short(text):
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}..."


def _stored_error(cell):
    names = [output.get("ename", "error") for output in cell.outputs if output.get("output_type") == "error"]
    return not cell.may_raise and names[:1]


def _malformed_tags(cell):
    """Return reason and cure for each tag or comment marker that nbval does not take as it is meant."""
    found = []
    try:
        read_atol(cell.tags)
    except ValueError as error:
        found.append(tuple(str(error).rsplit(": ", 1)))
    unknown = [tag for tag in cell.tags if re.match(r"(?!nbval[-_][ar]tol)(?i:nbval[-_])", tag) and tag not in TAGS]
    found += [(f"nbval does not know {tag!r}", f"use one of {', '.join(TAGS)}, nbval-atol=...") for tag in unknown]
    for line in cell.source.splitlines():
        if (marker := re.search(r"#.*\b(NBVAL_\w+)", line)) and not MARKERS.keys() & comments(line):
            found.append((f"nbval reads {marker[1]} only alone on its line, spelled as it knows it", "use a tag"))
    return found


_WRITES_STDERR = re.compile(r"\bfile\s*=\s*sys\.stderr|\bsys\.stderr\.write\(")


def _stderr(cell):
    return bool(cell.stderr) and not _WRITES_STDERR.search(cell.source) and (_short(cell.stderr),)


def _syntax_error(cell):
    error = syntax_error(cell.source)
    return error and (_short(error[0]), "{}.{}".format(*sys.version_info), error[1])


# What old notebooks on MNIST import and call, and what stands in its place; each was tried with today's releases.
_OLD_LAYERS = "core|convolutional|pooling|normalization|advanced_activations|embeddings|recurrent|merge|experimental"
_OPTIMIZERS = "SGD|Adam|RMSprop|Adagrad|Adadelta|Nadam|Adamax"
_REMOVED = {
    r"\bkeras\.utils(?:\.| import )np_utils\b|\bnp_utils\.to_categorical\b": "keras.utils.to_categorical",
    rf"\bkeras\.layers\.(?:{_OLD_LAYERS})\b": "from keras.layers import ...",
    r"(?<!\.)(?<!tensor)\bkeras\.preprocessing\.image(?:\.| import .*)ImageDataGenerator\b": (
        "tf.keras.preprocessing.image.ImageDataGenerator, or layers such as keras.layers.RandomRotation"
    ),
    r"\bkeras\.engine\b": "from keras.layers import ...",
    r"\bkeras\.utils\.vis_utils\b": "keras.utils.plot_model",
    r"\bset_image_dim_ordering\b": "keras.config.set_image_data_format",
    r"\bCuDNN(?:LSTM|GRU)\b": "LSTM or GRU",
    r"\bborder_mode\s*=": "padding=",
    r"\bnb_epoch\s*=": "epochs=",
    r"\bwrite_grads\s*=": "TensorBoard(histogram_freq=1)",
    r"\.predict_classes\(": "model.predict(x).argmax(axis=1)",
    r"\.(?:fit|evaluate|predict)_generator\(": "fit, evaluate or predict, which take generators",
    r"""\bsave_format\s*=\s*["']tf""": "model.save('name.keras')",
    r"\bkeras\.wrappers\.scikit_learn\b": "the package scikeras",
    rf"\b(?:{_OPTIMIZERS})\([^)\n]*\blr\s*=": "learning_rate= for lr=",
    r"\bkeras\.optimizers import (?:adam|sgd|rmsprop)\b": "from keras.optimizers import Adam",
    r"\btf\.(?:Session|placeholder|global_variables_initializer|get_default_graph|set_random_seed)\(": (
        "code for TensorFlow 2, or tf.compat.v1"
    ),
    r"\btensorflow\.examples\.tutorials\b": "keras.datasets.mnist",
    r"\bsklearn\.(?:cross_validation|grid_search)\b": "sklearn.model_selection",
    r"\bsklearn\.externals\b": "the packages joblib and six",
    r"\bfetch_mldata\b": "sklearn.datasets.fetch_openml",
    r"\bscipy\.misc\b": "imageio or Pillow",
    r"\bnp\.(?:float|int|object|str)\b(?!_)": "the type of Python: float, int, object, str",
    r"""\bstyle\.use\(["']seaborn(?!-v0_8)""": "seaborn-v0_8",
}


def _removed(cell):
    code = re.sub(r"(?m)#.*$", "", cell.source)
    found = ((re.search(pattern, code), instead) for pattern, instead in _REMOVED.items())
    return [(_short(match[0]), instead) for match, instead in found if match]


_MACHINE_PATH = re.compile(
    rf"(?<![\w.:/\\-])(?:{MACHINE_FOLDERS}|/root\b(?!\w)|/tmp/)[^\s'\"<>:,)]*"
    r"|\bfile:///\w[^\s'\"<>,)]*"
    r"|\b[A-Za-z]:\\+(?:Users|Documents and Settings|Windows|Temp)\b[^\s'\"<>,)]*"
)


def _machine_path(cell):
    if cell.must_succeed and (path := machine_path(cell.source)):  # the cause, where the outputs name the path too
        return _short(path), "one", "write", "notebook"
    path = _MACHINE_PATH.search(f"{cell.printed}\n{cell.html}\n{cell.stderr}")
    return path and (_short(path[0]), "this", "print", "project")


def _oversized(cell):
    size = len(json.dumps(cell.outputs, ensure_ascii=False).encode("utf-8", errors="replace"))
    return size > MAX_OUTPUT_BYTES and f"{size / 1e6:.1f}"


_CLOCK = re.compile(
    r"\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|m|h)/(?:step|epoch|sample|batch|it)\b|\b\d+(?:\.\d+)?\s?it/s\b"
    r"|\bWall time: |\bCPU times: |\bper loop \(|\b\d{1,2}:\d{2}:\d{2}\b|\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}"
)
_DURATION = re.compile(r"\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|sec|secs|seconds?|min|minutes?|h)\b")
_READS_CLOCK = re.compile(r"(?m:^\s*%%?time(?:it)?\b)|\btimeit\b|\bRunTimer\b|\btimer\b")


def _clock_time(cell):
    measures = "clock" in cell.traces.used or _READS_CLOCK.search(cell.source)
    found = _CLOCK.search(cell.printed) or (measures and _DURATION.search(cell.printed))
    return found or ("clock" in cell.traces.shown and [number for number in _results(cell) if "." in number][:1])


# Texts in which numbers are no results: styles, tags, ``<Figure size 640x480 with 1 Axes>``, a plot's title.
_MARKUP = re.compile(r"(?s)<(style|script)\b.*?</\1>|<[^<>\n]*>|\bText\([^\n]*\)")


def _results(cell):
    return find_numbers(_MARKUP.sub(" ", f"{cell.printed}\n{cell.html}"))


_PROGRESS = re.compile(r"\d/\d+\s*(?:\x1b\[[\d;]*m)*━|[█▏▎▍▌▋▊▉]{4,}|\d+%\|.*\|\s*\d+/\d+|\[=+>?\.*\]|[^\r\n]\r[^\r\n]")
# IDs of figures and tables in HTML: a UUID, or the ID that pandas gives to a styled table.
_RANDOM_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\bT_[0-9a-f]{5}(?=[\"_ ])")


def _random_id(cell):
    found = _RANDOM_ID.search(f"{cell.plain}\n{cell.html}")
    return found and found[0] not in cell.source and found


_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
_HTML_ADDRESS = re.compile(rf"(?<= at ){_ADDRESS.pattern}")
_WIDGET = "application/vnd.jupyter.widget-view+json"
_TEXT = r"""(?:'[^'\n]*'|"[^"\n]*")"""
_SET = re.compile(rf"\{{{_TEXT}(?:,\s+{_TEXT})+\}}")


def _unsorted_set(cell):
    """Find a set that was printed, or else one that was shown unsorted: IPython sorts a set that it shows."""
    shown = (found for found in _SET.finditer(cell.plain) if (texts := re.findall(_TEXT, found[0])) != sorted(texts))
    return _SET.search(cell.stdout) or next(shown, None)


_CHILD = re.compile(
    r"(?m)^\s*!|^\s*%%(?:bash|sh|script|cmd|system)\b|^\s*%(?:sx|system)\b"
    r"|\bos\.(?:system|spawn\w+)\(|\bsubprocess\.(?:run|call|check_call|Popen)\("
)
_CHILD_CAPTURED = re.compile(r"capture_output\s*=\s*True|stdout\s*=")


def _child_process(cell):
    return (cell.stdout or cell.stderr) and _CHILD.search(cell.source) and not _CHILD_CAPTURED.search(cell.source)


_READS_MEASUREMENT = re.compile(r"\b(?:load_measurement|stored_predictions)\(")


def _no_tolerance(cell):
    exempt = _READS_MEASUREMENT.search(cell.source) or any(tag.startswith("nbval-atol") for tag in cell.tags)
    decimals = [number for number in find_numbers(cell.printed) if "." in number or "e-" in number.lower()]
    return cell.traces.trained and not exempt and decimals[:1]


_IGNORE = "tag the cell nbval-ignore-output"

# A cell's findings come in this order. The list is a table: what a rule looks for, then what it says.
# fmt: off
RULES = [
    # Three rules find a reason and a cure: "unreadable", "out-of-order" and "malformed-tag".
    Rule("unreadable", "problem", lambda notebook: notebook.problem, "{}", "{}"),
    Rule("kernelspec", "is_notebook", lambda notebook: notebook.kernel != "python3" and repr(notebook.kernel),
         "the kernel is {}, which another machine may not have", "choose the kernel python3 and save"),
    Rule("not-executed", "executed", lambda cell: cell.execution_count is None,
         "has not been run", "run the notebook from top to bottom and save it"),
    Rule("out-of-order", "must_succeed", lambda cell: cell.disorder, "{}", "{}"),
    Rule("asks-input", "executed", lambda cell: "input" in cell.traces.used or bool(cell.stdin),
         "nbval answers no question, so the cell fails", "write the answer into the source"),
    Rule("stored-error", "executed", _stored_error,
         "stores a {}", "cure it, or tag the cell raises-exception if it is meant"),
    Rule("malformed-tag", "is_cell", _malformed_tags, "{}", "{}"),
    Rule("stderr", "is_cell", _stderr, "stored stderr '{}'", "cure the warning, or remove the output"),
    Rule("syntax-error", "must_succeed", _syntax_error,
         "'{}' is no Python {} ({})", "correct it, or tag raises-exception"),
    Rule("removed", "must_succeed", _removed, "'{}' is gone from today's releases", "write {}"),
    Rule("machine-path", "is_cell", _machine_path, "'{}' exists on {} machine only", "{} a path relative to the {}"),
    Rule("oversized", "is_cell", _oversized,
         "{} MB of output", "show fewer rows, a smaller picture, or no embedded script"),
    Rule("clock-time", "compared", _clock_time, "'{}' differs in every run", f"{_IGNORE}, or don't print times here"),
    Rule("progress-bar", "compared", _PROGRESS,
         "'{}' differs in every run", f"{_IGNORE}, or switch the bar off (verbose=0)"),
    Rule("unseeded-random", "compared", lambda cell: "random" in cell.traces.shown and _results(cell)[:1],
         "{} comes from random numbers", "set a seed before the first is drawn"),
    Rule("random-id", "compared", _random_id,
         "the ID {} in its HTML differs in every run", f"{_IGNORE}, or give it an ID"),
    Rule("memory-address", "compared", lambda cell: _ADDRESS.search(cell.printed) or _HTML_ADDRESS.search(cell.html),
         "{} differs in every run", "print a property of the object, not the object"),
    Rule("widget", "compared", lambda cell: any(_WIDGET in data for data in cell.data),
         "nbval compares the widget's text, which changes with its state and release", _IGNORE),
    Rule("unsorted-set", "compared", _unsorted_set, "the order of '{}' differs in every run", "show sorted(...) of it"),
    Rule("semicolon", "compared", lambda cell: closes_with_semicolon(cell.source),
         "nbval stores the output that the closing semicolon hides", "write _ = ... instead"),
    Rule("child-process", "compared", _child_process, "nbval does not see what a child process prints",
         f"capture and print it (subprocess.run(..., capture_output=True)), or {_IGNORE}"),
    Rule("display-update", "compared", lambda cell: "display" in cell.traces.used,
         "nbval keeps what was cleared or updated", "show the final state only, or tag the cell"),
    Rule("output-widget", "compared", lambda cell: "capture" in cell.traces.used,
         "nbval finds in the cell what an Output widget captured", "print outside of it, or tag it"),
    Rule("no-tolerance", "compared", _no_tolerance,
         "prints {} after a training, which differs by machine", "tag the cell nbval-atol=..."),
]
