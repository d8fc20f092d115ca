"""Grade one submission: assemble its notebooks, run them in a box, ask the judge for the points, write the result."""

import contextlib
import functools
import hashlib
import json
import shutil
import sys
import time
import uuid
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import platformdirs

import mnist_lab
from mnist_lab.files import write_json
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.grade.assembling import assemble, match
from mnist_lab.grading.grade.box import Limits, run_boxed
from mnist_lab.grading.grade.submissions import read_notebooks
from mnist_lab.grading.reading import read_bytes
from mnist_lab.grading.run.kernel import first_line

__all__ = ["Settings", "failure", "grade", "python_folders", "result_path"]

_LIBRARY = Path(mnist_lab.__file__).parent


@dataclass(frozen=True)
class Settings:
    """What all submissions of one command share.

    Attributes
    ----------
    folder : pathlib.Path
        Where results go: ``variant/``, ``work/<slug>/``, ``points/<slug>.json``.
    solutions : pathlib.Path
        Folder of the notebooks of the course.
    notebooks : tuple of str
        Which of them are graded.
    cell_seconds : float
        Time limit of a cell.
    limits : Limits
        Of the box.
    threads : int
        Threads for each submission.
    isolated : bool
        Whether notebooks run in a box.
    fast : bool
        Whether the cells that set the cost of a notebook get the cheaper values that their metadata name.
    """

    folder: Path
    solutions: Path
    notebooks: tuple
    cell_seconds: float
    limits: Limits
    threads: int
    isolated: bool = True
    fast: bool = False

    @property
    def variant(self):
        """The folder of the data."""
        return self.folder / "variant"


def result_path(settings, submission):
    """Return the file that says how a submission was graded; it is written last."""
    return settings.folder / "points" / f"{submission.slug}.json"


def grade(submission, settings, bench):
    """Grade a submission, unless the same one was graded before.

    Parameters
    ----------
    submission : Submission
    settings : Settings
    bench : Bench
        The judge.

    Returns
    -------
    dict
        ``name``, ``slug``, ``key``, ``status`` (``graded``, or why not), ``problems`` (list), ``notebooks`` (dict
        of name to what happened), ``tasks`` (dict of task to points, total, text and flags), ``seconds``.
    """
    began = time.monotonic()
    given, problems = read_notebooks(submission)
    solutions = {name: _solution(settings, name) for name in settings.notebooks}
    matched = match(given, solutions)
    assembled = {name: assemble(given[key], solutions[name], fast=settings.fast) for name, key in matched.items()}
    if missing := [name for name in settings.notebooks if name not in matched]:
        problems.append(f"not handed in: {', '.join(missing)}")
    problems += [f"not graded: {visible(name)}" for name in given if name not in matched.values()]
    key = _key(assembled, problems, settings)
    done = result_path(settings, submission)
    if done.exists():
        result = json.loads(done.read_text(encoding="utf-8"))
        if result["key"] == key:
            return result
    result = {"name": submission.name, "slug": submission.slug, "key": key, "status": "graded", "problems": problems}
    result["notebooks"], tasks = {}, {}
    if not matched:
        result["status"] = "failed: it holds no notebook of the course"
    else:
        # a folder of its own, as another process may grade the same submission at the same time
        work = settings.folder / "work" / f".{submission.slug}.{uuid.uuid4().hex[:8]}"
        _write_notebooks(work, assembled)
        ending = _run(work, settings)
        runs = _runs(work)
        for name in sorted(matched):
            run = runs.get(name)
            judged = bench.judge(work / "hand_in" / name) if (work / "hand_in" / name).is_dir() else {}
            expected = _tasks(solutions[name])
            tasks |= {task: judged[task] for task in expected & set(judged)}
            remarks = list(assembled[name][1])
            if run and run["cells_run"] == run["cells"] and not run["error"]:
                silent = sorted(expected - set(judged))
                remarks += [f"the check of task {task} ran and handed nothing over" for task in silent]
            result["notebooks"][name] = {
                "remarks": remarks,
                "unchecked": sorted(expected - set(judged)),
                "cells": run and [run["cells_run"], run["cells"]],
                "error": run["error"] if run else [None, "stopped", ending.limit or "the box ended early"],
                "seconds": run and round(run["seconds"], 1),
            }
        if ending.limit:
            result["status"] = f"stopped: {ending.limit}"
        final = settings.folder / "work" / submission.slug
        shutil.rmtree(final, ignore_errors=True)
        with contextlib.suppress(OSError):  # another process was faster
            work.rename(final)
    result["tasks"] = tasks
    result["seconds"] = round(time.monotonic() - began, 1)
    write_json(done, result)
    return result


def failure(submission, reason):
    """Return the result of a submission that could not be graded; nothing is stored, so the next call tries again."""
    return {"name": submission.name, "slug": submission.slug, "status": f"failed: {reason}", "tasks": {}}


def _solution(settings, name):
    import nbformat

    return nbformat.read(settings.solutions / f"{name}.ipynb", as_version=4)


def _tasks(solution):
    """Return the tasks that a notebook checks."""
    about = [cell.metadata.get("mnist_lab", {}) for cell in solution.cells]
    return {str(one["task"]) for one in about if "points" in one}


def _write_notebooks(work, assembled):
    import nbformat

    for room in ("notebooks", "executed", "hand_in", "results", "Modelle"):
        (work / room).mkdir(parents=True)
    for name, (notebook, _) in assembled.items():
        nbformat.write(notebook, work / "notebooks" / f"{name}.ipynb")
    # matplotlib's list of fonts, which takes seconds to make
    cache = Path("mnist_lab") / f"matplotlib-{version('matplotlib')}"
    for path in (Path(platformdirs.user_cache_path()) / cache).glob("fontlist*.json"):
        (work / "cache" / cache).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, work / "cache" / cache)


def _run(work, settings):
    """Run the notebooks of a submission in a box; once more where it was killed from outside."""
    project = settings.variant / "project"
    variables = {
        "MNIST_LAB_VARIANT": settings.variant / "variant.npz",
        "MNIST_LAB_PROJECT": project,
        "MNIST_LAB_RESULTS": work / "results",
        "MNIST_LAB_MODELS": work / "Modelle",
        "XDG_CACHE_HOME": work / "cache",
        "PYTHONPATH": _LIBRARY.parent,
    }
    threads = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    environment = {name: str(value) for name, value in variables.items()} | dict.fromkeys(
        threads, str(settings.threads)
    )
    command = [sys.executable, "-m", "mnist_lab.grading.grade.inside", str(work), str(settings.cell_seconds)]
    options = {
        "folder": work,
        "read_only": [*python_folders(), settings.variant / "variant.npz", project],
        "environment": environment,
        "limits": settings.limits,
        "isolated": settings.isolated,
    }
    with (work / "log").open("wb") as output:
        ending = run_boxed(command, **options, output=output)
        if ending.returncode < 0 and not ending.limit:
            ending = run_boxed(command, **options, output=output)
    return ending


def python_folders():
    """Return the folders that Python and the library need."""
    folders = {Path(sys.prefix), Path(sys.base_prefix), _LIBRARY}
    return sorted(folder for folder in folders if not folder.is_relative_to("/usr"))


def _runs(work):
    """Return what the box says of each notebook, as far as it makes sense."""
    runs = {}
    try:
        lines = read_bytes(work / "runs.jsonl", work, most=10**6).decode("utf-8", errors="replace").splitlines()
    except (OSError, ValueError):
        return runs
    for line in lines[-100:]:
        try:
            run = json.loads(line)
            error = run["error"] and [run["error"][0], first_line(run["error"][1]), first_line(run["error"][2])]
            runs[str(run["notebook"])] = {
                "cells": int(run["cells"]),
                "cells_run": int(run["cells_run"]),
                "seconds": float(run["seconds"]),
                "error": error,
            }
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):
            continue
    return runs


def _key(assembled, problems, settings):
    """Return a hash of all that decides the result."""
    sources = {
        name: [remarks, [cell.source for cell in notebook.cells]] for name, (notebook, remarks) in assembled.items()
    }
    variant = settings.variant / "variant.npz"
    parts = [sources, problems, *_fixed(variant, variant.stat().st_mtime_ns), settings.cell_seconds, settings.isolated]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


@functools.cache
def _fixed(variant, changed):
    """Return hashes of the library and of the data; `changed` tells a process that lives long of new data."""
    library = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(_LIBRARY.rglob("*.py"))]
    with variant.open("rb") as file:
        return library, hashlib.file_digest(file, "sha256").hexdigest()
