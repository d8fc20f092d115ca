"""Whether order breaks a notebook, against what Python does: the cells run as they were, then from top to bottom."""

import contextlib
import io

import nbformat
import pytest

from mnist_lab.grading.preflight import preflight

# Cells in the order in which the file stores them, each with the place it had in the run that is stored.
NOTEBOOKS = {
    "in order": [("x = 1", 1), ("print(x)", 2)],
    "a name assigned only below": [("print(x)", 2), ("x = 1", 1)],
    "swapped imports": [("import math", 2), ("import json", 1), ("print(math.floor(2.5))", 3)],
    "imports run last time again": [("import math", 3), ("print(math.floor(2.5))", 2), ("import math", 1)],
    "a function defined below": [("print(f(2))", 2), ("def f(a):\n    return a + 1", 1)],
    "a function used before its helper": [
        ("def f():\n    return g()", 1),
        ("print(f())", 3),
        ("def g():\n    return 2", 2),
    ],
    "a helper below, called later": [("def f():\n    return g()", 2), ("def g():\n    return 2", 1), ("print(f())", 3)],
    "another value top to bottom": [("x = 1", 1), ("print(x)", 3), ("x = 2", 2), ("print(x)", 4)],
    "the later assignment ran first": [("x = 1", 2), ("x = 2", 1), ("print(x)", 3)],
    "the same value twice": [("x = 1", 2), ("x = 1", 1), ("print(x)", 3)],
    "a list that grows": [("x = []", 1), ("x.append(1)", 3), ("x.append(2)", 2), ("print(x)", 4)],
    "a list that grows in order": [("x = []", 1), ("x.append(1)", 2), ("x.append(2)", 3), ("print(x)", 7)],
    "an entry that is set": [("d = {'a': 1}", 1), ("print(d)", 3), ("d['a'] = 2", 2)],
    "two entries, either order": [("d = {}", 1), ("a = 1", 3), ("b = 2", 2), ("print(a, b, d)", 4)],
    "a sum that is carried on": [("n = 1", 1), ("n += 2", 3), ("n = n * 5", 2), ("print(n)", 4)],
    "a value that passes through": [("a = 1", 2), ("b = a", 4), ("a = 3", 1), ("print(b)", 5), ("a", 3)],
    "a comprehension with its own name": [
        ("i = 5", 3),
        ("print([i for i in range(3)])", 1),
        ("print(i)", 4),
        ("j = 1", 2),
    ],
    "a loop leaves its name": [("for i in range(3):\n    pass", 2), ("print(i)", 3), ("k = 0", 1)],
    "a loop's name before the loop": [("print(i)", 2), ("for i in range(3):\n    pass", 1)],
    "deleted and used": [("x = 1", 1), ("del x", 3), ("print(x)", 2)],
    "deleted at the end": [("x = 1", 1), ("print(x)", 2), ("del x", 3)],
    "gaps in the numbers": [("x = 1", 4), ("y = x + 1", 9), ("print(y)", 17)],
    "a cell was deleted": [("x = 1", 2), ("print(x + gone)", 5)],
    "a name from another cell, unused": [("x = 1", 3), ("y = 2", 2), ("x = 4", 1), ("print(y)", 4)],
    "a lambda": [("f = lambda a: a + k", 1), ("print(f(1))", 3), ("k = 2", 2)],
    "a lambda in order": [("f = lambda a: a + k", 2), ("k = 2", 1), ("print(f(1))", 3)],
    "a class defined below": [("print(A().b)", 2), ("class A:\n    b = 3", 1)],
    "asks before it uses": [("if 'x' in globals():\n    print(x)\nelse:\n    x = 1", 1), ("y = 2", 3), ("print(y)", 4)],
    "a guarded name": [("try:\n    print(unknown)\nexcept NameError:\n    print('none')", 3), ("print(1)", 2)],
    "an argument of that name": [("def f(x):\n    return x", 2), ("x = 1", 1), ("print(f(3))", 4)],
    "draws in another order": [
        ("import random\nrandom.seed(1)", 1),
        ("print(random.random())", 3),
        ("print(random.random())", 2),
    ],
    "draws in order": [("import random\nrandom.seed(1)", 2), ("print(random.random())", 5), ("z = 1", 3)],
    "a draw moved behind": [
        ("import random\nrandom.seed(1)", 1),
        ("a = random.random()", 3),
        ("b = random.random()", 2),
        ("print(b)", 4),
    ],
    "with a context": [("import io\nwith io.StringIO('a') as f:\n    t = f.read()", 2), ("print(t)", 3), ("t = 4", 1)],
    "unpacked": [("a, (b, *c) = 1, (2, 3, 4)", 2), ("print(a, b, c)", 5), ("a = 7", 1)],
    "an f-string": [("name = 'x'", 1), ("print(f'{name!r:>{width}}')", 3), ("width = 5", 2)],
    "a default argument": [("k = 1", 2), ("def f(a=k):\n    return a", 3), ("k = 2", 1), ("print(f())", 4)],
    "a walrus": [("if (n := 3) > 2:\n    print(n)", 2), ("n = 1", 1), ("print(n)", 3)],
}


def execute(sources):
    """Return what each cell printed, ``NameError`` where a name was not there."""
    names, printed = {}, {}
    for number, source in sources:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            try:
                exec(source, names)
            except NameError:
                print("NameError")
        printed[number] = said.getvalue()
    return printed


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_verdict_is_what_python_does(name, tmp_path):
    cells = list(enumerate(NOTEBOOKS[name], start=1))
    before = execute(
        [("", "gone = 1")] + [(number, source) for number, (source, _) in sorted(cells, key=lambda c: c[1][1])]
    )
    again = execute([(number, source) for number, (source, _) in cells])
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for number, (source, count) in cells:
        output = nbformat.v4.new_output("stream", name="stdout", text=before[number])
        notebook.cells.append(
            nbformat.v4.new_code_cell(source, execution_count=count, outputs=[output] if before[number] else [])
        )
    nbformat.write(notebook, tmp_path / "a.ipynb")
    named = [finding.cell for finding in preflight(tmp_path / "a.ipynb") if finding.rule == "out-of-order"]
    assert named == [number for number in again if before[number] != again[number]]
