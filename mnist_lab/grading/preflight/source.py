"""Read a cell's source as IPython does: its syntax tree, a syntax error, the paths of one machine, a closing semicolon.

Nothing is executed. IPython, whose import takes 0.1 s, is asked only about a cell that is no Python without the usual
magics.
"""

import ast
import contextlib
import io
import re
import tokenize
import warnings

__all__ = ["MACHINE_FOLDERS", "closes_with_semicolon", "machine_path", "parse", "syntax_error"]

# Begin a path that one machine has: homes, and what macOS names /tmp and its like.
MACHINE_FOLDERS = r"/home/\w|/root/|/Users/\w|/private/var/|/var/folders/"
# In a value also drives, whatever comes first in them (two letters, or a pattern such as r"a:\d" would be one), the
# folders of Colab and Kaggle, and those where disks are mounted.
_PATH_VALUE = re.compile(
    rf"(?:file://)?(?:{MACHINE_FOLDERS}|/content/\w|/kaggle/\w|/(?:mnt|media|Volumes)/\w|/?[A-Za-z]:[\\/]+\w\w)"
)
# What asks for a path or a machine, as the name of a call and in a condition.
_ASKS = r"(?:\bexists|\bis_?(?:file|dir)|\bgetenv|\benviron\.(?:get|setdefault))"
_ASKING_CALL = re.compile(rf"{_ASKS}$|^get_ipython\(\)\.")  # the latter is what IPython makes of a magic
_ASKING_TEST = re.compile(rf"{_ASKS}\(|\benviron\b|\bplatform\b|\bos\.name\b|hostname|(?i:colab|kaggle)")
_RETURNS_NONE = re.compile(r"(?:^|\.)(?:print|display|show|close|init_printing)$")
_PYTHON_MAGIC = re.compile(r"\s*%%(?:time|timeit|capture|prun)\b")
_MAGIC = re.compile(r"(?m)^([ \t]*)(?:(\w[\w, ]*=)[ \t]*[%!].*|[%!?].*)")
# One line that begins with a magic's name or a shell command: IPython runs it without the percent sign too.
_AUTOMAGIC = re.compile(
    r"\s*(?:alias|autoreload|cat|cd|conda|config|cp|env|history|load|load_ext|ls|mamba|man|matplotlib|mkdir|mv|pinfo|pip"
    r"|prun|psearch|pycat|reload_ext|rm|rmdir|run|store|sx|system|tensorboard|time|timeit|unload_ext|uv|who|whos"
    r"|writefile)[ \t]+[^=\s][^\n]*\s*"
)
_TEXT = (ast.Constant, ast.JoinedStr)
_NOTHING = ("", ast.Module([], []))


def parse(source):
    """Return a cell's Python without its magics, and its syntax tree; None for another language or broken Python."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        return _read(source)
    return None


def syntax_error(source):
    r"""Find what keeps the kernel from compiling a cell.

    Parameters
    ----------
    source : str
        The cell, with its magics.

    Returns
    -------
    tuple of (str, str) or None
        The line and the reason, as Python words it. None where there is no error, for a cell in another language, and
        for a cell nested too deep to be judged.

    Examples
    --------
    >>> syntax_error("%matplotlib inline\nprint('a'")
    ("print('a'", "'(' was never closed")
    """
    text = ""
    with contextlib.suppress(ValueError, RecursionError, MemoryError):
        try:
            if parsed := _read(source):
                text, tree = parsed
                _compile(tree)
        except SyntaxError as error:
            # Python does not tell the line where it refuses a tree: then it is that of the text.
            line = error.text or dict(enumerate(text.splitlines(), start=1)).get(error.lineno, "")
            return None if _AUTOMAGIC.fullmatch(source) else (line.strip(), error.msg)
    return None


def machine_path(source):
    """Return the first value in a cell that is an absolute path of one machine, None where there is none.

    Docstrings are none, nor texts that contain a path further on, nor what a magic is given, nor a path that may be
    wrong: in a branch that asks for the path or the machine, or under a ``try`` that catches the error.

    Examples
    --------
    >>> machine_path("pd.read_csv('/home/ann/data.csv')  # or /home/bob")
    '/home/ann/data.csv'
    """
    _, tree = parse(source) or _NOTHING
    with contextlib.suppress(RecursionError):
        return next((value for value in _values(tree) if _PATH_VALUE.match(value)), None)
    return None


def closes_with_semicolon(source):
    """Say whether the last statement is an expression whose output a semicolon hides.

    Examples
    --------
    >>> closes_with_semicolon("plt.hist(x);"), closes_with_semicolon("x = 1;"), closes_with_semicolon("plt.show();")
    (True, False, False)
    """
    text, tree = parse(source) or _NOTHING
    match tree.body[-1:]:
        case [ast.Expr(last)] if not (isinstance(last, ast.Call) and _RETURNS_NONE.search(ast.unparse(last.func))):
            tokens = [token.string for token in tokenize.generate_tokens(io.StringIO(text).readline)]
            return [token for token in tokens if token.strip() and not token.startswith("#")][-1] == ";"
    return False


def _read(source):
    """Return text and syntax tree as `parse` does, but raise what Python raises for broken Python."""
    if source.lstrip().startswith("%%"):
        return _read(source.lstrip().partition("\n")[2]) if _PYTHON_MAGIC.match(source) else None
    with warnings.catch_warnings(action="ignore"):  # Python warns of what it will refuse one day: not of interest here
        for text in (source, _MAGIC.sub(lambda found: found[1] + (f"{found[2]} None" if found[2] else "pass"), source)):
            with contextlib.suppress(SyntaxError):
                return text, ast.parse(text)
        from IPython.core.inputtransformer2 import TransformerManager

        text = TransformerManager().transform_cell(source)
        return text, ast.parse(text)


def _compile(tree):
    """Raise SyntaxError for what parses and still is no Python, as ``return`` outside a function.

    IPython compiles each statement by itself and allows ``await`` outside a function.
    """
    with warnings.catch_warnings(action="ignore"):
        for statement in tree.body:
            module = ast.Module([statement], type_ignores=[])
            compile(module, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _values(node):
    """Yield the texts in a syntax tree that may be used as a path."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in _used(node):
        yield from _values(child)


def _used(node):
    """The parts of a node where a path may begin and must be right."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring
        return []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and isinstance(node.right, _TEXT):
        return [node.left]
    if isinstance(node, ast.JoinedStr):
        return node.values[:1]
    if isinstance(node, ast.If | ast.IfExp | ast.While) and _ASKING_TEST.search(ast.unparse(node.test)):
        return []
    if isinstance(node, ast.Call) and _ASKING_CALL.search(ast.unparse(node.func)):
        return []
    if isinstance(node, ast.Try) and node.handlers:
        return [*node.handlers, *node.orelse, *node.finalbody]
    return list(ast.iter_child_nodes(node))
