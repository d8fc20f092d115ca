"""Read which names each statement of a cell reads, assigns, changes and deletes. Nothing is executed."""

import ast
import contextlib
import re
from dataclasses import dataclass, field

from mnist_lab.grading.preflight.source import parse

__all__ = ["RANDOM", "Statement", "read_statements"]

RANDOM = "random numbers"  # stands for the generators' state, among the names
# Methods that change their object, of lists, dicts, sets, arrays, models and estimators.
_MUTATES = re.compile(
    r"add|append|appendleft|build|clear|compile|discard|extend|fill|fit|insert|load_weights|partial_fit|pop|popleft"
    r"|remove|resize|reverse|set_weights|setdefault|shuffle|sort|train_on_batch|update"
)
_DRAWS = re.compile(r"\brandom\.\w+\(|\.(?:fit|shuffle)\(|(?<![\w.])(?:rand|randn|randint|shuffle)\(|\bload_or_train\(")
_SEEDS = re.compile(r"\b\w*seed\w*\(")
_SHOWS = re.compile(r"\b(?:print|display|pprint)\(")


@dataclass
class Statement:
    """The names of one statement.

    Attributes
    ----------
    text : str
        The source.
    reads, maybe, later : set of str
        Names that it reads, that it reads perhaps, and that the functions in it use when they are called.
    writes, deletes : set of str
        Names that it assigns or changes, and that it deletes.
    shows : bool
        Whether it may print or show something.

    Examples
    --------
    >>> Statement("x = 1", writes={"x"}).reads
    set()
    """

    text: str
    reads: set = field(default_factory=set)
    maybe: set = field(default_factory=set)
    later: set = field(default_factory=set)
    writes: set = field(default_factory=set)
    deletes: set = field(default_factory=set)
    shows: bool = False


def read_statements(source, modules):
    """Return the statements of a cell; none where it is no Python.

    Parameters
    ----------
    source : str
        The cell.
    modules : set of str
        Names of modules, which no statement changes; those that the cell imports are added.

    Returns
    -------
    list of Statement
        In their order.

    Examples
    --------
    >>> (statement,) = read_statements("x += y", set())
    >>> sorted(statement.reads), statement.writes
    (['x', 'y'], {'x'})
    """
    parsed = parse(source)
    if not parsed:
        return []
    text, tree = parsed
    lines, found = text.splitlines(), []
    with contextlib.suppress(RecursionError):
        for position, node in enumerate(tree.body):
            lines_of_it = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            statement = Statement(f"{node.col_offset} {lines_of_it}")
            _Names(statement, modules).visit(node)
            if not statement.writes:  # a function that gets no name is called at once
                statement.reads |= statement.later
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                statement.later |= {RANDOM} if _DRAWS.search(lines_of_it) else set()
            elif _SEEDS.search(lines_of_it):
                statement.writes.add(RANDOM)
            elif _DRAWS.search(lines_of_it):
                statement.reads.add(RANDOM)
                statement.writes.add(RANDOM)
            last = position == len(tree.body) - 1
            statement.shows = bool(last and isinstance(node, ast.Expr)) or bool(_SHOWS.search(lines_of_it))
            found.append(statement)
    if not any(statement.shows for statement in found):  # something called shows what is stored
        for statement in found:
            statement.shows = "(" in statement.text
    return found


class _Names(ast.NodeVisitor):
    """Collect the names of a statement in the order in which Python evaluates it."""

    def __init__(self, statement, modules):
        self.statement, self.modules = statement, modules
        self.skippable = 0  # how many blocks around this may not run, or not in full

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store):
            if self.skippable:  # the name may stay as it was
                self.statement.maybe |= {node.id} - self.statement.writes
            self.statement.writes.add(node.id)
        elif isinstance(node.ctx, ast.Del):
            self._read(node.id)
            self.statement.deletes.add(node.id)
        else:
            self._read(node.id)

    def _read(self, name):
        if name not in self.statement.writes:
            (self.statement.maybe if self.skippable else self.statement.reads).add(name)

    def _changed(self, node):
        """Note that the object behind ``x[...]`` or ``x.attribute`` changes."""
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        if isinstance(node, ast.Name) and node.id not in self.modules:
            self._read(node.id)
            self.statement.writes.add(node.id)

    def visit_Assign(self, node):
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node):
        if node.value:
            self.visit(node.value)
            self.visit(node.target)

    def visit_AugAssign(self, node):
        self.visit(node.value)
        self._changed(node.target)

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            self._changed(node)

    def visit_Attribute(self, node):
        self.visit_Subscript(node)

    def visit_Call(self, node):
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        in_place = any(key.arg == "inplace" and getattr(key.value, "value", False) is True for key in node.keywords)
        if isinstance(node.func, ast.Attribute) and (_MUTATES.fullmatch(name) or in_place):
            self._changed(node.func.value)
        if name == "shuffle":
            for argument in node.args:
                self._changed(argument)

    def visit_For(self, node):
        for part in (node.iter, node.target, *node.body, *node.orelse):
            self.visit(part)

    def visit_If(self, node):
        self.visit(node.test)
        self._skippable([*node.body, *node.orelse])

    def visit_Try(self, node):
        self._skippable(ast.iter_child_nodes(node))

    def _skippable(self, nodes):
        self.skippable += 1
        for node in nodes:
            self.visit(node)
        self.skippable -= 1

    def visit_Import(self, node):
        names = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        self.statement.writes |= names
        self.modules |= names

    def visit_ImportFrom(self, node):
        self.statement.writes |= {alias.asname or alias.name for alias in node.names}

    def visit_FunctionDef(self, node):
        for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(part)
        self._inner(node.args, node.body)
        self.statement.writes.add(node.name)

    def visit_AsyncFunctionDef(self, node):
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node):
        self._inner(node.args, [node.body])

    def visit_ClassDef(self, node):
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        inner = self._free([], node.body)
        self.statement.maybe |= inner - self.statement.writes - {node.name}
        self.statement.writes.add(node.name)

    def _inner(self, arguments, body):
        parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        self.statement.later |= self._free([parameter.arg for parameter in parameters if parameter], body)

    def _free(self, parameters, body):
        """Return the names that a function takes from outside."""
        inner = Statement("")
        names = _Names(inner, self.modules)
        for node in body:
            names.visit(node)
        declared = {
            name for node in body for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names
        }
        assigned = {
            part.id
            for node in body
            for part in ast.walk(node)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        return (inner.reads | inner.maybe | inner.later) - set(parameters) - (assigned - declared)

    def _comprehension(self, node):
        inner = Statement("")
        names = _Names(inner, self.modules)
        for generator in node.generators:
            for part in (generator.iter, generator.target, *generator.ifs):
                names.visit(part)
        for part in ("key", "value", "elt"):
            if hasattr(node, part):
                names.visit(getattr(node, part))
        for name in inner.reads | inner.maybe | inner.later:
            self._read(name)

    def generic_visit(self, node):
        if hasattr(node, "generators"):
            self._comprehension(node)
        else:
            super().generic_visit(node)

    def visit_ExceptHandler(self, node):
        if node.name:
            self.statement.writes.add(node.name)
        self.generic_visit(node)
