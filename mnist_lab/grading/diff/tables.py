"""Verdicts as plain text: tables that look the same on a terminal, in a pipe and in a log."""

from collections import Counter

from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.diff.verdicts import Verdict
from mnist_lab.grading.text import text_table
from mnist_lab.results import ENVIRONMENT

__all__ = ["drift", "environment_table", "is_environment", "meaning", "print_verdicts", "summary", "verdict_table"]


_MOST_ROWS = 300  # of one verdict
_DRIFTING = 20, 0.8  # numbers that moved, and the share of them that moved one way


def verdict_table(verdicts):
    """Return verdicts as a table: file, verdict, what moved; at its end, where a terminal stands, what needs a look.

    What differs between environments is left to :func:`environment_table`.

    Examples
    --------
    >>> print(verdict_table([FileVerdict("curves.png", Verdict.IDENTICAL)]))  # doctest: +SKIP
    file        verdict    what moved
    ----------  ---------  ----------
    curves.png  identical
    """
    rows, counts = [], Counter()
    for verdict in sorted(verdicts, key=lambda verdict: (verdict.verdict.rank, verdict.file)):
        counts[verdict.verdict] += 1
        if counts[verdict.verdict] > _MOST_ROWS:
            continue
        first, *others = ("",) if is_environment(verdict) else verdict.details or ("",)
        rows += [(visible(verdict.file, 200), verdict.verdict, first), *(("", "", other) for other in others)]
    rows += [(f"and {n - _MOST_ROWS:,} more", name, "") for name, n in counts.items() if n > _MOST_ROWS]
    return text_table(("file", "verdict", "what moved"), rows)


def environment_table(verdicts):
    """Return what differs between the recorded environments, each difference once; empty where nothing does."""
    counts = Counter(detail for verdict in filter(is_environment, verdicts) for detail in verdict.details)
    if not counts:
        return ""
    files = sum(verdict.file.rpartition("/")[2] == ENVIRONMENT for verdict in verdicts)
    rows = [(text, f"{count} of {files}") for text, count in counts.items()]
    return text_table(("environment", "environment files"), rows)


def is_environment(verdict):
    """Return True for an ``environment.json`` whose differences :func:`environment_table` lists."""
    return verdict.file.rpartition("/")[2] == ENVIRONMENT and verdict.verdict is Verdict.ENVIRONMENT


def summary(verdicts):
    """Return how many files have which verdict, what matters first.

    Examples
    --------
    >>> summary([FileVerdict("a.png", "identical"), FileVerdict("b.png", "changed")])  # doctest: +SKIP
    '1 changed, 1 identical'
    """
    counts = Counter(verdict.verdict for verdict in verdicts)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in reversed(Verdict) if counts[verdict])


def meaning(verdicts):
    """Return in a sentence or two what a comparison says."""
    found = {verdict.verdict for verdict in verdicts}
    judged = Verdict.ENVIRONMENT, Verdict.WITHIN_TOLERANCE
    pictures = sum(verdict.verdict in judged and verdict.file.endswith(".png") for verdict in verdicts)
    *changes, last = [verdict for verdict in reversed(Verdict) if verdict.is_change]
    if any(verdict.is_change for verdict in found - {Verdict.MISSING, Verdict.NEW}):
        text = f"A result changed: look at the files that are {', '.join(changes)} or {last}."
    elif found & {Verdict.MISSING, Verdict.NEW}:
        text = "Files are missing or new. No result changed in what both sides have."
    elif Verdict.ENVIRONMENT in found:
        text = "No result changed. The environment differs, and with it what it can explain."
    else:
        text = "No result changed."
    if pictures:
        pixels = "1 picture has" if pictures == 1 else f"{pictures} pictures have"
        text += f" {pixels} other pixels and can be the same figure: look with --html."
    return text


def drift(verdicts):
    """Say so where nearly all numbers that moved did so in one direction; empty where they did not.

    Examples
    --------
    >>> drift([FileVerdict("a.json", "within tolerance", (), (70, 62, 3))])  # doctest: +SKIP
    '62 of 70 numbers with a tolerance are lower than the reference, 3 higher.'
    """
    compared, lower, higher = (sum(verdict.drift[part] for verdict in verdicts) for part in range(3))
    least, share = _DRIFTING
    if lower + higher < least or max(lower, higher) < share * (lower + higher):
        return ""
    first, second = ((lower, "lower"), (higher, "higher"))[:: 1 if lower > higher else -1]
    return (
        f"{first[0]} of {compared} numbers with a tolerance are {first[1]} than the reference, {second[0]} {second[1]}."
    )


def print_verdicts(verdicts):
    """Print the table of verdicts, what differs in the environment, and what it means."""
    print(verdict_table(verdicts))
    if differences := environment_table(verdicts):
        print(f"\n{differences}")
    print(f"\n{summary(verdicts)}")
    if text := drift(verdicts):
        print(text)
    print(meaning(verdicts), flush=True)
