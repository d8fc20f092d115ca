"""Values that no tolerance fits (``"compare": false``): their shape, kind and range are compared all the same."""

from mnist_lab.grading.diff.shown import shortened

__all__ = ["free_value_problem"]

_MANY = 100  # numbers, from which on a range means something
_WIDER = 10  # a few numbers, such as the indices of six images, may be this many times the largest


def free_value_problem(reference, value, length=None):
    """Say what is wrong with the shape, the kind or the range of a value; empty where nothing is.

    Lists have the same lengths and elements of one kind. Few numbers are between 0 (or minus ten times the largest,
    where the reference has negative ones) and ten times the largest. Of 100 and more, the span is between half and
    double that of the reference; where they are few different whole numbers, such as labels, no other one occurs, and
    at least half of them do.

    Parameters
    ----------
    reference, value : number, text, list or dict
    length : int, optional
        How long the outer list may be instead, where another entry counts it.

    Examples
    --------
    >>> free_value_problem([8, 247], [3, 301]), free_value_problem([8, 247], [])
    ('', '2 values -> 0 values (not compared, but of one shape)')
    >>> free_value_problem([7, 2, 1, 0] * 50, [7] * 200)
    '4 different values -> 1 (not compared, but of one range)'
    """
    shape = _shape_problem(reference, value, length)
    if shape:
        return f"{shape} (not compared, but of one {'shape' if 'values' in shape else 'kind'})"
    problem = _range_problem(list(_numbers(reference)), list(_numbers(value)))
    return f"{problem} (not compared, but of one range)" if problem else ""


def _kind(value):
    """Return what a value is; a whole number may stand for a fractional one, not the other way."""
    return "number" if isinstance(value, float) else type(value).__name__


def _shape_problem(a, b, length=None):
    if isinstance(a, list) and isinstance(b, list):
        if len(b) != (len(a) if length is None else length):
            return f"{len(a):,} values -> {len(b):,} values"
        if a and len(b) > len(a):  # a list that another entry counts
            a = [*a, *([a[0]] * (len(b) - len(a)))]
        return next((problem for x, y in zip(a, b, strict=False) if (problem := _shape_problem(x, y))), "")
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return next((problem for key in a if (problem := _shape_problem(a[key], b[key]))), "")
    if _kind(a) == _kind(b) or (_kind(a), _kind(b)) == ("number", "int"):
        return ""
    if _kind(a) == "int" and isinstance(b, float) and b.is_integer():  # 7.0, as other tools write 7
        return ""
    return f"{shortened(a)} -> {shortened(b)}"


def _numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _numbers(one)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value


def _range_problem(a, b):
    if not a or not b:
        return ""
    if any(not abs(number) < float("inf") for number in b):
        return f"{shortened(next(number for number in b if not abs(number) < float('inf')))} is no number"
    low, high = min(a), max(a)
    if len(a) < _MANY:
        largest = _WIDER * max(abs(low), abs(high), 1)
        least = -largest if low < 0 else 0
        odd = [number for number in b if not least <= number <= largest]
        return f"{shortened(odd[0])} is outside {shortened(least)} to {shortened(largest)}" if odd else ""
    kinds = set(a)
    if len(kinds) <= len(a) / 10 and all(isinstance(number, int) for number in a):
        others = [number for number in b if number not in kinds]
        if others:
            return f"{shortened(others[0])} does not occur in the reference"
        return f"{len(kinds)} different values -> {len(set(b))}" if len(set(b)) < len(kinds) / 2 else ""
    span = max(b) - min(b)
    if not (high - low) / 2 <= span <= 2 * (high - low):
        return f"span {shortened(high - low)} -> {shortened(span)}"
    return ""
