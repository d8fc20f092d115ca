"""The command ``mnist-lab``: fetch, run, preflight, diff, env.

Exit codes: 0 where all is well, 1 where something failed or changed, 2 for wrong use, 130 when stopped.
"""

import argparse
import contextlib
import json
import os
import shutil
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from mnist_lab import __version__
from mnist_lab.grading import absolute_folders
from mnist_lab.grading.diff.compare import compare_folders, is_change
from mnist_lab.grading.run.execute import (
    CELL_TIMEOUT,
    find_notebooks,
    new_run_folder,
    run_notebook,
)
from mnist_lab.grading.run.progress import cell_progress
from mnist_lab.grading.run.reference import replace_reference
from mnist_lab.grading.diff.tables import print_verdicts
from mnist_lab.grading.text import text_table

__all__ = ["main"]

_EXTRA_DIGITS = 200  # a class: what notebook 05 adds


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; by default those of the process.

    Returns
    -------
    int
        Exit code.

    Examples
    --------
    >>> main(["diff", "results", "results"])  # doctest: +SKIP
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # a console that can't show a character shows a question mark
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return 2
    try:
        return arguments.command(arguments)
    except _WrongUseError as error:
        print(f"mnist-lab: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"mnist-lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("mnist-lab: stopped", file=sys.stderr)
        return 130


class _WrongUseError(Exception):
    """What the user typed can't be done; the text says what can."""


def _parser():
    parser = argparse.ArgumentParser(prog="mnist-lab", description="Run, check and compare the MNIST notebooks.")
    parser.add_argument("--version", action="version", version=f"mnist-lab {__version__}")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name, command, text, example):
        sub = commands.add_parser(
            name,
            help=text[0].lower() + text[1:].partition(".")[0],
            description=text,
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(command=command)
        return sub

    notebook_help = "name (01_class_histogram), number (01) or path; all notebooks where none is given"
    add("fetch", _fetch, "Download MNIST and extra digits, and verify them.", "mnist-lab fetch")
    run = add(
        "run",
        _run,
        "Run notebooks in fresh kernels and compare their results.\nNotebooks, results and models go to runs/<time>/. "
        "Models are trained there, never loaded from Modelle/.",
        "mnist-lab run 01 02",
    )
    run.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help=notebook_help)
    run.add_argument("--timeout", type=_seconds, default=CELL_TIMEOUT, metavar="SECONDS", help="limit for one cell")
    run.add_argument(
        "--update-reference",
        action="store_true",
        help="replace each notebook that succeeds, and its results, by the new ones; its models are copied to Modelle/",
    )
    check = add(
        "preflight",
        _preflight,
        "Name the cells that will fail on re-execution, and why, as far as source and stored outputs show it."
        "\nCells are numbered as Jupyter shows them: [1] is "
        "the first code cell, which nbval calls Cell 0.",
        "mnist-lab preflight 03",
    )
    check.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help=notebook_help)
    diff = add(
        "diff",
        _diff,
        "Compare two results folders, one verdict a file.\nExit code 0: nothing changed, 1: something did, "
        "2: wrong use.",
        "mnist-lab diff results runs/2026-01-31_120000/results --html report.html",
    )
    for name in ("reference", "candidate"):
        diff.add_argument(name, metavar=name.upper(), type=Path, help="results folder, or a zip file of one")
    diff.add_argument("--html", metavar="FILE", type=Path, help="write a report with the pictures side by side")
    add("env", _env, "Print what may change results: libraries, processor, threads, data.", "mnist-lab env")
    return parser


def _seconds(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds above 0, like 600")
    return seconds


def _project():
    from mnist_lab.files import project_root

    try:
        return project_root()
    except FileNotFoundError as error:
        raise _WrongUseError(error) from None


def _notebooks(names, root):
    try:
        return find_notebooks(names, root / "notebooks")
    except ValueError as error:
        raise _WrongUseError(error) from None


def _fetch(arguments):
    from mnist_lab import data, sources

    try:
        mnist, _ = sources.fetch_mnist(verbose=True)
        extra = data.load_extra_digits(dict.fromkeys(range(10), _EXTRA_DIGITS), verbose=True)
    except sources.DataError as error:
        print(f"mnist-lab: {error}", file=sys.stderr)
        return 1
    shapes = [
        ("MNIST training", mnist["x_train"], mnist["y_train"]),
        ("MNIST test", mnist["x_test"], mnist["y_test"]),
        ("extra digits", *extra),
    ]
    print(text_table(("data", "images", "labels"), [(name, x.shape, y.shape) for name, x, y in shapes]))
    for name, source in sources.sources_used().items():
        print(f"{name}: {source}")
    return 0


def _preflight(arguments):
    from mnist_lab.grading.preflight import preflight

    paths = [Path(name) for name in arguments.notebooks]
    if not paths or not all(path.is_file() for path in paths):  # names need the project, paths do not
        paths = _notebooks(arguments.notebooks, _project())
        found = {path.stem: preflight(path) for path in paths}
    else:  # two students' notebooks may have the same name
        found = {str(path): preflight(path) for path in paths}
    for name, findings in found.items():
        for finding in findings:
            print(replace(finding, notebook=name))
    count = sum(map(len, found.values()))
    print(f"{len(found)} notebook{'s' if len(found) != 1 else ''} looked at: {count or 'nothing'} found")
    return 1 if count else 0


def _diff(arguments):
    from mnist_lab.grading.diff.command import diff

    try:
        verdicts = diff(arguments.reference, arguments.candidate, html=arguments.html)
    except ValueError as error:
        raise _WrongUseError(error) from None
    return 1 if any(map(is_change, verdicts)) else 0


def _env(arguments):
    from mnist_lab.reproducibility import environment_record

    print(json.dumps(environment_record(), indent=1, ensure_ascii=False))
    return 0


def _run(arguments):
    """Run notebooks one after the other; one that fails does not stop the others."""
    root = _project()
    notebooks = _notebooks(arguments.notebooks, root)
    if arguments.update_reference and (outside := [path for path in notebooks if not _is_ours(path, root)]):
        raise _WrongUseError(f"{outside[0]} is not in notebooks/ of this project: run it without --update-reference")
    folder = new_run_folder(root / "runs")
    environment = absolute_folders()
    for name in ("notebooks", "results", "models"):
        (folder / name).mkdir()
    environment |= {"MNIST_LAB_RESULTS": str(folder / "results"), "MNIST_LAB_MODELS": str(folder / "models")}
    place = folder.relative_to(root).as_posix()
    print(f"Results go to {place}", flush=True)
    runs, verdicts, stopped = [], [], False
    with cell_progress() as show:
        try:
            for path in notebooks:
                executed = folder / "notebooks" / path.name
                before = _folders(folder / "results")
                run = run_notebook(
                    path, executed, timeout=arguments.timeout, environment=environment, on_cell=partial(show, path.stem)
                )
                runs.append(run)
                print(f"{path.stem}: {_status(run)}, {run.seconds:.1f} s", flush=True)
                if run.ok:
                    written = _folders(folder / "results") - before  # a student's copy may have another name
                    for name in sorted(written) or [path.stem]:
                        found = compare_folders(root / "results" / name, folder / "results" / name)
                        verdicts += [replace(verdict, file=f"{name}/{verdict.file}") for verdict in found]
                    if arguments.update_reference:
                        reference, candidate = root / "results" / path.stem, folder / "results" / path.stem
                        replaced = replace_reference(path, executed, reference, candidate)
                        print(f"{path.stem}: reference {'replaced' if replaced else 'unchanged'}", flush=True)
                        _copy_models(folder / "models", root / "Modelle")
        except KeyboardInterrupt:
            stopped = True
    print("\n" + _run_table(runs))
    if stopped:
        left = ", ".join(path.stem for path in notebooks[len(runs) :])
        print(f"\nStopped; what was executed so far is kept in {place}. Not finished: {left}")
        return 130
    changes = sum(map(is_change, verdicts))
    if verdicts:
        print(f"\nAgainst the reference: {changes} of {len(verdicts)} files changed")
        if notable := [verdict for verdict in verdicts if verdict.verdict != "identical"]:
            print_verdicts(notable)
    if not all(run.ok for run in runs):
        return 1
    return 1 if changes and not arguments.update_reference else 0


def _is_ours(path, root):
    return path.resolve().parent == (root / "notebooks").resolve()


def _folders(results):
    return {path.name for path in results.iterdir()}


def _copy_models(source, target):
    target.mkdir(exist_ok=True)
    for path in source.iterdir():
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".lock" and path.name != "README.md":
            shutil.copy2(path, target)


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


if __name__ == "__main__":
    sys.exit(main())
