"""The reference, in ``results/reference`` and ``notebooks``: how a new run takes its place."""

import contextlib
import json
import subprocess

from mnist_lab.files import write_atomically
from mnist_lab.grading.cells import read_tags
from mnist_lab.grading.diff.compare import compare_folders
from mnist_lab.grading.diff.entries import checked_entry
from mnist_lab.grading.diff.verdicts import Verdict
from mnist_lab.grading.reading import read_json
from mnist_lab.results import ENVIRONMENT, TIMES

__all__ = ["replace_reference", "uncommitted"]


def replace_reference(path, executed, reference, candidate):
    """Put an executed notebook and its results in the place of the old ones.

    Where nothing differs but times and outputs that are not compared, everything stays as it is, so that git sees no
    change; a tolerance is part of what must not differ. Otherwise files that the notebook no longer writes are removed
    from the reference, but for a README. Each file is replaced whole, the notebook last.

    Parameters
    ----------
    path, executed : pathlib.Path
        The notebook to replace, and the executed one.
    reference, candidate : pathlib.Path
        The notebook's folder in ``results/reference``, and the one this run wrote.

    Returns
    -------
    bool
        Whether anything was replaced.
    """
    same_results = all(verdict.verdict is Verdict.IDENTICAL for verdict in compare_folders(reference, candidate))
    same_tolerances = same_results and _tolerances(reference) == _tolerances(candidate)
    if same_tolerances and _compared_cells(path) == _compared_cells(executed):
        return False
    new = [file for file in candidate.rglob("*") if file.is_file()]
    for file in new:
        write_atomically(reference / file.relative_to(candidate), file.read_bytes())
    if new:
        for old in [file for file in reference.rglob("*") if file.is_file() and file.name != "README.md"]:
            if not (candidate / old.relative_to(reference)).exists():
                old.unlink()
    write_atomically(path, executed.read_bytes())
    return True


def uncommitted(root):
    """Return a line that says that the reference is not what the last commit holds.

    It is None where it is, and where git can't tell.
    """
    command = ["git", "-C", str(root), "status", "--porcelain", "--", "results/reference"]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        git = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=30, check=False)
        changed = git.stdout.splitlines() if git.returncode == 0 else []
        if changed:
            count = f"{len(changed)} files differ" if len(changed) > 1 else "1 file differs"
            return f"Note: results/reference is not what the last commit holds, {count}; `git status` names them"
    return None


def _compared_cells(path):
    """Return the cells of a notebook without outputs that differ in every run."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if "nbval-ignore-output" in read_tags(cell["metadata"]):
            cell["outputs"] = []
    return cells


def _tolerances(folder):
    """Return what the files of numbers say beside the numbers: tolerances, overlaps, what is not compared and why."""
    files = [file for file in folder.glob("*.json") if file.name not in (ENVIRONMENT, TIMES)]
    return {
        file.name: {name: checked_entry(name, entry) | {"value": None} for name, entry in read_json(file).items()}
        for file in files
    }
