"""The command ``mnist-lab``: its arguments. What a command does is in the room of its name.

Exit codes: 0 where all is well, 1 where something failed or changed, 2 for wrong use, 130 when stopped.
"""

import argparse
import contextlib
import importlib
import os
import sys
from pathlib import Path

from mnist_lab import __version__
from mnist_lab.grading import WrongUseError
from mnist_lab.grading.run.kernel import CELL_TIMEOUT

__all__ = ["main"]


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
    >>> main(["diff", "results/reference", "student.zip"])  # doctest: +SKIP
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
        return importlib.import_module(f"mnist_lab.grading.{arguments.command}").command(arguments)
    except WrongUseError as error:
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


def _parser():
    parser = argparse.ArgumentParser(
        prog="mnist-lab",
        description="Run, check and compare the MNIST notebooks.",
        epilog="For a class: release, then grade, then grades. What each command is for: README.md.",
    )
    parser.add_argument("--version", action="version", version=f"mnist-lab {__version__}")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name, room, text, example):
        sub = commands.add_parser(
            name,
            help=text[0].lower() + text[1:].partition(".")[0],
            description=text,
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(command=room)
        return sub

    notebook_help = "name (01_class_histogram), number (01) or path; all notebooks where none is given"
    timeout_help = "limit for one cell; default %(default)g"
    add("fetch", "fetch", "Download MNIST and extra digits, and verify them.", "mnist-lab fetch")
    run = add(
        "run",
        "run.command",
        "Run notebooks in fresh kernels and compare their results.\nNotebooks, results and models go to runs/<time>/. "
        "Models are trained there, never loaded from Modelle/.",
        "mnist-lab run 01 02",
    )
    run.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help=notebook_help)
    run.add_argument("--timeout", type=_seconds, default=CELL_TIMEOUT, metavar="SECONDS", help=timeout_help)
    run.add_argument(
        "--update-reference",
        action="store_true",
        help="replace each notebook that succeeds, and its results, by the new ones; its models are copied to Modelle/",
    )
    check = add(
        "preflight",
        "preflight.command",
        "Name the cells that will fail on re-execution, and why, as far as source and stored outputs show it."
        "\nCells are numbered as Jupyter shows them: [1] is "
        "the first code cell, which nbval calls Cell 0.",
        "mnist-lab preflight 03",
    )
    check.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help=notebook_help)
    diff = add(
        "diff",
        "diff.command",
        "Compare two results folders, one verdict a file.\nWithout folders, compare what was run by hand with the "
        "reference.\nExit code 0: nothing changed, 1: something did, 2: wrong use.",
        "mnist-lab diff results/reference results.zip --html report.html",
    )
    for name in ("reference", "candidate"):
        diff.add_argument(name, metavar=name.upper(), type=Path, nargs="?", help="results folder, or a zip file of one")
    diff.add_argument("--html", metavar="FILE", type=Path, help="write a report with the pictures side by side")
    release = add(
        "release",
        "release.command",
        "Make the student edition: answers become stand-ins that run.\nIt fails if a solution, a stored output or a "
        "number of the reference slips through.",
        "mnist-lab release --to course",
    )
    release.add_argument(
        "notebooks", nargs="*", metavar="NOTEBOOK", help=notebook_help.replace("all notebooks", "01 to 05")
    )
    release.add_argument("--to", metavar="DIR", type=Path, required=True, help="a new folder")
    release.add_argument("--format", choices=("own", "nbgrader", "otter"), default="own", help="whose course it is")
    grade = add(
        "grade",
        "grade.command",
        "Grade submissions: run each in a box, compute the points outside of it.\nA second call goes on where the "
        "first one ended. Exit code 1: a submission could not be graded.",
        "mnist-lab grade submissions/ --to graded",
    )
    grade.add_argument(
        "submissions",
        nargs="+",
        metavar="SUBMISSION",
        help="notebook, folder or zip file (or a folder that holds one), or a folder of all of them",
    )
    grade.add_argument("--to", metavar="DIR", type=Path, required=True, help="folder for points, pages and tables")
    grade.add_argument(
        "--workers",
        type=_number,
        default=os.cpu_count(),
        metavar="N",
        help="submissions at once; default: one for each core",
    )
    grade.add_argument("--timeout", type=_seconds, default=CELL_TIMEOUT, metavar="SECONDS", help=timeout_help)
    grade.add_argument(
        "--memory", type=_seconds, default=6.0, metavar="GB", help="limit for one submission; default %(default)g"
    )
    grade.add_argument("--fast", action="store_true", help="fewer epochs and seeds, in about two thirds of the time")
    grade.add_argument("--shard", type=_shard, metavar="I/N", help="grade only the I-th of N parts")
    grade.add_argument("--scheduler", metavar="ADDRESS", help="of a dask cluster that does the work")
    grade.add_argument(
        "--no-isolation", action="store_true", help="run submissions with your rights, where no box can be had"
    )
    grades = add(
        "grades",
        "grade.gradebook",
        "Fill the points into the file that Moodle or Canvas exported.\nStudents are found by e-mail address or ID. "
        "Exit code 1: some could not be told.",
        "mnist-lab grades graded --into exported.csv",
    )
    grades.add_argument("folder", metavar="DIR", type=Path, help="what `mnist-lab grade` wrote")
    grades.add_argument("--into", metavar="FILE", type=Path, required=True, help="exported CSV file; it is changed")
    grades.add_argument("--column", metavar="NAME", help="column for the points; Grade by default")
    html = add(
        "html",
        "html.command",
        "Make the executed notebooks into pages that open without network.\nThe first page has all models and, after "
        "`mnist-lab run`, how the last run compares.",
        "mnist-lab html --to site",
    )
    html.add_argument(
        "--to", metavar="DIR", type=Path, default=Path("site"), help="folder for the pages; default: site"
    )
    add("env", "env", "Print what may change results: libraries, processor, threads, data.", "mnist-lab env")
    return parser


def _seconds(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0, like 600")
    return seconds


def _number(text):
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 up")
    return int(text)


def _shard(text):
    index, _, number = text.partition("/")
    if not (index.isdecimal() and number.isdecimal() and 1 <= int(index) <= int(number)):
        raise argparse.ArgumentTypeError(f"{text} is no part like 2/4")
    return int(index), int(number)


if __name__ == "__main__":
    sys.exit(main())
