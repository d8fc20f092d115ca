"""The notebook that is graded: the grader's locked cells and the student's answers, matched by the cells' IDs."""

import copy
import re
from collections import Counter
from pathlib import PurePosixPath

__all__ = ["assemble", "match"]


def match(notebooks, solutions):
    """Say which of a student's notebooks belongs to which of the course.

    Each belongs to one at most. The cells decide: a notebook that holds most of a solution's locked cells as they are.
    Where no notebook does, the number in the file's name decides. Of several versions, the one in the fewest folders
    counts.

    Parameters
    ----------
    notebooks : dict of str to dict
        As `read_notebooks` returns them.
    solutions : dict of str to nbformat.NotebookNode
        Name of a notebook of the course to its content.

    Returns
    -------
    dict of str to str
        Name of a notebook of the course to the name of the student's.
    """
    pairs = []
    for name, solution in solutions.items():
        locked = {cell.source for cell in solution.cells if cell.cell_type == "code" and not _is_answer(cell)}
        for key, content in notebooks.items():
            shared = len(locked & {cell["source"] for cell in content["cells"]})
            numbered = _number(key) == _number(name)
            if 2 * shared > len(locked) or numbered:
                pairs.append((shared, numbered, name, key))
    matched = {}
    for _, _, name, key in sorted(pairs, key=lambda pair: (-pair[0], -pair[1], pair[3].count("/"), pair[2:])):
        if name not in matched and key not in matched.values():
            matched[name] = key
    return matched


def assemble(content, solution, *, fast=False):
    """Return the notebook to run, and what is odd about the student's.

    Locked cells are those of the solution. A cell that the student answers is the student's, or an empty one where it
    is missing. A cell that the student added stays behind the one it followed.

    Parameters
    ----------
    content : dict
        The student's notebook.
    solution : nbformat.NotebookNode
    fast : bool, default=False
        Set the variables of a locked cell as its metadata ``mnist_lab: {"fast": {"EPOCHS": "6"}}`` say.

    Returns
    -------
    notebook : nbformat.NotebookNode
    remarks : list of str
    """
    answers = {cell.id for cell in solution.cells if _is_answer(cell)}
    locked = {cell.id for cell in solution.cells if cell.cell_type == "code"} - answers
    seen = Counter(cell["id"] for cell in content["cells"])
    remarks = [f"the answer cell {name} is missing" for name in sorted(answers - set(seen))]
    remarks += [f"the cell {name} occurs {number} times" for name, number in seen.items() if name and number > 1]
    checks = {cell.id: cell.source for cell in solution.cells if "points" in cell.metadata.get("mnist_lab", {})}
    remarks += [
        f"the check's cell {cell['id']} was changed; that of the course ran"
        for cell in content["cells"]
        if cell["id"] in checks and cell["source"].split() != checks[cell["id"]].split()
    ]
    given, added, last = {}, {None: []}, None
    for cell in content["cells"]:
        if cell["id"] in locked and cell["id"] not in given:
            last = cell["id"]
            given[last] = None
        elif cell["id"] in answers and cell["id"] not in given:
            last = cell["id"]
            given[last] = cell["source"]
        elif cell["source"].strip():
            added.setdefault(last, []).append(cell["source"])
    notebook = copy.deepcopy(solution)
    notebook.cells = [_own(source) for source in added[None]]
    for cell in solution.cells:
        if cell.cell_type != "code":
            continue
        cell = copy.deepcopy(cell)
        if cell.id in answers:
            cell.source = given.get(cell.id) or ""
        elif fast:
            cell.source = _cheaper(cell)
        notebook.cells += [cell, *(_own(source) for source in added.get(cell.id, ()))]
    return notebook, remarks


def _is_answer(cell):
    return "stub" in cell.metadata.get("mnist_lab", {})


def _cheaper(cell):
    source = cell.source
    for name, value in cell.metadata.get("mnist_lab", {}).get("fast", {}).items():
        source = re.sub(rf"^{name} = .*$", f"{name} = {value}", source, count=1, flags=re.MULTILINE)
    return source


def _own(source):
    import nbformat

    return nbformat.v4.new_code_cell(source)


def _number(name):
    found = re.match(r"\D*?(\d+)", PurePosixPath(name).stem)
    return int(found[1]) if found else None
