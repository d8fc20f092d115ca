"""The numbers of a results folder: entries with their tolerances, as :mod:`mnist_lab.results` writes them."""

import json
import math
from dataclasses import dataclass

from mnist_lab.grading.diff.verdicts import Verdict

__all__ = [
    "SHOWN",
    "Difference",
    "and_more",
    "as_text",
    "bare_value",
    "checked_entry",
    "compare_entry",
    "is_compared",
    "judge_numbers",
    "read_entries",
    "shortened",
]

SHOWN = 5  # moved numbers listed for one file


def read_entries(path):
    """Read a file of entries: a dict of name to ``{"value": ..., "atol": ...}``.

    Raises
    ------
    OSError, ValueError
        If it can't be read, or is no such file.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_without_doubles)
    except ValueError as error:
        raise ValueError(f"{path.name} is no JSON: {error}") from None
    if not isinstance(entries, dict):
        raise ValueError(f"{path.name} holds no named values")
    return entries


def _without_doubles(pairs):
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise ValueError("a name occurs twice")
    return entries


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
    """

    text: str
    size: float
    used: float


def judge_numbers(reference, candidate):
    """Compare two dicts of entries.

    Parameters
    ----------
    reference, candidate : dict
        As :func:`read_entries` gives them. Tolerances are those of the reference.

    Returns
    -------
    verdict : Verdict
    details : tuple of str
        What moved, from what to what, against which tolerance.

    Raises
    ------
    ValueError
        If a tolerance of the reference is none.

    Examples
    --------
    >>> judge_numbers({"errors": {"value": 35, "atol": 15}}, {"errors": {"value": 60}})[1]
    ('errors: 35 -> 60 (tolerance 15)',)
    """
    moved, within, not_compared, exactly_equal = [], [], [], True
    for name in sorted(reference.keys() | candidate.keys()):
        if name not in candidate:
            moved.append(f"{name}: missing")
        elif name not in reference:
            moved.append(f"{name}: not in the reference")
        else:
            entry, value = checked_entry(name, reference[name]), bare_value(candidate[name])
            if as_text(entry["value"]) != as_text(value):
                exactly_equal = False
                not_compared += [f"{name}: differs, not compared"] if not is_compared(entry) else []
            for difference in compare_entry(name, entry, value):
                moved += [difference.text] if difference.used > 1 else []
                within.append(difference)
    if moved:
        return Verdict.CHANGED, (*moved[:SHOWN], *and_more(moved))
    if exactly_equal:
        return Verdict.IDENTICAL, ()
    most = max(within, key=lambda difference: difference.used, default=None)
    used_up = [f"{100 * most.used:.0f} % of a tolerance used: {most.text}"] if most and most.used else []
    same = "the same values, written or sorted differently"
    return Verdict.WITHIN_TOLERANCE, (*used_up, *not_compared) or (same,)


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
            yield from _moved(f"{name}[{index}]", x, y, atol)
    elif isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        for key in a:
            yield from _moved(f"{name}.{key}", a[key], b[key], atol)
    elif as_text(a) != as_text(b):
        size = abs(a - b) if _is_number(a) and _is_number(b) else math.inf
        size = math.inf if math.isnan(size) else size
        used = _share(size, atol, a)
        if used:
            limit = f"tolerance {atol}" if atol else "exact"
            yield Difference(f"{name}: {shortened(a)} -> {shortened(b)} ({limit})", size, used)


def _share(difference, atol, value):
    """Return the difference as a share of the tolerance."""
    if difference == 0:  # 1 and 1.0
        return 0
    if not atol or not math.isfinite(difference):
        return math.inf
    # 0.1 + 0.2 is within 0.1 of 0.2, although floating point misses the edge by a hair.
    return difference / (atol + 1e-12 * max(atol, abs(value)))


def shortened(value):
    """Return a value as JSON of at most 60 characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def and_more(moved):
    """Return what stands behind the first ``SHOWN`` of a list: nothing, or how many more there are."""
    return [f"and {len(moved) - SHOWN} more"] if len(moved) > SHOWN else []
