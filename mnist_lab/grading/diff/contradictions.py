"""A candidate checked against itself: what its files say of each other must agree, as it does in the reference.

Tolerances judge each number alone, so that an accuracy of 0.9979 would pass beside 50 errors. The rules read the
names that the notebooks give their entries, and each holds only where the reference obeys it:

- accuracies, probabilities and shares lie in 0 to 1; losses, counts and errors are not negative;
- rows of shares add up to 1, rows of a confusion matrix to the ``images`` of each class;
- all that a folder says of the number of errors of one model agrees: an accuracy, a count, a list of images, the
  cells beside the diagonal of a confusion matrix;
- the ``errors`` of a list of labels are where ``predicted`` is not ``true``.
"""

import itertools
import re

from mnist_lab.grading.diff.shown import shortened, visible

__all__ = ["contradictions"]

_SHARES = re.compile(
    r"accuracy|precision|recall|probabilit|share|fraction|zero_weights|normalised|softmax|\.(right|active|own|others|p|p_holm)$"
)
_COUNTS = re.compile(r"loss|error|matrix|epoch|count|wrong|penalt|images|parameters")
# the words that say what is counted; what is left of a name says of which model
_COUNTING = {
    *("metrics", "test", "validation", "accuracy", "errors", "error", "confusion", "matrix", "worst", "nine", "six"),
    *("per", "class", "predictions", "predicted", "against", "true", "wrong", "indices", "images"),
}
_TOTALS = {"test": 10_000, "validation": 6_000}
_ROUNDING = 0.5  # of a count


def contradictions(reference, candidate):
    """Find what the files of one notebook's folder say against each other.

    Parameters
    ----------
    reference, candidate : dict of str to dict
        The values of each file: ``{"metrics": {"test_errors": 35}}``, file names without ending.

    Returns
    -------
    list of (tuple of str, str)
        The files concerned, and what contradicts what.

    Examples
    --------
    >>> reference = {"metrics": {"test_accuracy": 0.9965, "test_errors": 35}}
    >>> contradictions(reference, {"metrics": {"test_accuracy": 0.9979, "test_errors": 50}})
    [(('metrics', 'metrics'), 'contradicts itself: test_accuracy means 21 errors, test_errors means 50 errors')]
    """
    found = []
    for file in reference.keys() & candidate.keys():
        ours, theirs = reference[file], candidate[file]
        texts = [*_outside(file, ours, theirs), *_sums(file, ours, theirs), *_rows(ours, theirs), *_wrong(ours, theirs)]
        found += [((file,), f"contradicts itself: {text}") for text in texts]
    return found + list(_errors(reference, candidate))


def _outside(file, ours, theirs):
    for name in ours.keys() & theirs.keys():
        pattern = f"{file}.{name}"
        high = 1 if _SHARES.search(pattern) else float("inf") if _COUNTS.search(pattern) else None
        if high is not None and not _beyond(ours[name], high):
            for odd in _beyond(theirs[name], high + 1e-6)[:1]:
                yield f"{visible(name, 60)} has {shortened(odd)}, " + ("outside 0 to 1" if high == 1 else "below 0")


def _beyond(value, high):
    return [number for row in _lists(value) for number in row if not 0 <= number <= high]


def _sums(file, ours, theirs):
    for name in ours.keys() & theirs.keys():
        rows = list(_lists(ours[name])) if _SHARES.search(f"{file}.{name}") else []
        if rows and all(len(row) > 1 and abs(sum(row) - 1) < 1e-3 and min(row) >= 0 for row in rows):
            odd = [sum(row) for row in _lists(theirs[name]) if not abs(sum(row) - 1) < 1e-3]
            if odd:
                yield f"the shares of {visible(name, 60)} add up to {odd[0]:.4g}"


def _rows(ours, theirs):
    if all({"matrix", "images"} <= side.keys() for side in (ours, theirs)) and _row_sums(ours) == ours["images"]:
        sums, images = _row_sums(theirs), theirs["images"]
        if sums != images:
            pairs = enumerate(zip(sums, images, strict=False)) if isinstance(images, list) else ()
            row, (total, count) = next((pair for pair in pairs if pair[1][0] != pair[1][1]), (0, (sums, images)))
            yield f"row {row} of matrix adds up to {shortened(total)}, images says {shortened(count)}"


def _row_sums(entries):
    return [sum(row) for row in _lists(entries["matrix"])]


def _wrong(ours, theirs):
    if all({"true", "predicted", "errors"} <= side.keys() for side in (ours, theirs)):
        (right, said), (wrong, listed) = (
            (_differing(side["true"], side["predicted"]), _sorted(side["errors"])) for side in (ours, theirs)
        )
        if right == said and wrong != listed:
            others = " others" if len(wrong) == len(listed) else ""
            yield f"predicted differs from true at {len(wrong)} images, errors lists {len(listed)}{others}"


def _differing(a, b):
    if isinstance(a, list) and isinstance(b, list):
        return [index for index, (x, y) in enumerate(zip(a, b, strict=False)) if x != y]
    return []


def _sorted(values):
    return sorted(value for value in values if _is_number(value)) if isinstance(values, list) else []


def _errors(reference, candidate):
    """Compare what is said of the number of errors of one model, where the reference says the same twice."""
    ours, theirs = ({key: value for key, value in _statements(side)} for side in (reference, candidate))
    for a, b in itertools.combinations(sorted(ours.keys() & theirs.keys()), 2):
        agree = a[0] == b[0] and abs(ours[a] - ours[b]) < _ROUNDING and ours[a] >= 1
        if agree and not abs(theirs[a] - theirs[b]) < _ROUNDING:
            said = [f"{name} means {theirs[key]:.10g} errors" for key, name in zip((a, b), _names(a, b), strict=True)]
            yield (a[1], b[1]), f"contradicts itself: {said[0]}, {said[1]}"


def _names(a, b):
    return [visible(key[2] if a[1] == b[1] else f"{key[1]}.{key[2]}", 60) for key in (a, b)]


def _statements(files):
    """Yield (model, file, name) and a number of errors, for all that says one."""
    for file, entries in files.items():
        for name, value in entries.items():
            words = re.split(r"[_. ]+", f"{file}_{name}")
            errors = _number_of_errors(name, words, value)
            if errors is not None:
                yield (" ".join(sorted(set(words) - _COUNTING)), file, name), errors


def _number_of_errors(name, words, value):
    rows = list(_lists(value))
    if name == "matrix" and rows and all(len(row) == len(rows) for row in rows):
        whole = all(isinstance(number, int) for row in rows for number in row)
        return sum(map(sum, rows)) - sum(row[i] for i, row in enumerate(rows)) if whole else None
    if "accuracy" in words and _is_number(value):
        return next((round((1 - value) * total, 6) for word, total in _TOTALS.items() if word in words), None)
    if "errors" not in name.split("_"):
        return None
    if _is_number(value):
        return value
    if "class" in words:
        return sum(map(sum, rows))
    return len(value) if isinstance(value, list) else None


def _lists(value):
    """Yield the innermost lists of numbers of a value; a number is a list of one."""
    if _is_number(value):
        yield [value]
    elif isinstance(value, list):
        if all(map(_is_number, value)):
            yield value
        else:
            for one in value:
                yield from _lists(one)


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)
