"""The command ``mnist-lab run``: run notebooks, one after the other, and compare their results with the reference."""

import contextlib
import datetime
import shutil
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from mnist_lab.grading import WrongUseError, absolute_folders
from mnist_lab.grading.diff.compare import compare_folders
from mnist_lab.grading.diff.tables import print_verdicts
from mnist_lab.grading.diff.verdicts import Verdict
from mnist_lab.grading.kernel_environment import library_notice, shadowed_files
from mnist_lab.grading.notebooks import find_notebooks, project
from mnist_lab.grading.run.kernel import NotebookRun, first_line, run_notebook
from mnist_lab.grading.run.places import file_results, find_places
from mnist_lab.grading.run.progress import cell_progress
from mnist_lab.grading.run.reference import replace_reference, uncommitted
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
    places = find_places(notebooks, root / "notebooks", folder)
    shown = folder.relative_to(root).as_posix()
    print(f"Results go to {shown}", flush=True)
    for notice in _notices(root, notebooks):
        print(notice, flush=True)
    runs, verdicts = [], []
    try:
        with cell_progress() as show, _copy_of(root / "results" / "reference") as reference:
            for place in places:
                run, found = _run_one(place, root, reference, arguments, partial(show, place.label))
                runs.append(run)
                verdicts += found
    except KeyboardInterrupt:
        left = ", ".join(place.label for place in places[len(runs) :])
        print(f"\n{_run_table(runs)}")
        print(f"\nStopped; what was executed so far is kept in {shown}. Not finished: {left}")
        return 130
    finally:
        shutil.rmtree(folder / "running", ignore_errors=True)
    print(f"\n{_run_table(runs)}")
    changed = _print_comparison(verdicts) and not arguments.update_reference
    return 1 if changed or not all(run.ok for run in runs) else 0


def _run_one(place, root, reference, arguments, on_cell):
    """Run a notebook; return what happened and how its results compare with the reference.

    Whatever goes wrong is this notebook's failure: the others get their turn.
    """
    run, verdicts = NotebookRun(place.label), []
    try:
        run = _execute(place, root, arguments.timeout, on_cell)
        found = file_results(place)
        if run.ok:
            verdicts = _compare(place, found, reference)
        if run.ok and not verdicts and not arguments.update_reference:
            run.ok, run.error = (
                False,
                (None, "no results", f"it wrote none, and no reference is named {place.path.stem}"),
            )
        if run.ok and arguments.update_reference:
            _update_reference(place, found, root)
    except Exception as error:
        run.ok, run.error = False, (None, type(error).__name__, first_line(error))
    finally:
        with contextlib.suppress(OSError):  # after Ctrl-C too
            file_results(place)
    print(f"{place.label}: {_status(run)}, {run.seconds:.1f} s", flush=True)
    return run, verdicts


def _execute(place, root, timeout, on_cell):
    """Run a notebook in folders of its own, with the library and the measurements of the project."""
    place.written.mkdir(parents=True)
    place.models.mkdir(exist_ok=True)
    folders = {"RESULTS": place.written, "MODELS": place.models, "PROJECT": root}
    environment = absolute_folders() | {f"MNIST_LAB_{name}": str(path) for name, path in folders.items()}
    run = run_notebook(place.path, place.executed, timeout=timeout, environment=environment, on_cell=on_cell)
    run.notebook = place.label
    return run


def _compare(place, found, reference):
    """Compare what a notebook wrote with the reference; what the reference of its name has and it lacks is missing."""
    names = dict(found)
    if (reference / place.path.stem).is_dir():
        names.setdefault(place.path.stem, place.written / place.path.stem)  # which is not there
    verdicts = []
    for name, results in sorted(names.items()):
        shown = name if name == place.label else f"{place.label}/{name}"
        verdicts += [
            replace(verdict, file=f"{shown}/{verdict.file}") for verdict in compare_folders(reference / name, results)
        ]
    return verdicts


def _update_reference(place, found, root):
    name = place.path.stem
    results = found.get(name, place.written / name)
    replaced = replace_reference(place.path, place.executed, root / "results" / "reference" / name, results)
    print(f"{place.label}: reference {'replaced' if replaced else 'unchanged'}", flush=True)
    _copy_models(place.models, root / "Modelle")


def _notices(root, notebooks):
    """Return what the user should know before: another library, an edited reference, files that are not imported."""
    notices = [library_notice(root), uncommitted(root)]
    for folder in dict.fromkeys(path.parent for path in notebooks):
        if names := shadowed_files(folder, root):
            notices.append(f"Note: not imported from {folder}, as installed modules have the names: {', '.join(names)}")
        if (folder / "matplotlibrc").exists():  # matplotlib reads this one first, whatever the environment says
            notices.append(f"Note: {folder / 'matplotlibrc'} changes the figures of the notebooks beside it: remove it")
    return filter(None, notices)


@contextlib.contextmanager
def _copy_of(reference):
    """Give a copy of the reference, made before a notebook runs, which may write where the user may."""
    with tempfile.TemporaryDirectory(prefix="mnist_lab_reference_", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "reference"
        if reference.is_dir():
            shutil.copytree(reference, copy)
        yield copy


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
    """Return how a notebook ended, and what else is to be known of it."""
    parts = ["ok"]
    if run.error:
        number, name, text = run.error
        parts = [f"failed: {name}: {text}" if number is None else f"failed in cell [{number}]: {name}: {text}"]
    if run.stderr_cells:
        cells = ", ".join(f"[{number}]" for number in run.stderr_cells)
        parts.append(f"{'but ' if run.ok else ''}stderr in cell {cells}")
    if run.leftovers:
        parts.append(f"{run.leftovers} process{'es' if run.leftovers > 1 else ''} left behind, ended")
    return ", ".join(parts)
