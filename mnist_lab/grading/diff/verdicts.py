"""THE list of verdicts: tables, summary, report and exit codes read it. ``compare`` gives them to files."""

import enum
from dataclasses import dataclass

from mnist_lab.grading.diff.shown import visible

__all__ = ["FileVerdict", "Verdict"]


class Verdict(enum.StrEnum):
    """What a comparison says of one file, from what needs no look to what needs one first.

    Attributes
    ----------
    symbol : str
        One character that tells the verdict without colour.
    is_change : bool
        Whether a result is not the reference's: the command then ends with exit code 1.

    Examples
    --------
    >>> Verdict("within tolerance").is_change, Verdict.CHANGED.is_change
    (False, True)
    """

    IDENTICAL = "identical", "=", False
    WITHIN_TOLERANCE = "within tolerance", "≈", False
    ENVIRONMENT = "environment", "◇", False
    NEW = "new", "+", True
    MISSING = "missing", "−", True
    UNREADABLE = "unreadable", "?", True
    CHANGED = "changed", "≠", True

    def __new__(cls, name, symbol, is_change):
        """Make a member that is its name as a text."""
        member = str.__new__(cls, name)
        member._value_, member.symbol, member.is_change = name, symbol, is_change
        return member

    @property
    def rank(self):
        """Place in the list, from 0 for what needs no look."""
        return list(Verdict).index(self)


@dataclass(frozen=True)
class FileVerdict:
    """Outcome for one file.

    Attributes
    ----------
    file : str
        Path inside the results folder, with forward slashes. One that ends with a slash is a whole folder.
    verdict : Verdict
    details : tuple of str
        What moved, from what to what, against which tolerance. Someone else's texts are cut and made harmless here.
    drift : tuple of three int, default=(0, 0, 0)
        Numbers with a tolerance, and how many of them are lower and higher than the reference's.

    Raises
    ------
    ValueError
        If there is no such verdict.
    """

    file: str
    verdict: Verdict
    details: tuple = ()
    drift: tuple = (0, 0, 0)

    def __post_init__(self):
        object.__setattr__(self, "details", tuple(map(visible, self.details)))
        object.__setattr__(self, "verdict", Verdict(self.verdict))

    @property
    def is_change(self):
        """Whether a result is not the reference's."""
        return self.verdict.is_change
