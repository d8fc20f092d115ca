"""The numbers of a results folder: entries with their tolerances, as :mod:`mnist_lab.results` writes them."""

import json
import math
from collections import Counter

__all__ = ["SHOWN", "and_more", "as_text", "judge_numbers", "read_entries", "shortened"]

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


def judge_numbers(reference, candidate):
    """Compare two dicts of entries.

    Parameters
    ----------
    reference, candidate : dict
        As :func:`read_entries` gives them. Tolerances are those of the reference.

    Returns
    -------
    verdict : {"identical", "within tolerance", "changed"}
    details : tuple of str
        What moved, from what to what, against which tolerance.

    Raises
    ------
    ValueError
        If a tolerance of the reference is none.

    Examples
    --------
    >>> judge_numbers({"errors": {"value": 35, "atol": 15}}, {"errors": {"value": 60}})
    ('changed', ('errors: 35 -> 60 (tolerance 15)',))
    """
    moved, most_used, not_compared, exactly_equal = [], (0, ""), [], True
    for name in sorted(reference.keys() | candidate.keys()):
        if name not in candidate:
            moved.append(f"{name}: missing")
        elif name not in reference:
            moved.append(f"{name}: not in the reference")
        else:
            entry, b = _entry(name, reference[name]), _value(candidate[name])
            if as_text(entry["value"]) != as_text(b):
                exactly_equal = False
                not_compared += [f"{name}: differs, not compared"] if entry.get("compare", True) is False else []
            for used, text in _compared(name, entry, b):
                if used > 1:
                    moved.append(text)
                most_used = max(most_used, (used, text))
    if moved:
        return "changed", (*moved[:SHOWN], *and_more(moved))
    if exactly_equal:
        return "identical", ()
    used, text = most_used
    used_up = [f"{100 * used:.0f} % of a tolerance used: {text}"] if used else []
    return "within tolerance", (*used_up, *not_compared) or ("the same values, written or sorted differently",)


def _value(entry):
    return entry["value"] if isinstance(entry, dict) and "value" in entry else entry


def as_text(value):
    """Return a value as JSON: there, unlike with ==, NaN equals NaN and True is not 1."""
    return json.dumps(value)


def _entry(name, entry):
    """Return an entry with its tolerance checked; a bare value is compared exactly."""
    if not isinstance(entry, dict) or "value" not in entry:
        return {"value": entry}
    for key, largest in (("atol", math.inf), ("overlap", 1)):
        tolerance = entry.get(key, 0)
        if not _is_number(tolerance) or not 0 <= tolerance <= largest or tolerance == math.inf:
            raise ValueError(f"{name}: the tolerance {key}={tolerance!r} is not a number in its range")
    return entry


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _compared(name, entry, b):
    """Yield (share of the tolerance that is used, text) for each number; a share above 1 is a change."""
    a = entry["value"]
    if entry.get("compare", True) is False:
        if type(a) is not type(b):
            yield math.inf, f"{name}: {shortened(a)} -> {shortened(b)} (not compared, but of one kind)"
        return
    if "overlap" in entry and isinstance(a, list) and isinstance(b, list):
        yield _overlapping(name, a, b, entry["overlap"])
    else:
        yield from _moved(name, a, b, entry.get("atol", 0))


def _overlapping(name, a, b, least):
    """Compare two lists in any order, by the size of their intersection over that of their union (Jaccard index)."""
    a, b = Counter(map(as_text, a)), Counter(map(as_text, b))
    shared, all_in_all = (a & b).total(), (a | b).total()
    overlap = shared / all_in_all if all_in_all else 1.0
    used = (1 - overlap) / (1 - least) if least < 1 else (0 if overlap == 1 else math.inf)
    common = f"{shared} of {all_in_all} elements in common"
    return used, f"{name}: {common}, {overlap:.2f} (at least {least} expected)"


def _moved(name, a, b, atol):
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield math.inf, f"{name}: {len(a)} values -> {len(b)} values"
            return
        for index, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _moved(f"{name}[{index}]", x, y, atol)
    elif isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        for key in a:
            yield from _moved(f"{name}.{key}", a[key], b[key], atol)
    elif as_text(a) != as_text(b):
        used = math.inf
        if _is_number(a) and _is_number(b):
            used = _share(abs(a - b), atol, a)
        if used:
            yield used, f"{name}: {shortened(a)} -> {shortened(b)} ({f'tolerance {atol}' if atol else 'exact'})"


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
