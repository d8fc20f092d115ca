"""Find the cells that a run from top to bottom gives other values than the run that is stored.

Nothing is executed. The statements of a notebook are followed twice, in the order of their execution counts and from
top to bottom. Each name carries a fingerprint of the statement that assigned it and of all that this statement read.
Where a cell shows a name, and the two fingerprints differ, the re-execution shows something else. A name that no cell
above assigns raises a ``NameError``. So a notebook whose cells were run out of order, but give the same in order,
passes.

What is not seen: a cell that was run twice, or was deleted and changed a name that others assign too; two names for one
object; files; and what a function does to its arguments and to names outside of it, unless a method's name says so
(``append``, ``fit``).
"""

import bisect
import builtins
import re

from mnist_lab.grading.preflight.names import RANDOM, read_statements

__all__ = ["disorder"]

_ALWAYS_THERE = {*dir(builtins), "display", "get_ipython", "In", "Out", "_", "__", "___", "__name__", "__file__"}
# These assign names that the source does not show.
_ASSIGNS_UNSEEN = re.compile(
    r"\bimport\s+\*|(?m:^\s*%(?!matplotlib|load_ext|autoreload|config))|\b(?:exec|globals|locals|vars)\("
)


def disorder(cells):
    """Return what keeps cells from giving the same again in order.

    Parameters
    ----------
    cells : list of Cell
        The code cells of a notebook.

    Returns
    -------
    dict of int to (str, str)
        Number of the cell to reason and cure; empty where order does no harm.

    Examples
    --------
    >>> from mnist_lab.grading.cells import Cell
    >>> sources = {1: ("print(x)", 2), 2: ("x = 3", 1)}
    >>> cells = []
    >>> for number, (source, count) in sources.items():
    ...     cells.append(Cell({"source": source, "outputs": [], "execution_count": count}, python=True))
    ...     cells[-1].number = number
    >>> disorder(cells)
    {1: ("'x' is assigned only below, in cell 2", 'move that cell up')}
    """
    ran = [cell for cell in cells if cell.runs or (cell.skipped and cell.execution_count)]
    modules = {"np", "plt", "pd", "sns", "tf", "keras", "random"}
    statements = {cell.number: read_statements(cell.source, modules) for cell in ran}
    counts = [cell.execution_count for cell in ran if cell.execution_count]
    unseen = counts == list(range(1, len(counts) + 1)) or any(_ASSIGNS_UNSEEN.search(cell.source) for cell in ran)
    assigned = {}
    for number, of_cell in statements.items():
        for name in set().union(*(statement.writes for statement in of_cell)):
            assigned.setdefault(name, []).append(number)
    stored, again = _Run(statements), _Run(statements)
    for cell in _in_order_of_counts(ran):
        stored.cell(cell.number)
    for cell in ran:
        if cell.runs:
            again.cell(cell.number)
    reasons = {}
    for cell in ran:
        if cell.must_succeed:
            reasons[cell.number] = _unassigned(cell.number, again, assigned, unseen)
            if cell.compared and cell.printed.strip():
                reasons[cell.number] = reasons[cell.number] or _differs(cell.number, stored, again)
    return {number: reason for number, reason in reasons.items() if reason}


def _in_order_of_counts(cells):
    """Sort by execution count; a cell without one stays behind the cell above it."""
    count, keyed = 0, []
    for position, cell in enumerate(cells):
        count = cell.execution_count or count
        keyed.append((count, position, cell))
    return [cell for *_, cell in sorted(keyed, key=lambda entry: entry[:2])]


def _unassigned(number, again, assigned, unseen):
    for name in again.unassigned[number]:
        cells = assigned.get(name, [])
        place, behind = bisect.bisect_left(cells, number), bisect.bisect_right(cells, number)
        above, below = cells[max(place - 1, 0) : place], cells[behind : behind + 1]
        if below:
            return f"'{name}' is assigned only below, in cell {below[0]}", "move that cell up"
        if above and above[0] in again.shown:
            return f"'{name}' is deleted above", "assign it again, then restart, run all, save"
        if above:
            return f"'{name}' is assigned only in cell {above[0]}, which does not run", "let that cell run"
        if not unseen:
            return f"no cell assigns '{name}'", "assign it, then restart, run all, save"
    return None


def _differs(number, stored, again):
    was, becomes = stored.shown[number], again.shown[number]
    for name in sorted(was.keys() | becomes.keys()):
        (before, source), (after, now) = was.get(name, (None, None)), becomes.get(name, (None, None))
        if before != after:
            comes = f"top to bottom it comes from cell {now}" if now != source else "which depends on others by then"
            subject = name if name == RANDOM else f"'{name}'"
            return f"shows {subject} as cell {source} left {'them' if name == RANDOM else 'it'}, {comes}", (
                "restart, run all, save"
            )
    return None


class _Run:
    """One run of the cells: what each name carries, what each cell showed, which names were not there."""

    def __init__(self, statements):
        self.statements, self.names, self.shown, self.unassigned = statements, {}, {}, {}

    def cell(self, number):
        shown, unassigned = {}, []
        for statement in self.statements[number]:
            values = self._values(statement.reads, unassigned)
            values |= self._values(statement.maybe, [])
            mark = hash((statement.text, tuple(sorted((name, value) for name, (value, _) in values.items()))))
            for name in statement.writes:
                self.names[name] = mark, number, statement.later
            for name in statement.deletes:
                self.names.pop(name, None)
            if statement.shows:
                shown |= {name: entry for name, entry in values.items() if entry[1] != number or name not in shown}
        self.shown[number], self.unassigned[number] = shown, unassigned

    def _values(self, names, unassigned):
        """Return fingerprint and cell of names, and of what the functions among them use."""
        values, waiting = {}, sorted(names)
        while waiting:
            name = waiting.pop()
            if name in values:
                continue
            if name in self.names:
                mark, number, later = self.names[name]
                values[name] = mark, number
                waiting += sorted(later)
            elif name not in _ALWAYS_THERE and name != RANDOM:
                unassigned.append(name)
                values[name] = 0, None
        return values
