"""Follow through a notebook's names what a re-execution can't repeat: unseeded draws, the clock, display updates.

Nothing is executed. A name that is assigned from ``np.random.rand()`` carries ``random``, a name computed from that one
too, and so does a function that draws. What is known of a name ends with the notebook's own source: a number
that an imported function draws is not seen.
"""

import ast
import contextlib
import re

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
_TRAINS = re.compile(
    r"\.(?:fit|fit_generator|train_on_batch)\(|\bload_(?:model|weights)\("
    r"|\b(?:load_or_train|train)(?!_(?:test|val|dev))(?:_\w+)?\("
)
_UPDATES_DISPLAY = re.compile(r"\bclear_output\(|\bupdate_display\(|\.update\(|\bupdate\s*=\s*True")
_SHOWS = {"print", "display", "pprint"}
# What stays the same when the values differ.
_STABLE_ATTRIBUTES = {"shape", "ndim", "size", "dtype", "columns", "index"}
_STABLE_CALLS = {"len", "type", "isinstance"}


class Traces:
    """What a cell carries.

    Attributes
    ----------
    shown, used : set of str
        The kinds in what the cell prints or shows, and anywhere in it: ``random``, ``clock``, ``display``, ``capture``
        and ``input``.
    trained : bool
        Whether this cell or one before it trains a model, or loads a trained one.
    """

    def __init__(self, trained):
        self.shown, self.used, self.trained = set(), set(), trained


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
    traces = [follow.cell(source) for source in sources]
    if not any(map(_UPDATES_DISPLAY.search, sources)):  # what is never updated shows the same again
        for cell in traces:
            cell.used.discard("display")
    return traces


class _Follow:
    """The names of a notebook and what they carry, from cell to cell."""

    def __init__(self):
        self.names, self.seeded, self.trained = {}, False, False

    def cell(self, source):
        self.seeded = self.seeded or bool(_SEEDS.search(source))
        self.trained = self.trained or bool(_TRAINS.search(source))
        traces, parsed = Traces(self.trained), parse(source)
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
        if inside := [inner for block in blocks for inner in block]:
            heads = [getattr(statement, name, None) for name in ("iter", "test")] + getattr(statement, "items", [])
            head = ast.Tuple([node for node in heads if node is not None])
            kinds = self._carried(head)
            self._bind(_stored(head) + _stored(getattr(statement, "target", head)), kinds)
            traces.used |= kinds if isinstance(statement, ast.With) else kinds - {"capture"}
            before = set(traces.shown)
            for inner in inside:
                self._statement(inner, traces)
            if any(map(_shows, inside)) or traces.shown != before:
                traces.shown |= kinds & {"random"}  # how often it prints differs
            return
        kinds = self._carried(statement)
        traces.used |= kinds - {"capture"}
        if _shows(statement):
            traces.shown |= kinds
        kinds = kinds - {"input", "display"}  # the name holds the answer or the handle, only a function does it again
        self._bind(_stored(statement), kinds, replace=isinstance(statement, ast.Assign))
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(receiver)))):  # model.fit(x): the model carries what x does
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


def _stored(node):
    return [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)]


def _loaded(node):
    """Yield the names whose values a node uses, not only their shape or type."""
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
