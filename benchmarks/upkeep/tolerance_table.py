"""Compare results and executed notebooks with the reference, number by number: pure functions for tolerances.py.

Differences are finite where only numbers moved, and infinite where more did: a list of another length, another
word between two numbers.
"""

import math
import re
from decimal import Decimal

from mnist_lab.grading.diff.entries import bare_value, checked_entry, compare_entry, is_compared
from mnist_lab.grading.nbval_tolerance import compare_texts, find_numbers, read_atol
from mnist_lab.grading.reading import read_json
from mnist_lab.results import ENVIRONMENT, TIMES

__all__ = ["cell_differences", "compared_cells", "entry_differences", "numbers_of", "suggested_atol", "table"]

_IGNORED = {"nbval-ignore-output", "pytest-validate-ignore-output", "nbval-skip"}
_COMPARED_TEXTS = ("stdout", "text/plain", "text/html", "text/markdown")  # nbval compares no pictures


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
    """Compare the stored numbers of one notebook with those of a run, as ``mnist-lab diff`` does.

    Parameters
    ----------
    reference, candidate : pathlib.Path
        The notebook's folder in the reference and in the run.

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
        elif not is_compared(stored[name]):
            not_compared += 1
        else:
            entry = stored[name]
            differences = list(compare_entry(name, entry, bare_value(new[name])))
            largest = max((one.size for one in differences), default=0)
            beyond = any(one.used > 1 for one in differences)
            atol = round(1 - entry["overlap"], 9) if "overlap" in entry else entry.get("atol")
            found[key] = atol, largest, _reason(atol, largest) if beyond else None
    return found, not_compared


def _entries(folder):
    files = [path for path in sorted(folder.glob("*.json")) if path.name not in (ENVIRONMENT, TIMES)]
    return {
        f"{path.stem}/{name}": checked_entry(name, entry) for path in files for name, entry in read_json(path).items()
    }


def _reason(atol, largest):
    if math.isinf(largest):
        return "differs in more than its numbers"
    return "beyond its tolerance" if atol else "an exact number differs"


def numbers_of(folder, notebook):
    """Return all numbers of a notebook's reference, without their tolerances: what a measured run was compared with.

    Parameters
    ----------
    folder : pathlib.Path
        The notebook's folder in the reference.
    notebook : notebook
        As nbformat reads it, with its stored outputs.

    Returns
    -------
    list
        Ready for JSON: the values of all entries, then the digits in the texts of each compared cell (plain digits, so
        that another reading of what a number is changes nothing).
    """
    values = {name: entry["value"] for name, entry in _entries(folder).items() if is_compared(entry)}
    cells = {
        key: [re.findall(r"\d+", text) for texts in _texts(cell.outputs).values() for text in texts]
        for key, cell in compared_cells(notebook).items()
    }
    return [values, {key: found for key, found in cells.items() if any(found)}]


def compared_cells(notebook):
    """Return the cells whose output nbval compares, by their ids."""
    return {
        cell.id: cell
        for cell in notebook.cells
        if cell.cell_type == "code" and not _IGNORED.intersection(cell.metadata.get("tags", []))
    }


def cell_differences(stored, executed):
    """Compare the printed numbers of a notebook with those of a run, as nbval and its tolerance plugin do.

    Parameters
    ----------
    stored, executed : notebook
        As nbformat reads them.

    Returns
    -------
    dict of str to tuple
        Id of the cell to ``(atol, largest difference, reason)`` as :func:`entry_differences` has them. Cells whose
        output nbval ignores are left out.
    """
    pairs, found = [compared_cells(notebook) for notebook in (stored, executed)], {}
    for key in pairs[0] | pairs[1]:
        if key not in pairs[0] or key not in pairs[1]:
            found[key] = None, math.inf, "missing in the run" if key in pairs[0] else "new in the run"
            continue
        a, b = (cells[key] for cells in pairs)
        atol = read_atol(a.metadata.get("tags", []))
        difference, reason = _compare_outputs(_texts(a.outputs), _texts(b.outputs), atol)
        found[key] = None if atol is None else float(atol), difference, reason
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
