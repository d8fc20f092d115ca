"""What of a solution slips through to the students: a line of an answer, a stored output, a number of the reference."""

import json
import re

from mnist_lab.grading.release.edition import answer_cells, stub_of

__all__ = ["find_leaks"]

_SHORTEST = 20  # characters of a line that gives something away
_RESULT = re.compile(r"(?<![\w.])\d+\.\d{3,}(?!\w|\.\d)")
_DIGITS = 4  # that say something: fewer are a setting


def find_leaks(solution, edition, results=()):
    """Return one line for each thing in a student's notebook that belongs to the solution.

    Parameters
    ----------
    solution, edition : nbformat.NotebookNode
        The same notebook with answers and without.
    results : iterable of dict
        Entries of the reference, as its JSON files hold them.

    Returns
    -------
    list of str
        Empty where nothing slips through.
    """
    text = "\n".join(part for cell in edition.cells for part in (cell.source, json.dumps(cell.metadata)))
    answered = answer_cells(solution)
    stubs = "\n".join(stub_of(cell) for cell in answered)
    answers = dict.fromkeys(line for cell in answered for line in _lines(cell.source) if line not in stubs)
    leaks = [f"the line {line!r} of an answer" for line in answers if len(line) >= _SHORTEST and line in text]
    outputs = [cell.id for cell in edition.cells if cell.get("outputs") or cell.get("execution_count")]
    leaks += [f"the output of cell {name}" for name in outputs]
    stored = {number for entries in results for number in _numbers(entries)}
    numbers = [
        number for number in dict.fromkeys(_RESULT.findall(text)) if len(number.replace(".", "").strip("0")) >= _DIGITS
    ]
    leaks += [f"the result {number}" for number in numbers if float(number) in stored]
    return leaks


def _lines(source):
    return [line.strip() for line in source.splitlines() if not line.strip().startswith("#")]


def _numbers(entries):
    """Yield the numbers of a file of results, rounded as prose would have them."""
    for number in re.findall(r"-?\d+\.\d+", json.dumps(entries)):
        yield from (round(float(number), digits) for digits in (3, 4))
        yield from (round(100 * float(number), digits) for digits in (3,))
