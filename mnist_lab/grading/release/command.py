"""The command ``mnist-lab release``: a folder that a student can start from with two commands."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from mnist_lab.files import write_atomically
from mnist_lab.grading import WrongUseError
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.notebooks import find_notebooks, project
from mnist_lab.grading.release.edition import answer_cells, points_of, student_notebook
from mnist_lab.grading.release.leaks import find_leaks
from mnist_lab.grading.release.nbgrader import write_course
from mnist_lab.grading.release.otter import write_assignments

__all__ = ["command"]

_README = """\
# Recognise handwritten digits

You need Python 3.11, 3.12 or 3.13. Open a terminal in this folder, and type:

```
python3 -m venv .venv && .venv/bin/pip install {wheel}
.venv/bin/jupyter lab notebooks/{first}
```

Windows: put the folder where its path is short (no OneDrive), and use `cmd`. Write `py -3.12 -m venv .venv`, and
`.venv\\Scripts\\` for `.venv/bin/`; type each command on its own line.

The first command takes some minutes, and 3 GB of disk space. The second opens the notebook in your browser: leave it
running. Shift+Enter runs a cell, "Run All Cells" in the menu "Run" runs all. A red text below a cell is an error: its
last line says what is wrong.

Work through the notebooks in order. Where a cell says `# your code` or `# your answer`, it holds a stand-in. It runs,
so you can always see the whole road, but it earns nothing. Replace it. The other cells are locked: they are graded as
they are here, whatever you change in them. The last cell of each task says how many of its points you have, and what is
missing. There are {points} points in all.

A check looks at some of your answers. The others are for you, like everything under "Try next": do that in a copy.

Your work is graded on other images in another order. So compute your answers, and do not type in numbers that you read
off an output.

To hand in, zip the folder `notebooks`. Where you can choose the name, take your e-mail address or student number.

{table}
"""
# The folder is found by it, as the project is.
_PYPROJECT = '[project]\nname = "mnist_lab"\nversion = "0"\n# Not to be installed: it marks the folder of the course.\n'


def command(arguments):
    """Make the student edition and print what it holds; return the exit code.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``notebooks`` (names, numbers or paths), ``to`` (folder) and ``format`` (``own``, ``nbgrader`` or ``otter``).
    """
    root, target = project(), arguments.to
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise WrongUseError(f"{visible(target)} is not empty: name a new folder")
    found = find_notebooks(arguments.notebooks, root / "notebooks")
    notebooks = {path: nbformat.read(path, as_version=4) for path in found}
    solutions = {path: notebook for path, notebook in notebooks.items() if answer_cells(notebook)}
    if not solutions:
        raise WrongUseError("none of these notebooks has cells to answer: name some of 01 to 05")
    editions = {path.name: student_notebook(notebook) for path, notebook in solutions.items()}
    _check(solutions, editions, root / "results" / "reference")
    with tempfile.TemporaryDirectory(dir=_parent(target), prefix=f".{target.name}.") as folder:
        made = Path(folder) / "made"
        named = {path.name: notebook for path, notebook in solutions.items()}
        match arguments.format:
            case "nbgrader":
                write_course(made, named)
            case "otter":
                write_assignments(made, named)
            case _:
                _write_own(made, editions, root)
        if target.exists():
            target.rmdir()
        made.rename(target)
    for path, solution in solutions.items():
        print(f"{path.stem}: {len(answer_cells(solution))} answers to give")
    print(f"Released to {visible(target)}. The texts stay, also where they say what comes out.")
    if arguments.format == "own":
        print("Next: zip the folder for your students, and grade what they hand in with `mnist-lab grade`.")
    return 0


def _parent(target):
    parent = target.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    return parent


def _check(solutions, editions, reference):
    """Refuse to release what gives an answer away."""
    leaks = []
    for path, solution in solutions.items():
        results = [json.loads(file.read_text(encoding="utf-8")) for file in (reference / path.stem).glob("*.json")]
        leaks += [f"{path.name}: {leak}" for leak in find_leaks(solution, editions[path.name], results)]
    if leaks:
        more = f" and {len(leaks) - 10} more" if len(leaks) > 10 else ""
        raise WrongUseError("the edition would show:\n  " + "\n  ".join(leaks[:10]) + more)


def _write_own(folder, editions, root):
    """Write notebooks, the measurements that they read, the library as a wheel, and a README."""
    for name in ("notebooks", "results", "Modelle"):
        (folder / name).mkdir(parents=True)
    read = set()
    for name, edition in editions.items():
        nbformat.write(edition, folder / "notebooks" / name)
        read |= {
            measurement for measurement in _measurements(root) if re.search(rf"[\"']{measurement}[\"']", _text(edition))
        }
    for measurement in sorted(read):
        target = folder / "results" / "measurements" / f"{measurement}.json"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(root / "results" / "measurements" / f"{measurement}.json", target)
    (folder / "Modelle" / "README.md").write_text("Models that you save lie here.\n", encoding="utf-8")
    write_atomically(folder / "pyproject.toml", _PYPROJECT.encode("utf-8"))
    wheel = _wheel(root, folder)
    table = "\n".join(f"- [{name}](notebooks/{name})" for name in editions)
    points = sum(points_of(cell) for edition in editions.values() for cell in edition.cells)
    text = _README.format(wheel=wheel, first=next(iter(editions)), points=points, table=table)
    write_atomically(folder / "README.md", text.encode("utf-8"))


def _measurements(root):
    return [path.stem for path in (root / "results" / "measurements").glob("*.json")]


def _text(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


def _wheel(root, folder):
    """Build the library's wheel into a folder and return its name."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(root)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if built.returncode or not wheels:
        reason = (built.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OSError(f"The wheel of the library could not be built: {visible(reason)}. Is a package index in reach?")
    return wheels[0].name
