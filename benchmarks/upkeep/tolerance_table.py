"""Compare results and executed notebooks with the reference, number by number: pure functions for tolerances.py.

Differences are finite where only numbers moved, and infinite where more did: a list of another length, another
word between two numbers.
"""

import json
import math
from decimal import Decimal

from mnist_lab.grading.nbval_tolerance import compare_texts, find_numbers, read_atol

__all__ = ["cell_differences", "entry_differences", "largest_difference", "suggested_atol", "table"]

_NOT_RESULTS = ("environment.json", "times.json")
_IGNORED = {"nbval-ignore-output", "pytest-validate-ignore-output", "nbval-skip"}
_COMPARED_TEXTS = ("stdout", "text/plain", "text/html", "text/markdown")  # nbval compares no pictures


def largest_difference(a, b):
    """Return the largest difference between the numbers of two values, lists in lists included.

    Examples
    --------
    >>> largest_difference([3, [4, 5]], [3, [6, 5]])
    2
    >>> largest_difference([3, 4], [3])
    inf
    """
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return max((largest_difference(x, y) for x, y in zip(a, b, strict=True)), default=0)
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return max((largest_difference(a[key], b[key]) for key in a), default=0)
    if type(a) in (int, float) and type(b) in (int, float):
        difference = abs(a - b)
        return math.inf if math.isnan(difference) else difference
    return 0 if type(a) is type(b) and a == b else math.inf


def suggested_atol(difference):
    """Return twice a difference, rounded up to 1, 2 or 5 times a power of ten; None where it is infinite.

    Twice a count is a whole number of at least 2, and so is what it is rounded up to.

    Examples
    --------
    >>> suggested_atol(0.0006), suggested_atol(7), suggested_atol(0)
    (0.002, 20, 0)
    """
    if not math.isfinite(difference):
        return None
    if not difference:
        return 0
    twice = Decimal(f"{2 * difference:.9e}")  # ten digits: 0.9833 - 0.9828 is a hair above 0.0005
    power = Decimal(1).scaleb(twice.adjusted())
    rounded = next(step * power for step in (1, 2, 5, 10) if step * power >= twice)
    return int(rounded) if rounded >= 1 else float(rounded)


def entry_differences(reference, candidate):
    """Compare the stored numbers of one notebook with those of a run.

    Parameters
    ----------
    reference, candidate : pathlib.Path
        Folders ``results/<notebook>`` of the reference and of the run.

    Returns
    -------
    differences : dict of str to tuple
        ``"<notebook>/<file>/<entry>"`` to ``(atol, largest difference, reason)``. The tolerance is None for exact
        entries; the reason says why a diff would report the entry, None where it would not. For a set of indices
        the two are 1 minus the least overlap stated, and 1 minus the overlap found.
    not_compared : int
        Entries marked with ``"compare": false``.
    """
    stored, new = _entries(reference), _entries(candidate)
    found, not_compared = {}, 0
    for name in sorted(stored.keys() | new.keys()):
        key = f"{reference.name}/{name}"
        if name not in new or name not in stored:
            found[key] = None, math.inf, "missing in the run" if name in stored else "new in the run"
            continue
        entry = stored[name]
        if entry.get("compare") is False:
            not_compared += 1
            continue
        if "overlap" in entry:
            atol, difference = round(1 - entry["overlap"], 9), _not_shared(entry["value"], new[name]["value"])
        else:
            atol, difference = entry.get("atol"), largest_difference(entry["value"], new[name]["value"])
        found[key] = atol, difference, _entry_reason(atol, difference)
    return found, not_compared


def _entries(folder):
    found = {}
    for path in sorted(folder.glob("*.json")):
        if path.name not in _NOT_RESULTS:
            for name, entry in json.loads(path.read_text(encoding="utf-8")).items():
                found[f"{path.stem}/{name}"] = (
                    entry if isinstance(entry, dict) and "value" in entry else {"value": entry}
                )
    return found


def _not_shared(a, b):
    a, b = ({json.dumps(element) for element in indices} for indices in (a, b))
    return round(1 - len(a & b) / len(a | b), 9) if a | b else 0


def _entry_reason(atol, difference):
    if math.isinf(difference):
        return "differs in more than its numbers"
    if not atol:
        return "an exact number differs" if difference else None
    return "beyond its tolerance" if difference > atol * (1 + 1e-9) else None  # 0.1 + 0.2 is within 0.1 of 0.2


def cell_differences(stored, executed):
    """Compare the printed numbers of a notebook with those of a run, as nbval and its tolerance plugin do.

    Parameters
    ----------
    stored, executed : notebook
        As nbformat reads them, with the same code cells.

    Returns
    -------
    dict of int to tuple
        Number of the code cell, from 1 as Jupyter shows it, to ``(atol, largest difference, reason)`` as
        :func:`entry_differences` has them. Cells whose output nbval ignores are left out.
    """
    pairs = [[cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (stored, executed)]
    found = {}
    for number, (a, b) in enumerate(zip(*pairs, strict=True), start=1):
        tags = a.metadata.get("tags", [])
        if not _IGNORED.intersection(tags):
            atol = read_atol(tags)
            difference, reason = _compare_outputs(_texts(a.outputs), _texts(b.outputs), atol)
            found[number] = None if atol is None else float(atol), difference, reason
    return found


def _texts(outputs):
    """Return kind to texts; what is printed in pieces is one text, as nbval joins it."""
    texts = {kind: [] for kind in _COMPARED_TEXTS}
    for output in outputs:
        if output.output_type == "stream":
            texts.setdefault(output.name, []).append(output.text)
        for kind, text in output.get("data", {}).items():
            if kind in texts:
                texts[kind].append(text)
    return {kind: ["".join(found)] if kind == "stdout" else found for kind, found in texts.items()}


def _compare_outputs(stored, new, atol):
    if stored == new:
        return 0, None
    if {kind: len(texts) for kind, texts in stored.items()} != {kind: len(texts) for kind, texts in new.items()}:
        return math.inf, "another number of outputs"
    difference, reason = 0, None if atol is not None else "an untagged cell differs"
    for a, b in [pair for kind in stored for pair in zip(stored[kind], new[kind], strict=True)]:
        if compare_texts(a, b, Decimal("Infinity")):
            return math.inf, "the text between the numbers differs"
        numbers = zip(find_numbers(a), find_numbers(b), strict=True)
        difference = max([difference, *(abs(_parsed(x) - _parsed(y)) for x, y in numbers if x != y)])
        if atol is not None and compare_texts(a, b, atol):
            reason = "beyond its tolerance"
    return (int(difference) if difference == int(difference) else float(difference)), reason


def _parsed(number):
    return Decimal(number.replace(",", "").replace("\u2212", "-"))


def table(differences, settings, seed_settings):
    """Gather the differences of all runs, most of the tolerance used first.

    Parameters
    ----------
    differences : dict of str to dict
        Setting to name to ``(atol, largest difference, reason)``.
    settings, seed_settings : sequence of str
        Which settings change the environment, and which the seeds; their differences are kept apart, because
        only a number that is averaged over seeds may be widened by another set of seeds.

    Returns
    -------
    rows : dict of str to dict
        One for each name with a tolerance: ``atol``, ``largest_difference`` and ``largest_difference_seeds``
        (setting to difference, None where more than numbers moved), ``used`` and ``used_seeds`` (share of the
        tolerance), ``suggested`` and ``suggested_seeds`` (tolerances).
    errors : list of dict
        ``setting``, ``name`` and ``reason`` of what an instructor with such a machine would see as changed.
    """
    names = {name: atol for found in differences.values() for name, (atol, _, _) in found.items() if atol is not None}
    rows = {name: {"atol": atol} for name, atol in names.items()}
    for suffix, group in (("", settings), ("_seeds", seed_settings)):
        for name, row in rows.items():
            moved = {
                setting: differences[setting][name][1] for setting in group if name in differences.get(setting, {})
            }
            if moved:
                row |= _row(moved, row["atol"], suffix)
    errors = [
        {"setting": setting, "name": name, "reason": reason}
        for setting in settings
        for name, (_, _, reason) in differences.get(setting, {}).items()
        if reason
    ]
    return dict(sorted(rows.items(), key=_most_used_first)), errors


def _row(moved, atol, suffix):
    largest = max(moved.values())
    share = round(largest / atol, 2) if atol and math.isfinite(largest) else None
    return {
        f"largest_difference{suffix}": {setting: _rounded(difference) for setting, difference in moved.items()},
        f"used{suffix}": 0 if largest == 0 else share,
        f"suggested{suffix}": suggested_atol(largest),
    }


def _rounded(difference):
    if not math.isfinite(difference):
        return None
    return difference if isinstance(difference, int) else float(f"{difference:.3g}")


def _most_used_first(item):
    used = [math.inf if share is None else share for share in (item[1].get("used", -1), item[1].get("used_seeds", -1))]
    return [-share for share in used] + [item[0]]
