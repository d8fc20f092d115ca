"""A page for each student and one for the instructor: single files that open without network.

Names, texts, errors and pictures come from strangers: everything is escaped, pictures are decoded and stored anew, and
no page runs a script.
"""

import shutil
from pathlib import Path

from mnist_lab import __version__
from mnist_lab.files import write_atomically
from mnist_lab.grading.diff.report import figure, read_figure, template
from mnist_lab.grading.diff.shown import visible

__all__ = ["write_pages"]

_TITLES = {1: "Class histogram", 2: "Overfitting", 3: "Improved CNN", 4: "Error analysis", 5: "More data, augmentation"}
_MOST_PICTURES = 20


def write_pages(results, settings, reference):
    """Write ``index.html`` for the instructor and ``students/<slug>.html`` for each student.

    Parameters
    ----------
    results : list of dict
        As `mnist_lab.grading.grade.grading.grade` returns them.
    settings : Settings
    reference : pathlib.Path
        The folder of the reference, whose pictures stand beside the student's.
    """
    rows = [_row(result) for result in results]
    shutil.rmtree(settings.folder / "students", ignore_errors=True)  # of students who are no longer there
    for row, result in zip(rows, results, strict=True):
        pictures = _pictures(settings.folder / "work" / result["slug"] / "results", reference)
        page = _render(f"{row['name']}: {row['points']} of 10 points", row=row, pictures=pictures)
        write_atomically(settings.folder / "students" / row["file"], page)
    failed = [row for row in rows if row["status"] != "graded"]
    flagged = [row for row in rows if (row["flags"] or row["odd"]) and row not in failed]
    others = [row for row in rows if row not in failed and row not in flagged]
    sums = [row["points"] for row in rows]
    distribution = [(points, sums.count(points)) for points in range(11)]
    page = _render(
        f"Points of {len(rows)} submissions",
        groups=[("Not graded to the end", failed), ("To be looked at", flagged), ("Graded", others)],
        distribution=distribution,
        most=max([1, *(number for _, number in distribution)]),
        titles=_TITLES,
    )
    write_atomically(settings.folder / "index.html", page)


def _render(title, **values):
    page = template("mnist_lab.grading.grade", "page.html.jinja")
    return page.render(title=title, version=__version__, **values).encode("utf-8")


def _row(result):
    """Return what the pages show of a result."""
    tasks = {int(task): value for task, value in result["tasks"].items()}
    return {
        "file": f"{result['slug']}.html",
        "name": visible(result["name"], 80),
        "points": sum(value["points"] for value in tasks.values()),
        "status": result["status"],
        "problems": result.get("problems", []),
        "tasks": [
            {
                "task": task,
                "title": title,
                "points": tasks[task]["points"] if task in tasks else None,
                "lines": tasks[task]["text"].splitlines() if task in tasks else ["The check of this task did not run."],
            }
            for task, title in _TITLES.items()
        ],
        "flags": [flag for value in tasks.values() for flag in value["flags"]]
        + [remark for notebook in result.get("notebooks", {}).values() for remark in notebook["remarks"]],
        "odd": any(not problem.startswith("not handed in") for problem in result.get("problems", ()))
        or any(notebook.get("unchecked") for notebook in result.get("notebooks", {}).values()),
        "notebooks": result.get("notebooks", {}),
    }


def _pictures(folder, reference):
    """Return the student's figures that the reference has too, each beside that of the reference."""
    pairs = []
    for path in sorted(Path(reference).glob("0[1-5]_*/*.png")):
        file = path.relative_to(reference)
        if len(pairs) < _MOST_PICTURES and (folder / file).is_file():
            kinds = (("yours", folder), ("reference", reference))
            found = [figure(file.as_posix(), kind, read_figure(file, place)) for kind, place in kinds]
            pairs.append({"file": file.as_posix(), "figures": found})
    return pairs
