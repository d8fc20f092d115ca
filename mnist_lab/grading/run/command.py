"""The command ``mnist-lab run``: run notebooks, one after the other, and compare their results with the reference."""

import contextlib
import datetime
import shutil
from dataclasses import replace
from functools import partial

from mnist_lab.grading import WrongUseError, absolute_folders
from mnist_lab.grading.diff.compare import compare_folders
from mnist_lab.grading.diff.tables import print_verdicts
from mnist_lab.grading.diff.verdicts import Verdict
from mnist_lab.grading.notebooks import find_notebooks, project
from mnist_lab.grading.run.kernel import run_notebook
from mnist_lab.grading.run.progress import cell_progress
from mnist_lab.grading.run.reference import replace_reference
from mnist_lab.grading.text import text_table

__all__ = ["command"]


def command(arguments):
    """Run notebooks and print what came of them; return the exit code.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``notebooks`` (names, numbers or paths), ``timeout`` (seconds a cell) and ``update_reference``.
    """
    root = project()
    notebooks = find_notebooks(arguments.notebooks, root / "notebooks")
    if arguments.update_reference:
        _check_ours(notebooks, root)
    folder = _new_folder(root / "runs")
    place = folder.relative_to(root).as_posix()
    print(f"Results go to {place}", flush=True)
    runs, verdicts = [], []
    try:
        with cell_progress() as show:
            for path in notebooks:
                run, found = _run_one(path, root, folder, arguments, partial(show, path.stem))
                runs.append(run)
                verdicts += found
    except KeyboardInterrupt:
        left = ", ".join(path.stem for path in notebooks[len(runs) :])
        print(f"\n{_run_table(runs)}")
        print(f"\nStopped; what was executed so far is kept in {place}. Not finished: {left}")
        return 130
    print(f"\n{_run_table(runs)}")
    changed = _print_comparison(verdicts) and not arguments.update_reference
    return 1 if changed or not all(run.ok for run in runs) else 0


def _run_one(path, root, folder, arguments, on_cell):
    """Run a notebook; return what happened and how its results compare with the reference."""
    executed, results = folder / "notebooks" / path.name, folder / "results"
    environment = absolute_folders()
    environment |= {"MNIST_LAB_RESULTS": str(results), "MNIST_LAB_MODELS": str(folder / "models")}
    before = _names_in(results)
    run = run_notebook(path, executed, timeout=arguments.timeout, environment=environment, on_cell=on_cell)
    print(f"{path.stem}: {_status(run)}, {run.seconds:.1f} s", flush=True)
    if not run.ok:
        return run, []
    reference, verdicts = root / "results" / "reference", []
    for name in sorted(_names_in(results) - before) or [path.stem]:  # a student's copy may have another name
        found = compare_folders(reference / name, results / name)
        verdicts += [replace(verdict, file=f"{name}/{verdict.file}") for verdict in found]
    if arguments.update_reference:
        replaced = replace_reference(path, executed, reference / path.stem, results / path.stem)
        print(f"{path.stem}: reference {'replaced' if replaced else 'unchanged'}", flush=True)
        _copy_models(folder / "models", root / "Modelle")
    return run, verdicts


def _check_ours(notebooks, root):
    for path in notebooks:
        if path.resolve().parent != (root / "notebooks").resolve():
            raise WrongUseError(f"{path} is not in notebooks/ of this project: run it without --update-reference")


def _new_folder(parent):
    """Make and return a folder that is named by the time, like ``2026-01-31_120000``, with its three rooms."""
    stamp = datetime.datetime.now().strftime("%Y-%m-%d_%H%M%S")
    for name in [stamp, *(f"{stamp}_{number}" for number in range(2, 100))]:
        with contextlib.suppress(FileExistsError):
            (parent / name).mkdir(parents=True)
            for room in ("notebooks", "results", "models"):
                (parent / name / room).mkdir()
            return parent / name
    raise FileExistsError(f"no free folder name in {parent}")


def _names_in(folder):
    return {path.name for path in folder.iterdir()}


def _copy_models(source, target):
    target.mkdir(exist_ok=True)
    for path in source.iterdir():
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".lock" and path.name != "README.md":
            shutil.copy2(path, target)


def _print_comparison(verdicts):
    """Print what differs from the reference; return whether a result changed."""
    changes = sum(verdict.is_change for verdict in verdicts)
    if verdicts:
        print(f"\nAgainst the reference: {changes} of {len(verdicts)} files changed")
        if notable := [verdict for verdict in verdicts if verdict.verdict is not Verdict.IDENTICAL]:
            print_verdicts(notable)
    return changes > 0


def _run_table(runs):
    header = ("notebook", "cells", "seconds", "slowest cell", "peak memory", "status")
    rows = []
    for run in runs:
        slowest = "" if run.slowest_cell is None else f"[{run.slowest_cell[0]}] {run.slowest_cell[1]:.1f} s"
        memory = "" if run.peak_memory is None else f"{run.peak_memory / 1e9:.2f} GB"
        rows.append((run.notebook, f"{run.cells_run}/{run.cells}", f"{run.seconds:.1f}", slowest, memory, _status(run)))
    return text_table(header, rows)


def _status(run):
    if run.error:
        number, name, text = run.error
        return f"failed: {name}: {text}" if number is None else f"failed in cell [{number}]: {name}: {text}"
    if run.stderr_cells:
        return f"ok, but stderr (not stored) in cell {', '.join(f'[{number}]' for number in run.stderr_cells)}"
    return "ok"
