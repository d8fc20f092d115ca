"""Follow through a notebook's names what a re-execution can't repeat: unseeded draws, the clock, display updates.

Nothing is executed. A name that is assigned from ``np.random.rand()`` carries ``random``, a name computed from that one
too, and so does a function that draws. What is known of a name ends with the notebook's own source: a number
that an imported function draws is not seen.
"""

import ast
import contextlib
import re
from dataclasses import dataclass, field

from mnist_lab.grading.preflight.source import parse

__all__ = ["Traces", "trace"]

_ORIGINS = {
    "random": re.compile(
        r"\b(?:np|numpy)\.random\.(?!seed|RandomState|default_rng|Generator)\w+\(|\b(?:RandomState|default_rng)\(\s*\)"
        r"|(?<![\w.])random\.(?!seed|Random\()\w+\(|(?<![\w.])(?:rand|randn|randint)\(|\buuid[14]\("
        r"|\b(?:train_test_split|make_(?:blobs|moons|circles|classification|regression))\((?!.*random_state)"
    ),
    "clock": re.compile(
        r"\b(?:perf_counter|process_time|monotonic|thread_time)(?:_ns)?\(|\btime\.(?:time|ctime|strftime|localtime)\("
        r"|\b(?:now|today|utcnow)\(\)"
    ),
    "display": re.compile(r"\bclear_output\(|\bdisplay_id\s*="),
    "capture": re.compile(r"\bwidgets\.Output\(|(?<![\w.])Output\("),
    "input": re.compile(r"(?<![\w.])(?:input|getpass)\("),
}
_SEEDS = re.compile(r"\b\w*seed\w*\(")
_SHOWS = {"print", "display", "pprint"}
# What stays the same when the values differ.
_STABLE_ATTRIBUTES = {"shape", "ndim", "size", "dtype", "columns", "index"}
_STABLE_CALLS = {"len", "type", "isinstance"}


@dataclass
class Traces:
    """What a cell carries: ``shown`` in what it prints or shows, ``used`` anywhere in it; sets of the kinds above."""

    shown: set = field(default_factory=set)
    used: set = field(default_factory=set)


def trace(sources):
    """Follow the kinds through the code cells of a notebook.

    Parameters
    ----------
    sources : list of str
        The sources of the cells that run, in order.

    Returns
    -------
    list of Traces
        One a cell.

    Examples
    --------
    >>> trace(["x = np.random.rand()", "print(x)"])[1].shown
    {'random'}
    """
    follow = _Follow()
    return [follow.cell(source) for source in sources]


class _Follow:
    """The names of a notebook and what they carry, from cell to cell."""

    def __init__(self):
        self.names, self.seeded = {}, False

    def cell(self, source):
        traces, parsed = Traces(), parse(source)
        self.seeded = self.seeded or bool(_SEEDS.search(source))
        statements = parsed[1].body if parsed else []
        with contextlib.suppress(RecursionError):  # a sum of thousands of terms is nested too deep to be followed
            for statement in statements:
                self._statement(statement, traces)
            if statements and isinstance(statements[-1], ast.Expr):
                traces.shown |= self._carried(statements[-1])
        return traces

    def _statement(self, statement, traces):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._bind([statement.name], self._carried(statement))
            return
        blocks = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
        blocks += [handler.body for handler in getattr(statement, "handlers", [])]
        if any(blocks):
            heads = [getattr(statement, name, None) for name in ("iter", "test", "subject")]
            heads += [item for item in getattr(statement, "items", [])]
            head = ast.Tuple([node for node in heads if node is not None])
            kinds = self._carried(head)
            self._bind(_stored([head, getattr(statement, "target", None)]), kinds)
            traces.used |= kinds if isinstance(statement, ast.With) else kinds - {"capture"}
            before = set(traces.shown)
            for inner in (inner for block in blocks for inner in block):
                self._statement(inner, traces)
            if any(_shows(inner) for block in blocks for inner in block) or traces.shown != before:
                traces.shown |= kinds & {"random"}  # how often it prints differs
            return
        kinds = self._carried(statement)
        traces.used |= kinds - {"capture"}
        if _shows(statement):
            traces.shown |= kinds
        kinds = kinds - {"input", "display"}  # the name holds the answer or the handle, only a function does it again
        self._bind(_stored([statement]), kinds, replace=isinstance(statement, ast.Assign))
        receiver = _receiver(statement)
        if receiver:
            self._bind([receiver], kinds)

    def _bind(self, names, kinds, replace=False):
        for name in names:
            self.names[name] = set(kinds) if replace else self.names.get(name, set()) | kinds

    def _carried(self, node):
        """Kinds that begin in the source of a node or that its names carry."""
        text = ast.unparse(node)
        kinds = {kind for kind, origin in _ORIGINS.items() if origin.search(text)}
        kinds |= {kind for name in _loaded(node) for kind in self.names.get(name, ())}
        return kinds - {"random"} if self.seeded else kinds


def _stored(nodes):
    return [
        inner.id
        for node in nodes
        if node is not None
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    ]


def _loaded(node):
    """Names whose values a node uses, not only their shape or type."""
    if isinstance(node, ast.Attribute) and node.attr in _STABLE_ATTRIBUTES:
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _STABLE_CALLS:
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node.id
    for child in ast.iter_child_nodes(node):
        yield from _loaded(child)


def _shows(statement):
    call = getattr(statement, "value", None)
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _SHOWS


def _receiver(statement):
    """The name whose method a statement calls, because ``model.fit(x)`` passes on to the model what x carries."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    function = call.func if isinstance(call, ast.Call) else None
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id
    return None
