"""Compare two results folders: one verdict a file, and which number moved.

A picture follows the numbers stored beside it (``curves.png`` and ``curves.json``): pixels change with a
font or a library, a result does not. Where numbers and recorded environments (``environment.json``) are both
equal, nothing explains other pixels: the figure is drawn differently, which is a change.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from mnist_lab.grading.environments import environment_differences, read_environment
from mnist_lab.grading.pictures import differing_pixels, read_picture

__all__ = ["CHANGES", "Verdict", "compare_folders", "is_change"]

ENVIRONMENT = "environment.json"
CHANGES = ("changed", "missing", "new", "unreadable")
_NOT_JUDGED = {"times.json"}  # how long it took
_MEASUREMENTS = "measurements"
_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_SHOWN = 5  # moved numbers listed for one file


@dataclass(frozen=True)
class Verdict:
    """Outcome for one file.

    Attributes
    ----------
    file : str
        Path inside the results folder, with forward slashes. One that ends with a slash is a whole folder.
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
    return verdict.verdict in CHANGES


def compare_folders(reference, candidate):
    """Compare the files of two results folders.

    ``times.json`` and hidden files are not judged, and values with ``"compare": false`` are never a change. The
    stored measurements (``measurements/``), which no notebook writes, are compared only where both folders
    have them.

    Parameters
    ----------
    reference, candidate : path-like
        Folders laid out like ``results/``, or the folder of one notebook each. One that does not exist
        counts as empty.

    Returns
    -------
    list of Verdict
        One a file, sorted by path; one for all files of a folder that only one side has. An unreadable file
        gets its verdict and the comparison goes on.

    Examples
    --------
    >>> compare_folders("results", "runs/2026-01-31_120000/results")  # doctest: +SKIP
    """
    reference, candidate = Path(reference), Path(candidate)
    files = [_judged(reference), _judged(candidate)]
    folders = [{file.partition("/")[0] for file in names if "/" in file} for names in files]
    if _MEASUREMENTS in folders[0] ^ folders[1]:
        files = [{file for file in names if not file.startswith(f"{_MEASUREMENTS}/")} for names in files]
    verdicts = []
    for ours, others, verdict, text in (
        (0, 1, "missing", "only in the reference"),
        (1, 0, "new", "not in the reference"),
    ):
        for folder in folders[ours] - folders[others] - {_MEASUREMENTS}:
            inside = {file for file in files[ours] if file.startswith(f"{folder}/")}
            files[ours] -= inside
            verdicts.append(Verdict(f"{folder}/", verdict, (f"{_count(inside)}, {text}",)))
    verdicts += [_judge(file, reference, candidate) for file in files[0] | files[1]]
    return sorted(verdicts, key=lambda verdict: verdict.file)


def _count(files):
    return f"{len(files)} file{'s' if len(files) != 1 else ''}"


def _judged(folder):
    """Return the files of a folder, and the links in it, wherever they lead."""
    names = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() or path.is_symlink()}
    hidden = {name for name in names if any(part.startswith((".", "__MACOSX")) for part in name.parts)}
    return {name.as_posix() for name in names - hidden if name.name not in _NOT_JUDGED}


def _judge(file, reference, candidate):
    a, b = reference / file, candidate / file
    try:
        for path, folder in ((a, reference), (b, candidate)):
            _check_inside(path, folder)
        for path, verdict, text in ((b, "missing", "only in the reference"), (a, "new", "not in the reference")):
            if not (path.is_file() or path.is_symlink()):
                return Verdict(file, verdict, (text,))
        return Verdict(file, *_judge_content(a, b))
    except (OSError, ValueError, RecursionError, ArithmeticError, MemoryError) as error:
        return Verdict(file, "unreadable", (_in_one_line(error),))


def _check_inside(path, folder):
    """Refuse a link that leads elsewhere: what it shows is not part of the results, and is not the same elsewhere."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{path.name} is a link that leads outside the folder: put the file itself there")


def _in_one_line(error):
    if isinstance(error, OSError) and error.strerror:
        return f"{Path(error.filename or '').name}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def _judge_content(a, b):
    if a.name == ENVIRONMENT:
        return _judge_environment(a, b)
    if a.suffix == ".json":
        return _judge_numbers(_read_entries(a), _read_entries(b))
    if a.suffix == ".png":
        return _judge_picture(a, b)
    if a.read_bytes() == b.read_bytes():
        return "identical", ()
    return "changed", _differing_lines(a, b) if a.suffix in (".csv", ".txt") else ("bytes",)


def _differing_lines(a, b):
    texts = [path.read_text(encoding="utf-8", errors="replace").splitlines() for path in (a, b)]
    if len(texts[0]) != len(texts[1]):
        return (f"{len(texts[0])} lines -> {len(texts[1])} lines",)
    lines = [(number, *pair) for number, pair in enumerate(zip(*texts, strict=True), start=1) if pair[0] != pair[1]]
    shown = [f"line {number}: {_short(x)} -> {_short(y)}" for number, x, y in lines[:_SHOWN]]
    return (*shown, *_more(lines)) or ("ends of lines",)


def _more(moved):
    return [f"and {len(moved) - _SHOWN} more"] if len(moved) > _SHOWN else []


def _judge_environment(a, b):
    a, b = read_environment(a), read_environment(b)
    details = environment_differences(a, b)
    if a.get("seed") != b.get("seed"):  # chosen, not met with
        return "changed", (f"seed {a.get('seed')} -> {b.get('seed')}", *details)
    return ("environment" if details else "identical"), details


def _read_entries(path):
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is no JSON: {error}") from None
    if not isinstance(entries, dict):
        raise ValueError(f"{path.name} holds no named values")
    return entries


def _judge_numbers(reference, candidate):
    """Return the verdict on two dicts of entries, and what moved."""
    moved, most_used, exactly_equal = [], (0, ""), True
    for name in sorted(reference.keys() | candidate.keys()):
        if name not in candidate:
            moved.append(f"{name}: missing")
        elif name not in reference:
            moved.append(f"{name}: not in the reference")
        else:
            entry, b = _entry(name, reference[name]), _value(candidate[name])
            exactly_equal &= _text(entry["value"]) == _text(b)
            for used, text in _compared(name, entry, b):
                if used > 1:
                    moved.append(text)
                most_used = max(most_used, (used, text))
    if moved:
        return "changed", (*moved[:_SHOWN], *_more(moved))
    if exactly_equal:
        return "identical", ()
    used, text = most_used
    return "within tolerance", (f"{100 * used:.0f} % of a tolerance used: {text}",) if used else ()


def _value(entry):
    return entry["value"] if isinstance(entry, dict) and "value" in entry else entry


def _text(value):
    return json.dumps(value)  # unlike ==, NaN equals NaN and True is not 1


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
        return
    if "overlap" in entry and isinstance(a, list) and isinstance(b, list):
        yield _overlapping(name, a, b, entry["overlap"])
    else:
        yield from _moved(name, a, b, entry.get("atol", 0))


def _overlapping(name, a, b, least):
    """Compare two lists as sets, by the size of their intersection over that of their union (Jaccard index)."""
    a, b = set(map(_text, a)), set(map(_text, b))
    overlap = len(a & b) / len(a | b) if a | b else 1.0
    used = (1 - overlap) / (1 - least) if least < 1 else (0 if overlap == 1 else math.inf)
    common = f"{len(a & b)} of {len(a | b)} elements in common"
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
    elif _text(a) != _text(b):
        used = math.inf
        if _is_number(a) and _is_number(b):
            used = _share(abs(a - b), atol, a)
        if used:
            yield used, f"{name}: {_short(a)} -> {_short(b)} ({f'tolerance {atol}' if atol else 'exact'})"


def _share(difference, atol, value):
    """Return the difference as a share of the tolerance."""
    if difference == 0:  # 1 and 1.0
        return 0
    if not atol or not math.isfinite(difference):
        return math.inf
    # 0.1 + 0.2 is within 0.1 of 0.2, although floating point misses the edge by a hair.
    return difference / (atol + 1e-12 * max(atol, abs(value)))


def _short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _judge_picture(a, b):
    pixels = _differing_pixels(a, b)
    numbers = [path.with_suffix(".json") for path in (a, b)]
    if not all(path.is_file() for path in numbers):
        return ("changed", (f"{pixels}, and there are no numbers to judge by",)) if pixels else ("identical", ())
    try:
        verdict, _ = _judge_numbers(*map(_read_entries, numbers))
    except (OSError, ValueError, RecursionError, ArithmeticError):
        return ("changed", (f"{pixels}, and its numbers cannot be read",)) if pixels else ("identical", ())
    if verdict == "changed":
        return "changed", (f"its numbers in {numbers[0].name}",)
    if not pixels:
        return "identical", ()
    if verdict == "within tolerance":
        return verdict, (f"{pixels}, as its numbers",)
    return _judge_drawing(a.with_name(ENVIRONMENT), b.with_name(ENVIRONMENT), pixels)


def _judge_drawing(a, b, pixels):
    """Judge a picture with other pixels and equal numbers."""
    try:
        differences = environment_differences(read_environment(a), read_environment(b))
    except (OSError, ValueError, RecursionError):
        return "environment", (f"{pixels}; numbers are equal, the environment is not known",)
    if differences:
        return "environment", (f"{pixels}; numbers are equal, the environment differs",)
    return "changed", (f"{pixels}, though numbers and environment are equal: drawn differently",)


def _differing_pixels(a, b):
    """Say in words how many pixels differ; empty where none does."""
    content = a.read_bytes()
    if content == b.read_bytes() and content.startswith(_PNG_START) and content.endswith(_PNG_END):
        return ""
    pictures = [read_picture(path) for path in (a, b)]
    if pictures[0].size != pictures[1].size:
        sizes = [" x ".join(map(str, picture.size)) for picture in pictures]
        return f"size {sizes[0]} -> {sizes[1]} pixels"
    count = differing_pixels(*pictures)
    return f"{count:,} of {math.prod(pictures[0].size):,} pixels differ" if count else ""
