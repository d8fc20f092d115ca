"""The command ``mnist-lab grade``: run submissions in boxes, let a judge compute the points, write tables and pages."""

import contextlib
import csv
import io
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from mnist_lab.files import write_atomically
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.grade.bench import Bench
from mnist_lab.grading.grade.box import Limits, check_box
from mnist_lab.grading.grade.cluster import grade_on_cluster
from mnist_lab.grading.grade.grading import Settings, failure, grade, python_folders
from mnist_lab.grading.grade.pages import write_pages
from mnist_lab.grading.grade.submissions import find_submissions
from mnist_lab.grading.notebooks import find_notebooks, project
from mnist_lab.grading.text import text_table

__all__ = ["command"]

TASKS = (1, 2, 3, 4, 5)


def command(arguments):
    """Grade submissions and print the table; return the exit code: 1 where one could not be graded.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``submissions`` (paths), ``to`` (folder), ``workers``, ``timeout`` (seconds a cell), ``memory`` (GB), ``shard``
        ((index, number) or None), ``fast``, ``scheduler`` (address or None) and ``no_isolation``.
    """
    submissions = find_submissions(arguments.submissions)
    if arguments.shard:
        index, number = arguments.shard
        submissions = submissions[index - 1 :: number]
    if not arguments.no_isolation:
        check_box()
    root = project()
    settings = _settings(arguments, root)
    _prepare(settings, root)
    if not (arguments.shard or arguments.scheduler):  # else somebody may work there now
        for left in (settings.folder / "work").glob(".*"):
            shutil.rmtree(left, ignore_errors=True)
    print(f"{len(submissions)} submissions; results go to {arguments.to}", flush=True)
    if settings.fast:
        print("Fast: fewer epochs or seeds, so accuracies are a little lower than they could be.", flush=True)
    if arguments.scheduler:
        coming = grade_on_cluster(submissions, settings, arguments.scheduler)
    else:
        coming = _grade_here(submissions, settings, arguments.workers)
    found = {result["name"]: result for result in _shown(coming, len(submissions))}
    results = [found[one.name] for one in submissions]
    if not arguments.shard:  # a part has not all results: a last call without --shard writes them
        write_pages(results, settings, root / "results" / "reference")
        write_atomically(settings.folder / "grades.csv", grades_csv(results).encode("utf-8"))
    print(f"\n{_table(results)}")
    if not arguments.shard:
        print(
            f"Look at {arguments.to / 'index.html'}, then fill in: mnist-lab grades {arguments.to} --into exported.csv"
        )
    return 0 if all(result["status"] == "graded" for result in results) else 1


def _settings(arguments, root):
    limits = Limits(seconds=arguments.timeout * 12, memory=arguments.memory * 1e9)
    course = [
        path for path in find_notebooks([], root / "notebooks") if path.stem[:2] in ("01", "02", "03", "04", "05")
    ]
    threads = max(1, (os.cpu_count() or 1) // arguments.workers)
    return Settings(
        folder=arguments.to.resolve(),
        solutions=root / "notebooks",
        notebooks=tuple(path.stem for path in course),
        cell_seconds=arguments.timeout,
        limits=limits,
        threads=threads,
        isolated=not arguments.no_isolation,
        fast=arguments.fast,
    )


def _prepare(settings, root):
    """Make what the boxes read: the data, and a project that holds nothing but the measurements."""
    from mnist_lab.grading.grade.variant import make_variant

    with contextlib.redirect_stdout(io.StringIO()):
        make_variant(settings.variant)
    inner = settings.variant / "project"
    if not (inner / "pyproject.toml").exists():
        shutil.copytree(root / "results" / "measurements", inner / "results" / "measurements", dirs_exist_ok=True)
        write_atomically(inner / "pyproject.toml", b'[project]\nname = "mnist_lab"\nversion = "0"\n')


def _grade_here(submissions, settings, workers):
    """Yield the result of each submission as it comes; so many threads wait for a box each."""
    bench = Bench(settings.folder, python_folders(), isolated=settings.isolated)
    pool = ThreadPoolExecutor(workers)
    try:
        tasks = {pool.submit(grade, one, settings, bench): one for one in submissions}
        for task in as_completed(tasks):
            error = task.exception()  # one submission never costs another
            yield failure(tasks[task], f"{type(error).__name__}: {error}") if error else task.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        bench.close()


def _shown(coming, total):
    """Pass results on, and print a line for each; on a terminal, a bar below the lines shows what is left."""
    began, done, failed = time.monotonic(), 0, 0
    console = Console(markup=False, highlight=False, soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(f"0 of {total} done", total=total)
        for result in coming:
            done, failed = done + 1, failed + (result["status"] != "graded")
            minutes = (time.monotonic() - began) / done * (total - done) / 60
            state = f"{done} of {total} done, {failed} failed, about {minutes:.0f} min left"
            progress.update(bar, completed=done, description=state)
            status = "" if result["status"] == "graded" else f", {visible(result['status'])}"
            earned = f"{points(result)} point{'' if points(result) == 1 else 's'}"
            console.print(f"{state}: {visible(result['name'])} has {earned}{status}")
            yield result


def points(result):
    """Return the sum of a result's points."""
    return sum(task["points"] for task in result["tasks"].values())


def grades_csv(results):
    """Return the table of points as text, one line a submission."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", *(f"task_{task}" for task in TASKS), "points", "status", "flags"])
    for result in results:
        tasks = {int(task): value for task, value in result["tasks"].items()}
        flags = "; ".join(flag for value in tasks.values() for flag in value["flags"])
        row = [tasks[task]["points"] if task in tasks else "" for task in TASKS]
        writer.writerow([_safe(result["name"]), *row, points(result), _safe(result["status"]), _safe(flags)])
    return text.getvalue()


def _safe(text):
    """Return a text that a spreadsheet does not take for a formula."""
    text = visible(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _table(results):
    rows = []
    for result in results:
        tasks = {int(task): value["points"] for task, value in result["tasks"].items()}
        row = [tasks.get(task, "-") for task in TASKS]
        rows.append((visible(result["name"], 60), *row, points(result), visible(result["status"], 60)))
    return text_table(("name", *(f"task {task}" for task in TASKS), "points", "status"), rows)
