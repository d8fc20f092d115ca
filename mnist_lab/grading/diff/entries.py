"""The numbers of a results folder: entries with their tolerances, as :mod:`mnist_lab.results` writes them."""

import json
import math
from dataclasses import dataclass

from mnist_lab.grading.diff.free_values import free_value_problem
from mnist_lab.grading.diff.shown import SHOWN, and_more, shortened, visible
from mnist_lab.grading.diff.verdicts import Verdict

__all__ = [
    "Difference",
    "NumbersVerdict",
    "as_text",
    "bare_value",
    "checked_entry",
    "compare_entry",
    "is_compared",
    "judge_numbers",
    "same_value",
]

_ROUNDING = 0.01  # share of a tolerance: another processor moves the last digits of many numbers one way


@dataclass(frozen=True)
class Difference:
    """How far a number, or a set of indices, of a candidate is from the reference's.

    Attributes
    ----------
    text : str
        What moved, from what to what, against which tolerance.
    size : float
        The difference; infinite where more than a number differs.
    used : float
        Share of the tolerance; above 1 it is a change.
    sign : int, default=0
        -1 where a number is lower than the reference's, 1 where it is higher.
    """

    text: str
    size: float
    used: float
    sign: int = 0


@dataclass(frozen=True)
class NumbersVerdict:
    """What a comparison says of a file of numbers.

    Attributes
    ----------
    verdict : Verdict
    details : tuple of str
        What moved, from what to what, against which tolerance.
    equal : bool
        Whether all values are equal, however they are written (5923 and 5923.0).
    compared, lower, higher : int
        How many numbers have a tolerance, and how many of them are below and above the reference's by more than
        rounding.
    """

    verdict: Verdict
    details: tuple = ()
    equal: bool = True
    compared: int = 0
    lower: int = 0
    higher: int = 0


def judge_numbers(reference, candidate):
    """Compare two dicts of entries.

    Parameters
    ----------
    reference, candidate : dict
        Name to ``{"value": ..., "atol": ...}``, or a bare value. Tolerances are those of the reference.

    Returns
    -------
    NumbersVerdict

    Raises
    ------
    ValueError
        If a tolerance of the reference is none.

    Examples
    --------
    >>> judge_numbers({"errors": {"value": 35, "atol": 15}}, {"errors": {"value": 60}}).details
    ('errors: 35 -> 60 (tolerance 15)',)
    """
    moved, within, not_compared, written_alike, compared = [], [], [], True, 0
    equal = reference.keys() == candidate.keys()
    for name in sorted(reference.keys() | candidate.keys()):
        shown = visible(name, 60)
        if name not in candidate:
            moved.append(f"{shown}: missing")
            continue
        if name not in reference:
            moved.append(f"{shown}: not in the reference")
            continue
        entry, value = checked_entry(shown, reference[name]), bare_value(candidate[name])
        compared += _count(entry["value"]) if entry.get("atol") else 0
        if same_value(entry["value"], value):
            continue
        written_alike = False
        equal = equal and _equal_value(entry["value"], value)
        if not is_compared(entry):
            problem = free_value_problem(entry["value"], value, _stated_length(entry["value"], reference, candidate))
            moved += [f"{shown}: {problem}"] if problem else []
            not_compared.append(f"{shown}: differs, not compared")
        for difference in compare_entry(shown, entry, value):
            moved += [difference.text] if difference.used > 1 else []
            within.append(difference)
    noticeable = [one for one in within if one.used > _ROUNDING]
    counts = compared, sum(one.sign < 0 for one in noticeable), sum(one.sign > 0 for one in noticeable)
    if moved:
        return NumbersVerdict(Verdict.CHANGED, (*moved[:SHOWN], *and_more(moved)), False, *counts)
    if written_alike:
        return NumbersVerdict(Verdict.IDENTICAL, compared=compared)
    most = max(within, key=lambda difference: difference.used, default=None)
    used_up = [f"{100 * most.used:.0f} % of a tolerance used: {most.text}"] if most and most.used else []
    details = (*used_up, *not_compared) or ("the same values, written or sorted differently",)
    return NumbersVerdict(Verdict.WITHIN_TOLERANCE, details, equal, *counts)


def _count(value):
    return sum(map(_count, value)) if isinstance(value, list) else 1


def _stated_length(value, reference, candidate):
    """Return how long a list may be where another entry counts it: as many images as there were errors."""
    if isinstance(value, list):
        for name, entry in reference.items():
            counted = isinstance(entry, dict) and "atol" in entry and same_value(entry.get("value"), len(value))
            if counted and name in candidate:
                return bare_value(candidate[name])
    return None


def same_value(a, b):
    """Whether two values are written alike: unlike with ==, NaN equals NaN, and True and 1.0 are not 1.

    Examples
    --------
    >>> same_value([1, [2.5]], [1, [2.5]]), same_value([1], [1.0]), same_value(float("nan"), float("nan"))
    (True, False, True)
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same_value, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_value(a[key], b[key]) for key in a)
    return a == b or (a != a and b != b)  # only NaN differs from itself


def _equal_value(a, b):
    """Whether two values are the same numbers, also where one is written 1 and the other 1.0."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_equal_value, a, b))
    return same_value(a, b) or (_is_number(a) and _is_number(b) and a == b)


def as_text(value):
    """Return a value as JSON: there, unlike with ==, NaN equals NaN and True is not 1."""
    return json.dumps(value)


def bare_value(entry):
    """Return the value of an entry, or a bare value as it is; a candidate's own tolerances do not count."""
    return entry["value"] if isinstance(entry, dict) and "value" in entry else entry


def checked_entry(name, entry):
    """Return an entry with its tolerance checked; a bare value becomes an entry that is compared exactly."""
    if not isinstance(entry, dict) or "value" not in entry:
        return {"value": entry}
    for key, largest in (("atol", math.inf), ("overlap", 1)):
        tolerance = entry.get(key, 0)
        if not _is_number(tolerance) or not 0 <= tolerance <= largest or tolerance == math.inf:
            raise ValueError(f"{name}: the tolerance {key}={tolerance!r} is not a number in its range")
    return entry


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_compared(entry):
    """Return False for an entry that no tolerance fits."""
    return entry.get("compare", True) is not False


def compare_entry(name, entry, value):
    """Compare an entry of the reference with a candidate's value: THE comparison, also of the tolerance table.

    Parameters
    ----------
    name : str
        For the texts.
    entry : dict
        Of the reference, as :func:`checked_entry` gives it: ``value`` with ``atol``, ``overlap`` or ``compare``.
    value : number, text, list or dict
        Of the candidate.

    Yields
    ------
    Difference
        One for each number that moved; one for a whole set of indices, whose ``size`` is 1 minus the overlap.

    Examples
    --------
    >>> list(compare_entry("wrong", {"value": [1, 2, 2], "overlap": 0.5}, [2, 1]))
    []
    >>> [round(one.used, 3) for one in compare_entry("errors", {"value": 35, "atol": 10}, 40)]
    [0.5]
    """
    reference = entry["value"]
    if not is_compared(entry):
        if type(reference) is not type(value):
            text = f"{name}: {shortened(reference)} -> {shortened(value)} (not compared, but of one kind)"
            yield Difference(text, math.inf, math.inf)
    elif "overlap" in entry and isinstance(reference, list) and isinstance(value, list):
        yield from _overlapping(name, reference, value, entry["overlap"])
    else:
        yield from _moved(name, reference, value, entry.get("atol", 0))


def _overlapping(name, a, b, least):
    """Compare two sets by the size of their intersection over that of their union (Jaccard index)."""
    a, b = set(map(as_text, a)), set(map(as_text, b))
    if a == b:
        return
    shared, all_in_all = len(a & b), len(a | b)
    overlap = shared / all_in_all
    common = f"{shared} of {all_in_all} elements in common"
    text = f"{name}: {common}, {overlap:.2f} (at least {least} expected)"
    yield Difference(text, 1 - overlap, (1 - overlap) / (1 - least) if least < 1 else math.inf)


def _moved(name, a, b, atol):
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield Difference(f"{name}: {len(a)} values -> {len(b)} values", math.inf, math.inf)
            return
        for index, (x, y) in enumerate(zip(a, b, strict=True)):
            if not same_value(x, y):
                yield from _moved(f"{name}[{index}]", x, y, atol)
    elif isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        for key in a:
            yield from _moved(f"{name}.{visible(key, 60)}", a[key], b[key], atol)
    elif not same_value(a, b):
        size = abs(a - b) if _is_number(a) and _is_number(b) else math.inf
        size = math.inf if math.isnan(size) else size
        used = _share(size, atol, a)
        if used:
            limit = f"tolerance {atol}" if atol else "exact"
            sign = (b > a) - (b < a) if math.isfinite(size) else 0
            yield Difference(f"{name}: {shortened(a)} -> {shortened(b)} ({limit})", size, used, sign)


def _share(difference, atol, value):
    """Return the difference as a share of the tolerance."""
    if difference == 0:  # 1 and 1.0
        return 0
    if not atol or not math.isfinite(difference):
        return math.inf
    # 0.1 + 0.2 is within 0.1 of 0.2, although floating point misses the edge by a hair.
    return difference / (atol + 1e-12 * max(atol, abs(value)))
