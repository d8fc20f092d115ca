"""Compare two results folders: one verdict a file, and which number moved.

A picture follows the numbers stored beside it (``curves.png`` and ``curves.json``): pixels change with a
font or a library, a result does not. Where numbers and recorded environments (``environment.json``) are both
equal, nothing explains other pixels: the figure is drawn differently, which is a change.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from mnist_lab.grading.diff.entries import SHOWN, and_more, as_text, judge_numbers, read_entries, shortened
from mnist_lab.grading.diff.environments import environment_differences, explains_pixels, read_environment
from mnist_lab.grading.diff.pictures import clearly_differing_pixels, differing_pixels, read_picture
from mnist_lab.grading.diff.verdicts import FileVerdict, Verdict
from mnist_lab.results import ENVIRONMENT, TIMES

__all__ = ["NO_NOTEBOOKS", "compare_folders"]

_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
# Another matplotlib and FreeType move at most 8 % of the pixels of a stored picture (benchmarks.upkeep.stable_pictures
# and the runs of all notebooks); what exchanges a quarter of them is no font.
_MOST_EXPLAINED = 0.25
# beside the notebooks' folders in results/, and what systems leave behind
_NOT_JUDGED = {TIMES, "README.md", "Thumbs.db", "desktop.ini"}
NO_NOTEBOOKS = {"measurements", "reference"}


def compare_folders(reference, candidate):
    """Compare the files of two results folders.

    Not judged are ``times.json``, hidden files, and of a whole ``results/`` what no notebook wrote (``measurements/``,
    ``reference/``). Values with ``"compare": false`` are never a change.

    Parameters
    ----------
    reference, candidate : path-like
        Folders laid out like ``results/``, or the folder of one notebook each. One that does not exist
        counts as empty.

    Returns
    -------
    list of FileVerdict
        One a file, sorted by path; one for all files of a folder that only one side has. An unreadable file
        gets its verdict and the comparison goes on.

    Examples
    --------
    >>> compare_folders("results/reference", "runs/2026-01-31_120000/results")  # doctest: +SKIP
    """
    reference, candidate = Path(reference), Path(candidate)
    files = [_judged(reference), _judged(candidate)]
    folders = [{file.partition("/")[0] for file in names if "/" in file} for names in files]
    verdicts = []
    for ours, others, verdict, text in (
        (0, 1, Verdict.MISSING, "only in the reference"),
        (1, 0, Verdict.NEW, "not in the reference"),
    ):
        for folder in folders[ours] - folders[others]:
            inside = {file for file in files[ours] if file.startswith(f"{folder}/")}
            files[ours] -= inside
            verdicts.append(FileVerdict(f"{folder}/", verdict, (f"{_count(inside)}, {text}",)))
    verdicts += [_judge(file, reference, candidate) for file in files[0] | files[1]]
    return sorted(verdicts, key=lambda verdict: verdict.file)


def _count(files):
    return f"{len(files)} file{'s' if len(files) != 1 else ''}"


def _judged(folder):
    """Return the files of a folder, and the links in it, wherever they lead."""
    names = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() or path.is_symlink()}
    hidden = {name for name in names if any(part.startswith((".", "__MACOSX")) for part in name.parts)}
    others = {name for name in names if name.parts[0] in NO_NOTEBOOKS or name.name in _NOT_JUDGED}
    return {name.as_posix() for name in names - hidden - others}


def _judge(file, reference, candidate):
    a, b = reference / file, candidate / file
    try:
        for path, folder in ((a, reference), (b, candidate)):
            _check_inside(path, folder)
        for path, verdict, text in (
            (b, Verdict.MISSING, "only in the reference"),
            (a, Verdict.NEW, "not in the reference"),
        ):
            if not (path.is_file() or path.is_symlink()):
                return FileVerdict(file, verdict, (text,))
        return FileVerdict(file, *_judge_content(a, b))
    except (OSError, ValueError, RecursionError, ArithmeticError, MemoryError) as error:
        return FileVerdict(file, Verdict.UNREADABLE, (_in_one_line(error),))


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
        return judge_numbers(read_entries(a), read_entries(b))
    if a.suffix == ".png":
        return _judge_picture(a, b)
    if a.suffix in (".csv", ".txt"):
        details = _differing_lines(a, b)
        return (Verdict.CHANGED if details else Verdict.IDENTICAL), details
    return (Verdict.IDENTICAL, ()) if a.read_bytes() == b.read_bytes() else (Verdict.CHANGED, ("bytes",))


def _differing_lines(a, b):
    """Say which lines of two texts differ, whatever ends their lines."""
    texts = [path.read_text(encoding="utf-8-sig", errors="replace").rstrip().splitlines() for path in (a, b)]
    if len(texts[0]) != len(texts[1]):
        return (f"{len(texts[0])} lines -> {len(texts[1])} lines",)
    lines = [(number, *pair) for number, pair in enumerate(zip(*texts, strict=True), start=1) if pair[0] != pair[1]]
    shown = [f"line {number}: {shortened(x)} -> {shortened(y)}" for number, x, y in lines[:SHOWN]]
    return (*shown, *and_more(lines))


def _judge_environment(a, b):
    a, b = read_environment(a), read_environment(b)
    details = environment_differences(a, b)
    if as_text(a.get("seed")) != as_text(b.get("seed")):  # chosen, not met with
        return Verdict.CHANGED, (f"seed {a.get('seed')} -> {b.get('seed')}", *details)
    return (Verdict.ENVIRONMENT if details else Verdict.IDENTICAL), details


def _judge_picture(a, b):
    difference = _difference(a, b)
    numbers = [path.with_suffix(".json") for path in (a, b)]
    if not all(path.is_file() for path in numbers):
        text = f"{difference.text}, and there are no numbers to judge by" if difference else ""
        return (Verdict.CHANGED, (text,)) if difference else (Verdict.IDENTICAL, ())
    try:
        verdict, _ = judge_numbers(*map(read_entries, numbers))
    except (OSError, ValueError, RecursionError, ArithmeticError):
        return (
            (Verdict.CHANGED, (f"{difference.text}, and its numbers cannot be read",))
            if difference
            else (Verdict.IDENTICAL, ())
        )
    if verdict is Verdict.CHANGED:
        return Verdict.CHANGED, (f"its numbers in {numbers[0].name}",)
    if not difference:
        return Verdict.IDENTICAL, ()
    if difference.clear_share is None:
        return Verdict.CHANGED, (difference.text,)
    if verdict is Verdict.WITHIN_TOLERANCE:
        return verdict, (f"{difference.text}, as its numbers",)
    return _judge_drawing(a.with_name(ENVIRONMENT), b.with_name(ENVIRONMENT), difference)


def _judge_drawing(a, b, difference):
    """Judge a picture with other pixels and equal numbers."""
    if difference.clear_share > _MOST_EXPLAINED:
        return Verdict.CHANGED, (f"{difference.text}: more than another environment explains",)
    try:
        explained = explains_pixels(read_environment(a), read_environment(b))
    except (OSError, ValueError, RecursionError):
        return Verdict.ENVIRONMENT, (f"{difference.text}; numbers are equal, the environment is not known",)
    if explained:
        return Verdict.ENVIRONMENT, (f"{difference.text}; numbers are equal, the environment differs",)
    return Verdict.CHANGED, (f"{difference.text}, though numbers and environment are equal: drawn differently",)


@dataclass(frozen=True)
class _Difference:
    text: str
    clear_share: float | None  # of the pixels, those that everybody sees differ; None for another size


def _difference(a, b):
    """Return how two pictures differ; None where they have the same pixels."""
    content = a.read_bytes()
    if content == b.read_bytes() and content.startswith(_PNG_START) and content.endswith(_PNG_END):
        return None
    pictures = [read_picture(path) for path in (a, b)]
    if pictures[0].size != pictures[1].size:
        sizes = [" x ".join(map(str, picture.size)) for picture in pictures]
        return _Difference(f"size {sizes[0]} -> {sizes[1]} pixels", None)
    count, size = differing_pixels(*pictures), math.prod(pictures[0].size)
    text = f"{count:,} of {size:,} pixels differ"
    return _Difference(text, clearly_differing_pixels(*pictures) / size) if count else None
