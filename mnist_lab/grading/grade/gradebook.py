"""The command ``mnist-lab grades``: fill the points into the file that Moodle or Canvas exported.

A student is found by e-mail address or ID, never by a name that two may have. What can't be told is left empty, and
said.
"""

import csv
import io
import json
import re
from pathlib import Path

from mnist_lab.files import write_atomically
from mnist_lab.grading import WrongUseError
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.reading import read_bytes
from mnist_lab.grading.text import text_table

__all__ = ["command", "fill"]

KEYS = {
    *("email address", "email", "e-mail", "id number", "username", "identifier"),  # Moodle
    *("id", "sis user id", "sis login id"),  # Canvas
}
MAXIMUM = 10
_NO_CHECK = "no check ran, so it is no zero either: look, and fill it in by hand"
# How Moodle and Canvas name what they let one download, and the column that the number belongs to
_DOWNLOADS = {
    "identifier": re.compile(r"_(\d+)_assignsubmission_"),
    "id": re.compile(r"^[^_]+_(?:late_)?(\d+)_\d+_"),
}


def command(arguments):
    """Fill in the points and say whom they could not be filled in for; return the exit code.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``folder`` (what `grade` wrote), ``into`` (the exported file) and ``column`` (its name, or None).
    """
    results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(arguments.folder.glob("points/*.json"))]
    if not results:
        raise WrongUseError(
            f"{visible(arguments.folder)} holds no points: give the folder that `mnist-lab grade` wrote"
        )
    points = {one["name"]: sum(task["points"] for task in one["tasks"].values()) for one in results}
    failed = {one["name"]: one["status"] for one in results if one["status"].startswith("failed")}
    unchecked = {one["name"]: task for one in results if (task := _unchecked(one))}
    failed |= {one["name"]: _NO_CHECK for one in results if not one["tasks"] and one["name"] not in failed}
    before = _read(arguments.into)
    after, left = fill(before, {name: points[name] for name in points.keys() - failed.keys()}, arguments.column)
    if after != before:
        write_atomically(Path(f"{arguments.into}.before"), before.encode("utf-8"))
        write_atomically(arguments.into, after.encode("utf-8"))
    left |= failed
    print(f"{len(points) - len(left)} of {len(points)} submissions filled into {visible(arguments.into)}")
    if left:
        print(text_table(("not filled in", "why"), [(visible(name, 60), visible(left[name])) for name in sorted(left)]))
    look = {name: f"no check of task {tasks} ran: look" for name, tasks in unchecked.items() if name not in left}
    if look:
        print(text_table(("filled in, but", "why"), [(visible(name, 60), look[name]) for name in sorted(look)]))
    return 1 if left else 0


def _unchecked(result):
    """Return the tasks of the notebooks handed in whose checks never ran, as text."""
    return ", ".join(task for one in result.get("notebooks", {}).values() for task in one.get("unchecked", ()))


def _read(path):
    try:
        return read_bytes(path).decode("utf-8")
    except (OSError, ValueError) as error:
        raise WrongUseError(
            f"{visible(path)} can't be read ({visible(error)}): export it anew, as CSV in UTF-8"
        ) from None


def fill(text, points, column=None):
    r"""Fill points into an exported table.

    Parameters
    ----------
    text : str
        The exported file: a header, then a row a student.
    points : dict of str to float
        Name of a submission to its points.
    column : str, optional
        Which column gets the points; ``Grade`` by default, as Moodle names it.

    Returns
    -------
    text : str
        The same table with points.
    left : dict of str to str
        Name of each submission that was not filled in, and why.

    Raises
    ------
    WrongUseError
        If there is no such column, none that says who a student is, or if its maximum is not 10.

    Examples
    --------
    >>> fill("Email address,Grade\nada@example.org,\n", {"ada@example.org": 9, "eve": 3})
    ('Email address,Grade\nada@example.org,9\n', {'eve': 'no e-mail address or ID of the table'})
    """
    header = text.lstrip("\ufeff").partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter))
    names = rows[0] if rows else []
    target = _target(names, column)
    _check_maximum(rows, names, target)
    known = _known(rows, names)
    found, left = {}, {}
    for name in points:
        numbers = {row for key in _keys(name) for row in known.get(key, ())}
        if len(numbers) == 1:
            found.setdefault(numbers.pop(), []).append(name)
        else:
            left[name] = "several rows of the table" if numbers else "no e-mail address or ID of the table"
    for number, same in found.items():
        row = rows[number]
        row += [""] * (len(names) - len(row))
        value = f"{points[same[0]]:g}"
        if len(same) > 1:
            left |= dict.fromkeys(same, f"{len(same)} submissions belong to one row")
        elif row[target].strip() and not _equal(row[target], value):
            left[same[0]] = f"the table has {row[target].strip()} for it already, not {value}: empty the cell first"
        else:
            row[target] = row[target] if row[target].strip() else value
    written = io.StringIO(newline="")
    ending = "\r\n" if "\r\n" in text else "\n"
    csv.writer(written, delimiter=delimiter, lineterminator=ending).writerows(rows)
    return ("\ufeff" if text.startswith("\ufeff") else "") + written.getvalue(), left


def _target(names, column):
    wanted = column or "Grade"
    same = [number for number, name in enumerate(names) if name.strip().casefold() == wanted.casefold()]
    if len(same) != 1:
        columns = ", ".join(visible(name) for name in names)
        raise WrongUseError(f"there is no single column {visible(wanted)}: name one with --column, of {columns}")
    return same[0]


def _check_maximum(rows, names, target):
    """Refuse to fill ten points into a column of a hundred."""
    plain = [name.strip().casefold() for name in names]
    given = [dict(zip(plain, row, strict=False)).get("maximum grade", "") for row in rows[1:2]]
    given += [row[target] for row in rows[1:4] if len(row) > target and row[0].strip().casefold() == "points possible"]
    for value in given:
        if value.strip() and not _equal(value, MAXIMUM):
            raise WrongUseError(
                f"the maximum of the column is {visible(value)}, of the points {MAXIMUM}: set it to {MAXIMUM}"
            )


def _known(rows, names):
    """Return what tells a row: (column, value) and ("", value) to the numbers of rows."""
    known = {}
    columns = {number: name.strip().casefold() for number, name in enumerate(names)}
    if not KEYS & set(columns.values()):
        raise WrongUseError(
            "no column says who a student is: export the table with e-mail addresses or ID numbers, and English headers"
        )
    for number, row in enumerate(rows[1:], start=1):
        for place, value in enumerate(row):
            name, value = columns.get(place), value.strip().casefold()
            if name in KEYS and value:
                for key in {("", value), (name, value.removeprefix("participant ").strip())}:
                    known.setdefault(key, set()).add(number)
    return known


def _keys(name):
    plain = name.strip().casefold()
    found = [(column, pattern.search(plain)) for column, pattern in _DOWNLOADS.items()]
    return [("", plain), *((column, match[1]) for column, match in found if match)]


def _equal(one, other):
    try:
        return float(str(one).replace(",", ".")) == float(other)
    except ValueError:
        return False
