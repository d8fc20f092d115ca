"""What a check says: points, and a hint for each thing that is missing."""

import functools

from mnist_lab.checks.handing_in import handed_in

__all__ = ["MissingError", "Outcome", "check", "need"]


class MissingError(Exception):
    """Something is missing for the points; the text is the hint."""


def need(met, hint):
    """Raise `MissingError` with a hint unless something is met."""
    if not met:
        raise MissingError(hint)


class Outcome(str):
    """The text of a check, with its points.

    Attributes
    ----------
    task : int
    points, total : int
        Points earned, and how many the task has.
    hints : tuple of str
        One for each thing that is missing.

    Examples
    --------
    >>> outcome = Outcome.of(2, [(1, ""), (1, "save the model")])
    >>> print(outcome)
    Task 2 not yet met: 1 of 2 points
    - Hint: save the model.
    >>> outcome.points
    1
    """

    @classmethod
    def of(cls, task, parts):
        """Make the outcome of a task from its parts: the points of each, and its hint or an empty text."""
        total = sum(points for points, _ in parts)
        points = sum(points for points, hint in parts if not hint)
        hints = tuple(hint for _, hint in parts if hint)
        unit = "point" if total == 1 else "points"
        first = f"Task {task} {'not yet met' if hints else 'met'}: {points} of {total} {unit}"
        outcome = cls("\n".join([first, *(f"- Hint: {hint}." for hint in hints)]))
        outcome.task, outcome.points, outcome.total, outcome.hints = task, points, total, hints
        return outcome


def check(task):
    """Make a check of a function that returns the parts of a task: points, and a function without arguments.

    A part is met unless its function raises. What a check is given is handed in first, where a grader asks for it.
    """

    def make(parts_of):
        @handed_in
        @functools.wraps(parts_of)
        def checked(*args, **kwargs):
            return Outcome.of(task, [(points, _hint(part)) for points, part in parts_of(*args, **kwargs)])

        return checked

    return make


def _hint(part):
    """Return what is missing in a part of a task, or an empty text."""
    try:
        part()
    except MissingError as missing:
        return str(missing)
    except Exception as error:  # a check never raises, whatever it is given
        return f"what you passed can't be used ({type(error).__name__}: {error})".rstrip(".")
    return ""
