"""The folder that students get."""

import json
import re
import subprocess
import sys

import nbformat
import pytest

from mnist_lab.grading import WrongUseError
from mnist_lab.grading.cli import main
from mnist_lab.grading.release import command as release
from mnist_lab.grading.release.edition import answer_cells


@pytest.fixture
def without_wheel(monkeypatch):
    """Let the library's wheel be an empty file; that it can be built and installed, the gate shows."""

    def build(root, folder):
        (folder / "mnist_lab-0-py3-none-any.whl").write_bytes(b"")
        return "mnist_lab-0-py3-none-any.whl"

    monkeypatch.setattr(release, "_wheel", build)


@pytest.fixture
def edition(without_wheel, tmp_path):
    assert main(["release", "--to", str(tmp_path / "course")]) == 0
    return tmp_path / "course"


def test_it_holds_what_a_student_needs_and_nothing_else(edition):
    files = sorted(path.relative_to(edition).as_posix() for path in edition.rglob("*") if path.is_file())
    assert [name for name in files if name.endswith(".ipynb")] == [
        "notebooks/01_class_histogram.ipynb",
        "notebooks/02_overfitting_sweep.ipynb",
        "notebooks/03_improved_cnn.ipynb",
        "notebooks/04_error_analysis.ipynb",
        "notebooks/05_emnist_augmentation.ipynb",
    ]
    assert all(name.startswith(("notebooks/", "results/measurements/", "Modelle/")) for name in files if "/" in name)
    assert not any("reference" in name or "solution" in name for name in files)


def test_its_readme_starts_it_with_two_commands(edition):
    text = (edition / "README.md").read_text(encoding="utf-8")
    commands = re.search(r"```\n(.*?)```", text, re.DOTALL)[1].splitlines()
    assert len(commands) == 2
    wheel = re.search(r"\S+\.whl", commands[0])[0]
    assert (edition / wheel).exists()
    assert (edition / commands[1].split()[-1]).exists()


def test_the_measurements_that_its_notebooks_read_are_there(edition):
    stored = {path.stem for path in (edition / "results" / "measurements").glob("*.json")}
    for path in (edition / "notebooks").glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"load_measurement\(\\\"(\w+)\\\"\)", text)) <= stored
    assert "dense" not in stored


def test_each_answer_is_a_stand_in_that_says_so(edition):
    stubs = []
    for path in sorted((edition / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        stubs += [cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    assert len(stubs) >= 20
    assert all("# your " in stub for stub in stubs)


def test_one_notebook_can_be_released(without_wheel, tmp_path, capsys):
    assert main(["release", "02", "--to", str(tmp_path / "new")]) == 0
    assert [path.stem for path in (tmp_path / "new" / "notebooks").iterdir()] == ["02_overfitting_sweep"]
    assert "02_overfitting_sweep: 8 answers to give" in capsys.readouterr().out


@pytest.mark.parametrize("format", ["nbgrader", "otter"])
def test_other_formats(tmp_path, format):
    assert main(["release", "--format", format, "--to", str(tmp_path / "new")]) == 0
    assert len(list((tmp_path / "new").rglob("*.ipynb"))) == 5
    assert "can be forged" in (tmp_path / "new" / "README.md").read_text(encoding="utf-8")


WRONG = {
    "a folder with files": ("x/y", [], "is not empty"),
    "a notebook without answers": ("new", ["11"], "none of these notebooks has cells to answer"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_changes_nothing(tmp_path, capsys, what):
    target, notebooks, text = WRONG[what]
    (tmp_path / "x" / "y").mkdir(parents=True)
    (tmp_path / "x" / "y" / "mine").write_text("", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    assert main(["release", *notebooks, "--to", str(tmp_path / target)]) == 2
    assert text in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_it_fails_where_a_solution_slips_through(without_wheel, tmp_path, monkeypatch):
    """A solution whose stub is its answer is one that nobody has to solve."""

    def solve(notebook):
        return notebook

    monkeypatch.setattr(release, "student_notebook", solve)
    with pytest.raises(WrongUseError, match="the edition would show"):
        release.command(_arguments(tmp_path))
    assert list(tmp_path.iterdir()) == []


def _arguments(folder):
    from argparse import Namespace

    return Namespace(notebooks=["01"], to=folder / "new", format="own")


def test_a_wheel_that_can_not_be_built_leaves_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(release.sys, "executable", "/bin/false")
    assert main(["release", "01", "--to", str(tmp_path / "new")]) == 1
    assert "could not be built" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_no_stand_in_uses_a_name_that_is_not_there(edition):
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", str(edition / "notebooks")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_stubs_of_the_solutions_compile(edition):
    for path in (edition / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                compile("".join(cell["source"]), path.name, "exec")
    assert answer_cells(nbformat.read(next((edition / "notebooks").glob("*.ipynb")), as_version=4)) == []
