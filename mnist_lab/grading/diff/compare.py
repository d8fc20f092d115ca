"""Compare two results folders: one verdict a file, and which number moved.

Numbers are judged by their tolerances, a picture with the numbers stored beside it (``curves.png`` and
``curves.json``): :mod:`mnist_lab.grading.diff.figures` says how.
"""

import functools
from pathlib import Path

from mnist_lab.grading.diff.contradictions import contradictions
from mnist_lab.grading.diff.entries import NumbersVerdict, bare_value, judge_numbers
from mnist_lab.grading.diff.environments import environment_differences, read_environment
from mnist_lab.grading.diff.figures import Figures
from mnist_lab.grading.diff.finding import NO_NOTEBOOKS, is_beside
from mnist_lab.grading.diff.shown import SHOWN, and_more, shortened, visible
from mnist_lab.grading.diff.verdicts import FileVerdict, Verdict
from mnist_lab.grading.reading import content_of, read_bytes, read_json
from mnist_lab.results import ENVIRONMENT

__all__ = ["NOT_READABLE", "compare_folders"]

NOT_READABLE = (OSError, ValueError, RecursionError, ArithmeticError, MemoryError)
_MOST_DIFFERENCES = 30  # of two environments, shown


def compare_folders(reference, candidate):
    """Compare the files of two results folders.

    Not judged are ``times.json``, what systems and editors leave behind, and of a whole ``results/`` what no notebook
    wrote (``measurements/``, ``reference/``). Of values with ``"compare": false`` shape, kind and range are compared.

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
    contents = [content_of(folder) for folder in (reference, candidate)]
    by_folder = [_by_folder(content.files) for content in contents]
    verdicts = []
    for ours, others, verdict, text in (
        (0, 1, Verdict.MISSING, "only in the reference"),
        (1, 0, Verdict.NEW, "not in the reference"),
    ):
        for folder in by_folder[ours].keys() - by_folder[others].keys() - {""}:
            inside = by_folder[ours].pop(folder)
            verdicts.append(FileVerdict(f"{folder}/", verdict, (f"{_count(inside)}, {text}",)))
    files = [set().union(*side.values()) for side in by_folder]
    comparison = _Comparison(reference, candidate, files, contents[0].files)
    verdicts += [comparison.judged(file) for file in files[0] | files[1]]
    for content in contents:
        verdicts += [FileVerdict(f"{name}/", Verdict.UNREADABLE, (why,)) for name, why in content.problems.items()]
    return sorted(verdicts, key=lambda verdict: verdict.file)


def _by_folder(files):
    """Return ``{folder of a notebook: its files}``; files beside the folders are under an empty name."""
    found = {}
    for file in files:
        folder = file.partition("/")[0] if "/" in file else ""
        if (folder or file) not in NO_NOTEBOOKS and not is_beside(file):
            found.setdefault(folder, set()).add(file)
    return found


def _count(files):
    return f"{len(files):,} file{'s' if len(files) != 1 else ''}"


class _Comparison:
    """Two folders under comparison; what several files are judged by is read once.

    Parameters
    ----------
    reference, candidate : pathlib.Path
    files : list of two sets of str
        Those of each side.
    figures : set of str
        All files of the reference, among them the figures that one may be exchanged for.
    """

    def __init__(self, reference, candidate, files, figures):
        self._roots, self._files = (reference, candidate), files
        self._entries = functools.cache(self._read_entries)
        self._environment = functools.cache(lambda side, file: read_environment(*self._at(side, file)))
        self._same_bytes = functools.cache(
            lambda file: read_bytes(*self._at(0, file)) == read_bytes(*self._at(1, file))
        )
        self._judgement = functools.cache(self._judge_numbers)
        self._contradicted = functools.cache(self._contradictions)
        self._figures = Figures(reference, candidate, figures)

    def judged(self, file):
        """Return the verdict on one file."""
        try:
            for side, verdict, text in (
                (1, Verdict.MISSING, "only in the reference"),
                (0, Verdict.NEW, "not in the reference"),
            ):
                if file not in self._files[side]:
                    read_bytes(*self._at(1 - side, file))
                    return FileVerdict(file, verdict, (text,))
            return self._judge(file)
        except NOT_READABLE as error:
            return FileVerdict(file, Verdict.UNREADABLE, (_in_one_line(error),))

    def _at(self, side, file):
        return self._roots[side] / file, self._roots[side]

    def _judge(self, file):
        if file.endswith(f"/{ENVIRONMENT}") or file == ENVIRONMENT:
            return FileVerdict(file, *_judge_environment(*(self._environment(side, file) for side in (0, 1))))
        if file.endswith(".json"):
            found = self._judgement(file)
            return FileVerdict(file, found.verdict, found.details, (found.compared, found.lower, found.higher))
        if file.endswith(".png"):
            return FileVerdict(file, *self._judge_picture(file))
        contents = [read_bytes(*self._at(side, file)) for side in (0, 1)]
        if file.endswith((".csv", ".txt")):
            details = _differing_lines(*contents)
        else:
            details = () if contents[0] == contents[1] else ("bytes",)
        return FileVerdict(file, Verdict.CHANGED if details else Verdict.IDENTICAL, details)

    def _read_entries(self, side, file):
        if side and self._same_bytes(file):
            return self._entries(0, file)
        return read_json(*self._at(side, file))

    def _judge_numbers(self, file):
        found = judge_numbers(self._entries(0, file), self._entries(1, file))
        texts = [] if self._same_bytes(file) else self._contradicted(_folder_of(file)).get(file, [])
        if not texts:
            return found
        moved = found.details if found.verdict is Verdict.CHANGED else ()
        details = (*moved, *texts[:SHOWN], *and_more(texts))
        return NumbersVerdict(Verdict.CHANGED, details, False, found.compared, found.lower, found.higher)

    def _contradictions(self, folder):
        """Return ``{file: [contradiction, ...]}`` of a folder; those of two files stand at the one that differs."""
        files = [f for f in self._files[0] & self._files[1] if _folder_of(f) == folder and _holds_entries(f)]
        values = {}, {}
        for file in files:
            try:
                for side in (0, 1):
                    entries = self._entries(side, file)
                    values[side][file] = {name: bare_value(entry) for name, entry in entries.items()}
            except NOT_READABLE:
                continue
        stems = [{file.rpartition("/")[2][:-5]: entries for file, entries in side.items()} for side in values]
        found = {}
        for names, text in contradictions(*stems):
            for name in dict.fromkeys(names):
                found.setdefault(f"{folder}{name}.json", []).append(text)
        return found

    def _judge_picture(self, file):
        numbers = f"{file[:-4]}.json"
        if not all(numbers in files for files in self._files):
            return self._figures.judge_without_numbers(file, "there are no numbers to judge by")
        try:
            judgement = self._judgement(numbers)
            free = _draws_free_values(self._entries(0, numbers))
        except NOT_READABLE:
            return self._figures.judge_without_numbers(file, "its numbers cannot be read")
        if judgement.verdict is Verdict.CHANGED:
            return Verdict.CHANGED, (f"its numbers in {visible(numbers.rpartition('/')[2])}",)
        try:
            records = [self._environment(side, f"{_folder_of(file)}{ENVIRONMENT}") for side in (0, 1)]
        except NOT_READABLE:
            records = None
        return self._figures.judge(file, equal=judgement.equal, free=free, environments=records)


def _folder_of(file):
    """Return the folder of a file with a slash at its end; empty for none."""
    return file[: file.rfind("/") + 1]


def _holds_entries(file):
    return file.endswith(".json") and file.rpartition("/")[2] != ENVIRONMENT


def _draws_free_values(entries):
    """Whether a picture shows what no tolerance fits, such as the thousand points of a map."""
    free = [entry for entry in entries.values() if isinstance(entry, dict) and entry.get("compare") is False]
    return any(isinstance(entry.get("value"), list) and len(entry["value"]) >= 100 for entry in free)


def _in_one_line(error):
    if isinstance(error, OSError) and error.strerror:
        return f"{Path(error.filename or '').name}: {error.strerror}"
    if isinstance(error, RecursionError):
        return "nested too deep (maximum recursion depth)"
    return " ".join(str(error).split()) or type(error).__name__


def _differing_lines(a, b):
    """Say which lines of two texts differ, whatever ends their lines."""
    texts = [content.decode("utf-8-sig", "replace").rstrip().splitlines() for content in (a, b)]
    if len(texts[0]) != len(texts[1]):
        return (f"{len(texts[0])} lines -> {len(texts[1])} lines",)
    lines = [(number, *pair) for number, pair in enumerate(zip(*texts, strict=True), start=1) if pair[0] != pair[1]]
    shown = [f"line {number}: {shortened(x)} -> {shortened(y)}" for number, x, y in lines[:SHOWN]]
    return (*shown, *and_more(lines))


def _judge_environment(a, b):
    details = environment_differences(a, b)
    if len(details) > _MOST_DIFFERENCES:
        details = (*details[:_MOST_DIFFERENCES], f"and {len(details) - _MOST_DIFFERENCES:,} more")
    seeds = [record.get("seed") for record in (a, b)]
    if type(seeds[0]) is not type(seeds[1]) or seeds[0] != seeds[1]:  # chosen, not met with
        return Verdict.CHANGED, (f"seed {shortened(seeds[0])} -> {shortened(seeds[1])}", *details)
    return (Verdict.ENVIRONMENT if details else Verdict.IDENTICAL), details
