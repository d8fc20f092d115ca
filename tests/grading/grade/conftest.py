"""Fixtures that grade the small course."""

import csv
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from small_course import grade_command, second_solution, solution

from mnist_lab.grading import WrongUseError
from mnist_lab.grading.grade.box import check_box
from mnist_lab.grading.grade.submissions import Submission


@pytest.fixture(scope="session")
def needs_box():
    """Skip a test, with the reason, where no box can be had."""
    try:
        check_box()
    except WrongUseError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """Return a project with the two small notebooks."""
    root = tmp_path_factory.mktemp("course")
    (root / "pyproject.toml").write_text('[project]\nname = "mnist_lab"\n', encoding="utf-8")
    for folder in ("notebooks", "results/measurements", "results/reference"):
        (root / folder).mkdir(parents=True)
    nbformat.write(solution(), root / "notebooks" / "01_small.ipynb")
    nbformat.write(second_solution(), root / "notebooks" / "02_small.ipynb")
    return root


@dataclass
class Graded:
    """What a `grade` command left."""

    folder: Path
    process: subprocess.CompletedProcess

    @property
    def rows(self):
        """The lines of the table of points, by name."""
        with (self.folder / "grades.csv").open(encoding="utf-8", newline="") as file:
            return {row["name"]: row for row in csv.DictReader(file)}

    def points(self, name, tasks=(1, 4)):
        """The points of tasks; an empty text for one that was not checked."""
        row = self.rows[name]
        return tuple(int(row[f"task_{task}"]) if row[f"task_{task}"] else "" for task in tasks)

    def result(self, name):
        """The stored result of a submission."""
        return json.loads((self.folder / "points" / f"{Submission(name, None).slug}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def grade_all(course):
    """Return a function that grades a folder of submissions with the command and returns what it left."""

    def call(submissions, folder, *options, **variables):
        process = subprocess.run(
            grade_command(submissions, folder, *options),
            cwd=course,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        return Graded(folder, process)

    return call
