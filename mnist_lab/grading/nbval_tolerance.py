"""Pytest plugin: numbers in stored notebook outputs are compared with the tolerance their cell states.

nbval compares texts exactly, but a trained network's accuracy differs a little on another machine. A cell
tagged ``nbval-atol=0.003`` passes when its text is the stored one and each printed number is within 0.003
of the stored one. The tolerance is in the unit that is printed: for ``98.36 %`` it means percentage points.
With ``nbval-atol=0`` numbers must be equal and only their padding may differ. Cells without the tag stay exact.

Numbers that are names stay exact under every tolerance: versions, dates, clock times, hashes, ids such as ``#12``,
shapes such as ``(60000, 28, 28)`` and ``28×28``. Colours of a terminal are no part of the text, and the length of a
table's rules does not count. A tolerance does not reach into LaTeX, JSON and error texts, nor to numbers that touch a
letter (``2.5x``) or have a decimal comma (``98,36``): print such a number apart, or leave its cell out.

The plugin is installed with the package and does nothing where nbval does not run, except that it keeps a
test session's results and models out of the project's folders and makes relative ``MNIST_LAB_`` folders absolute.
Where nbval runs, the session and its kernels have the environment of `mnist_lab.grading.kernel_environment`, and cells
are skipped and may raise by the tags that ``mnist-lab run`` knows too.
"""

import copy
import os
import re
import shutil
import tempfile
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from mnist_lab.files import project_root
from mnist_lab.grading import absolute_folders
from mnist_lab.grading.cells import read_options, read_tags
from mnist_lab.grading.kernel_environment import apply_changes, kernel_environment, library_notice

__all__ = ["compare_texts", "find_numbers", "read_atol"]

TAG = "nbval-atol"
# Their JSON changes with every release (plotly) or in every run (widgets): the text beside them is compared.
_NEVER_COMPARED = ("application/vnd.plotly.v1+json", "application/vnd.jupyter.widget-view+json")
_COMPARED_TEXTS = ("text/plain", "text/html", "text/markdown", "stdout")
_FOLDERS = {"MNIST_LAB_RESULTS": "results", "MNIST_LAB_MODELS": "models"}

# Digits attached to letters, underscores or further dots are part of a name or version: conv2d_1, 28x28, 2.21.0.
_NUMBER = re.compile(
    r"""(?<![\w.])
        [-+\u2212]?
        (?: (?: \d{1,3}(?:,\d{3})+ | \d+ ) (?:\.\d*)? (?:[eE][-+]?\d{1,3})?
          | \.\d+ (?:[eE][-+]?\d{1,3})?
          | nan | NaN | inf | Infinity )
        (?! \w | \.\d )""",
    re.VERBOSE,
)
_MASK = "\0"
# Numbers that are names: dates, clock times, shapes, ids.
_NAME = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b|\(\d+(?:, ?\d+)+,?\)|\(\d+,\)|\b\d+(?: ?× ?\d+)+|\#\d+\b"
)
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_RULE = re.compile(r"([-=_─━═~*+])\1{2,}")
_LARGEST_ATOL = Decimal("1e15")
# How nbval calls what `read_options` found.
_OPTIONS = {"check": "check", "raises": "check_exception", "skip": "skip"}


def read_atol(tags):
    """Read the tolerance from a cell's tags.

    Parameters
    ----------
    tags : list of str
        ``cell.metadata.tags``.

    Returns
    -------
    Decimal or None
        The absolute tolerance, None where no tag states one.

    Raises
    ------
    ValueError
        If the tag is malformed, negative, not finite, or there are several.

    Examples
    --------
    >>> read_atol(["nbval-atol=0.003"])
    Decimal('0.003')
    """
    found = [tag for tag in tags if isinstance(tag, str) and re.match(r"nbval[-_ ]?[ar]?tol", tag, re.IGNORECASE)]
    if not found:
        return None
    if len(found) > 1:
        raise ValueError(f"a cell can state one tolerance, this one has {', '.join(found)}: keep one of the tags")
    cure = f"write it like {TAG}=0.003"
    name, equals, number = found[0].partition("=")
    if name != TAG or not equals:
        raise ValueError(f"malformed tag {found[0]!r}: {cure}")
    try:
        atol = Decimal(number if "_" not in number else "")  # Python would read 1_000
    except InvalidOperation:
        raise ValueError(f"malformed tag {found[0]!r}: {number!r} is not a number, {cure}") from None
    if not atol.is_finite() or not 0 <= atol <= _LARGEST_ATOL:
        raise ValueError(f"malformed tag {found[0]!r}: a tolerance is not negative, and at most 1e15, {cure}")
    return atol


def find_numbers(text):
    """Return the numbers in a text as printed, names like ``conv2d_1`` left out.

    Examples
    --------
    >>> find_numbers("conv2d_1: 98.36 % of 10,000")
    ['98.36', '10,000']
    """
    return [match[0] for match in _numbers(text)]


def _numbers(text):
    """Return the matches of the numbers in a text, without those in names."""
    names = [match.span() for match in _NAME.finditer(text)]
    return [match for match in _NUMBER.finditer(text) if not any(start <= match.start() < end for start, end in names)]


def compare_texts(stored, new, atol):
    """Compare two printed texts: everything but the numbers exactly, the numbers within a tolerance.

    Runs of white space count as equal, because NumPy and pandas pad numbers to align them. Two numbers may
    differ by `atol` plus one unit of the last decimal place that both print, which rounding can cost.
    Numbers without decimals are taken as exact and get no such slack, and neither does a tolerance of 0.

    Parameters
    ----------
    stored, new : str
        The text in the notebook and the text of this run.
    atol : Decimal
        Absolute tolerance, in the unit that is printed.

    Returns
    -------
    list of str
        One message for each difference; empty where the texts agree.

    Examples
    --------
    >>> compare_texts("accuracy 0.9836", "accuracy 0.9840", Decimal("0.003"))
    []
    """
    if stored == new:
        return []
    stored, new = (_COLOURS.sub("", text) for text in (stored, new))
    stored_numbers, new_numbers = _numbers(stored), _numbers(new)
    if len(stored_numbers) != len(new_numbers):
        return [f"the stored text holds {len(stored_numbers)} numbers, this run's text {len(new_numbers)}"]
    if _masked(stored) != _masked(new):
        return ["the texts differ in more than their numbers"]
    return [
        f"number beyond its tolerance: stored {a[0]}, now {b[0]} (difference {_difference(a[0], b[0])}, "
        f"tolerance {atol})\n  stored line {_line(stored, a.start())}\n  line now    {_line(new, b.start())}"
        for a, b in zip(stored_numbers, new_numbers, strict=True)
        if not _within(a[0], b[0], atol)
    ]


def _masked(text):
    for match in reversed(_numbers(text)):
        text = text[: match.start()] + _MASK + text[match.end() :]
    text = re.sub(r"\s+", " ", _RULE.sub(r"\1\1\1", text))
    return re.sub(rf"\s*{_MASK}\s*", _MASK, text).strip()


def _parse(number):
    return Decimal(number.replace(",", "").replace("\u2212", "-"))


def _within(a, b, atol):
    x, y = _parse(a), _parse(b)
    if not (x.is_finite() and y.is_finite()):
        return (x.is_nan() and y.is_nan()) or x == y
    slack = min(_last_place(a), _last_place(b)) if atol else 0
    return abs(x - y) <= atol + slack


def _last_place(number):
    """One unit of the last printed decimal place; 0 for an integer, which was not rounded."""
    exponent = _parse(number).as_tuple().exponent
    return Decimal(1).scaleb(exponent) if exponent < 0 or "e" in number.lower() else Decimal(0)


def _difference(a, b):
    return abs(_parse(a) - _parse(b)) if _parse(a).is_finite() and _parse(b).is_finite() else "not finite"


def _line(text, position):
    number = text.count("\n", 0, position) + 1
    return f"{number}: {text.splitlines()[number - 1].strip()}"


def _texts(outputs):
    """Yield ``(kind, holder, key)`` for each text that nbval compares, so that ``holder[key]`` is the text."""
    for output in outputs:
        if output["output_type"] == "stream":
            yield output["name"], output, "text"
        for mime in output.get("data", ()):
            yield mime, output["data"], mime


def _with_stored_texts(item, test, ref, atol):
    """Return `test` with each text that agrees with its stored one replaced by that, and what disagrees."""
    test, messages = copy.deepcopy(test), []
    for kind in _COMPARED_TEXTS:
        stored = [(holder, key) for k, holder, key in _texts(ref) if k == kind]
        new = [(holder, key) for k, holder, key in _texts(test) if k == kind]
        if len(stored) != len(new):
            continue  # nbval says so itself
        for (stored_holder, stored_key), (holder, key) in zip(stored, new, strict=True):
            found = compare_texts(item.sanitize(stored_holder[stored_key]), item.sanitize(holder[key]), atol)
            if found:
                messages += [f"{kind}: {message}" for message in found]
            else:
                holder[key] = stored_holder[stored_key]
    return test, messages


def pytest_itemcollected(item):
    """Read a notebook cell's tags as all commands do, and give one that states a tolerance a comparison for it."""
    if type(item).__name__ != "IPyNbCell":
        return
    skipped = item.parent.skip_compare
    item.parent.skip_compare = (*skipped, *(mime for mime in _NEVER_COMPARED if mime not in skipped))
    tags = read_tags(item.cell.metadata)
    options = read_options(item.cell.source, tags)
    item.options.update({_OPTIONS[name]: value for name, value in options.items()})
    try:
        atol, malformed = read_atol(tags), None
    except ValueError as error:
        atol, malformed = None, str(error)
    if atol is None and malformed is None:
        return
    exact_comparison = item.compare_outputs

    def compare_outputs(test, ref, skip_compare=None):
        if malformed:
            item.comparison_traceback = [malformed]
            return False
        test, messages = _with_stored_texts(item, test, ref, atol)
        same = exact_comparison(test, ref, skip_compare)
        item.comparison_traceback = messages + item.comparison_traceback
        return same

    item.compare_outputs = compare_outputs


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Control the environment of the session before the first test module, or matplotlib, is imported.

    Results and models go to a temporary folder, unless the user chose one; folders the user chose become absolute
    paths. Where nbval runs, the kernels' environment is set too: kernels and pytest-xdist's workers inherit it, so all
    of a session shares one.
    """
    before = dict(os.environ)
    folder = Path(tempfile.mkdtemp(prefix="mnist_lab_pytest_"))
    os.environ.update(absolute_folders())
    for name in [name for name in _FOLDERS if not os.environ.get(name)]:
        (folder / _FOLDERS[name]).mkdir()
        os.environ[name] = str(folder / _FOLDERS[name])
    if _runs_nbval(early_config):
        (folder / "kernel").mkdir()
        _set_environment(apply_changes(kernel_environment(folder / "kernel", _project(early_config)), os.environ))

    def restore():
        _set_environment(before)
        shutil.rmtree(folder, ignore_errors=True)

    early_config.add_cleanup(restore)


def pytest_report_header(config):
    """Say where the library is not that of the project whose tests run."""
    return library_notice(_project(config))


def _runs_nbval(config):
    options = config.known_args_namespace
    return getattr(options, "nbval", False) or getattr(options, "nbval_lax", False)


def _project(config):
    try:
        return project_root(config.rootpath)
    except FileNotFoundError:
        return None


def _set_environment(wanted):
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)
