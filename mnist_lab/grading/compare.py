"""Compare two results folders: one verdict a file, and which number moved.

A picture follows the numbers stored beside it (``curves.png`` and ``curves.json``): pixels change with a
font or a library, a result does not. Where numbers and recorded environments (``environment.json``) are both
equal, nothing explains other pixels: the figure is drawn differently, which is a change.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Verdict", "compare_folders", "is_change", "text_table", "verdict_table"]

# What made the results and how long it took: recorded to explain differences, never judged.
_NOT_JUDGED = {"environment.json", "times.json"}
_CHANGES = {"changed", "missing", "new", "unreadable"}
_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_SHOWN = 5  # moved numbers listed for one file


@dataclass(frozen=True)
class Verdict:
    """Outcome for one file.

    Attributes
    ----------
    file : str
        Path inside the results folder, with forward slashes.
    verdict : str
        identical, within tolerance, environment, changed, missing, new or unreadable.
    details : tuple of str
        What moved, from what to what, against which tolerance.
    """

    file: str
    verdict: str
    details: tuple = ()


def is_change(verdict):
    """Return True where a verdict means that a result is not the reference's."""
    return verdict.verdict in _CHANGES


def compare_folders(reference, candidate):
    """Compare the files of two results folders.

    ``environment.json``, ``times.json`` and hidden files are not judged, and values with ``"compare": false``
    are never a change. The stored measurements
    (``measurements/``), which no notebook writes, are compared only where both folders have them.

    Parameters
    ----------
    reference, candidate : path-like
        Folders laid out like ``results/``, or the folder of one notebook each. One that does not exist
        counts as empty.

    Returns
    -------
    list of Verdict
        One a file, sorted by path. An unreadable file gets its verdict and the comparison goes on.

    Examples
    --------
    >>> compare_folders("results", "runs/2026-01-31_120000/results")  # doctest: +SKIP
    """
    reference, candidate = Path(reference), Path(candidate)
    files = _judged(reference) | _judged(candidate)
    if not ((reference / "measurements").is_dir() and (candidate / "measurements").is_dir()):
        files = {file for file in files if not file.startswith("measurements/")}
    return [_judge(file, reference, candidate) for file in sorted(files)]


def verdict_table(verdicts):
    """Return verdicts as plain text: file, verdict, what moved."""
    rows = []
    for verdict in verdicts:
        first, *others = verdict.details or ("",)
        rows += [(verdict.file, verdict.verdict, first), *(("", "", other) for other in others)]
    return text_table(("file", "verdict", "what moved"), rows)


def text_table(header, rows):
    """Return a table as aligned plain text, the same on a terminal, in a pipe and in a log."""
    rows = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _judged(folder):
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in _NOT_JUDGED and not path.name.startswith(".")
    }


def _judge(file, reference, candidate):
    a, b = reference / file, candidate / file
    if not b.is_file():
        return Verdict(file, "missing", ("only in the reference",))
    if not a.is_file():
        return Verdict(file, "new", ("not in the reference",))
    try:
        if a.suffix == ".json":
            return Verdict(file, *_judge_numbers(_read_entries(a), _read_entries(b)))
        if a.suffix == ".png":
            return Verdict(file, *_judge_picture(a, b))
        return Verdict(file, "identical") if a.read_bytes() == b.read_bytes() else Verdict(file, "changed", ("bytes",))
    except (OSError, ValueError, RecursionError, ArithmeticError) as error:
        return Verdict(file, "unreadable", (str(error) or type(error).__name__,))


def _read_entries(path):
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
    if not isinstance(entries, dict):
        raise ValueError(f"{path} holds no named values")
    return entries


def _judge_numbers(reference, candidate):
    details, exactly_equal = [], True
    for name in sorted(reference.keys() | candidate.keys()):
        if name not in candidate:
            details.append(f"{name}: missing")
        elif name not in reference:
            details.append(f"{name}: not in the reference")
        else:
            (a, atol, judged), (b, _, _) = _unpack(name, reference[name]), _unpack(name, candidate[name])
            details += _moved(name, a, b, atol) if judged else []
            exactly_equal &= a == b
    if details:
        more = [f"and {len(details) - _SHOWN} more"] if len(details) > _SHOWN else []
        return "changed", (*details[:_SHOWN], *more)
    return ("identical" if exactly_equal else "within tolerance"), ()


def _unpack(name, entry):
    """Return ``(value, atol, judged)`` of an entry; a bare value is compared exactly."""
    if not isinstance(entry, dict) or "value" not in entry:
        return entry, 0, True
    atol = entry.get("atol", 0)
    if not _is_number(atol) or not 0 <= atol < math.inf:
        raise ValueError(f"{name}: the tolerance {atol!r} is not a number of at least 0")
    return entry["value"], atol, entry.get("compare", True) is not False


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moved(name, a, b, atol):
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return [f"{name}: {len(a)} values -> {len(b)} values"]
        return [
            text
            for index, (x, y) in enumerate(zip(a, b, strict=True))
            for text in _moved(f"{name}[{index}]", x, y, atol)
        ]
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return [text for key in a for text in _moved(f"{name}.{key}", a[key], b[key], atol)]
    if _is_number(a) and _is_number(b):
        same = a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= _with_float_slack(atol, a)
    else:
        same = type(a) is type(b) and a == b
    tolerance = f"tolerance {atol}" if atol else "exact"
    return [] if same else [f"{name}: {_short(a)} -> {_short(b)} ({tolerance})"]


def _with_float_slack(atol, value):
    """Let 0.1 + 0.2 be within 0.1 of 0.2: floating point misses the stated edge by a hair."""
    return atol + 1e-12 * max(atol, abs(value)) if atol and math.isfinite(value) else atol


def _short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _judge_picture(a, b):
    pictures = [path.read_bytes() for path in (a, b)]
    for path, picture in zip((a, b), pictures, strict=True):
        if not (picture.startswith(_PNG_START) and picture.endswith(_PNG_END)):
            raise ValueError(f"{path} is no whole PNG picture")
    same_pixels = pictures[0] == pictures[1]
    numbers = [path.with_suffix(".json") for path in (a, b)]
    if not all(path.is_file() for path in numbers):
        return ("identical", ()) if same_pixels else ("changed", ("pixels, and there are no numbers to judge by",))
    verdict, _ = _judge_numbers(*map(_read_entries, numbers))
    if verdict == "changed":
        return "changed", (f"its numbers in {numbers[0].name}",)
    if same_pixels:
        return "identical", ()
    if verdict == "within tolerance":
        return verdict, ()
    difference = _environment_difference(a.parent, b.parent)
    if difference:
        return "environment", (f"pixels, numbers are equal; {difference}",)
    return "changed", ("pixels, though numbers and environment are equal",)


def _environment_difference(reference, candidate):
    """Say which parts of two folders' recorded environments differ; empty where none does."""
    try:
        a, b = (_read_entries(folder / "environment.json") for folder in (reference, candidate))
    except (OSError, ValueError, RecursionError):
        return "environment.json is missing or unreadable"
    names = _differing_keys(a, b)
    if "libraries" in names and isinstance(a.get("libraries"), dict) and isinstance(b.get("libraries"), dict):
        libraries = ", ".join(_differing_keys(a["libraries"], b["libraries"]))
        names[names.index("libraries")] = f"libraries ({libraries})"
    return f"differing: {', '.join(names)}" if names else ""


def _differing_keys(a, b):
    return sorted(key for key in a.keys() | b.keys() if (key in a, a.get(key)) != (key in b, b.get(key)))
