"""Verdicts as plain text: tables that look the same on a terminal, in a pipe and in a log."""

from collections import Counter

from mnist_lab.grading.diff.verdicts import Verdict
from mnist_lab.grading.text import text_table
from mnist_lab.results import ENVIRONMENT

__all__ = ["environment_table", "is_environment", "meaning", "print_verdicts", "summary", "verdict_table"]


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
    rows = []
    for verdict in sorted(verdicts, key=lambda verdict: (verdict.verdict.rank, verdict.file)):
        first, *others = ("",) if is_environment(verdict) else verdict.details or ("",)
        rows += [(verdict.file, verdict.verdict, first), *(("", "", other) for other in others)]
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
    pictures = sum(verdict.verdict is Verdict.ENVIRONMENT and verdict.file.endswith(".png") for verdict in verdicts)
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
        text += f" {pixels} equal numbers and other pixels: look at them with --html."
    return text


def print_verdicts(verdicts):
    """Print the table of verdicts, what differs in the environment, and what it means."""
    print(verdict_table(verdicts))
    if differences := environment_table(verdicts):
        print(f"\n{differences}")
    print(f"\n{summary(verdicts)}\n{meaning(verdicts)}", flush=True)
