"""The files around the code stay in step with each other."""

import ast
import json
import re
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.measurements import table
from mnist_lab import comparison, files
from mnist_lab.grading.preflight import preflight

ROOT = files.project_root(__file__)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def required():
    """Lower bounds by package name, with the packages for tests."""
    texts = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
    return {canonicalize_name(item.name): item.specifier for item in map(Requirement, texts)}


def pinned():
    """Exact versions of environment.yml by package name."""
    content = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    pip = next(item["pip"] for item in content["dependencies"] if isinstance(item, dict))
    return {
        canonicalize_name(name): version for name, _, version in (text.partition("==") for text in pip if "==" in text)
    }


def imported():
    """Names of the packages that mnist_lab imports anywhere, as they are installed."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "mnist_lab").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    foreign = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - {"mnist_lab"}
    return {canonicalize_name({"sklearn": "scikit-learn", "PIL": "pillow"}.get(name, name)) for name in foreign}


def test_every_imported_package_is_required():
    assert imported() - set(required()) == set()


def test_environment_pins_what_the_package_requires():
    assert set(pinned()) == set(required())


@pytest.mark.parametrize("name", sorted(required()))
def test_pinned_versions_satisfy_the_lower_bounds(name):
    assert pinned()[name] in required()[name]


def test_environment_python_is_allowed():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert re.search(r"- python=(\S+)", text)[1] + ".0" in Requirement(f"python{PROJECT['requires-python']}").specifier


def test_every_package_the_course_asks_for_is_required():
    asked = "tensorflow keras numpy pandas matplotlib seaborn scikit-learn emnist plotly cufflinks jupyter nbval"
    assert set(asked.split()) <= set(required())


def cells_of(path):
    """Return the code cells of a notebook, each with its source as one text."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in cells if cell["cell_type"] == "code"]


def test_there_are_five_core_notebooks():
    assert [path.stem[:2] for path in NOTEBOOKS][:5] == ["01", "02", "03", "04", "05"]


@pytest.mark.parametrize(("path", "points"), list(zip(NOTEBOOKS[:5], (1, 2, 3, 2, 2), strict=True)), ids=str)
def test_each_task_has_answers_with_stand_ins_and_one_check_with_its_points(path, points):
    cells = [cell["metadata"].get("mnist_lab", {}) | {"source": cell["source"]} for cell in cells_of(path)]
    task = int(path.stem[:2])
    assert [(cell["task"], cell["points"]) for cell in cells if "points" in cell] == [(task, points)]
    answers = [cell for cell in cells if "stub" in cell]
    assert answers
    for answer in answers:
        assert answer["task"] == task
        ast.parse(answer["stub"])
        assert "your" in answer["stub"]
        assert answer["stub"] != answer["source"]


@pytest.mark.parametrize("path", NOTEBOOKS[1:3], ids=lambda path: path.stem)
def test_the_first_models_are_written_in_the_notebook(path):
    source = "\n".join(cell["source"] for cell in cells_of(path))
    assert all(word in source for word in ("keras.Sequential(", "Conv2D(", ".compile(", ".fit("))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_preflight_finds_nothing(path):
    assert [str(finding) for finding in preflight(path)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_has_its_line_in_the_readme_and_its_reference(path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"notebooks/{path.name}" in readme
    assert (ROOT / "results" / "reference" / path.stem / "metrics.json").is_file()


def test_readme_pictures_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", readme)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)


def test_the_table_of_models_is_the_one_that_the_command_makes():
    readme = (ROOT / "results" / "measurements" / "README.md").read_text(encoding="utf-8")
    assert "\n".join(table.model_rows()) in readme


def test_every_compared_model_is_measured_and_none_falls_short():
    models = comparison.model_table()
    assert (models["seeds"] > 0).all()  # one that was not timed shows a dash
    for name, row in models.iterrows():
        assert len(comparison.stored_predictions(name)) == row["seeds"]
        outcome = comparison.outcome(name, row["test %"] / 100)
        assert outcome in ("matched", "goal reached", "no original, no goal"), name


# From the ground up: a room imports only what stands before it.
FLOORS = (
    *("gpu", "_keras", "_validation", "files", "sources", "data", "reproducibility", "models", "training"),
    *("evaluation", "network", "significance", "plotting", "results", "comparison", "kaggle", "checks", "grading"),
)


def imports_of(path):
    """Yield the rooms that a module imports at its top level; functions may import later, where that saves time."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module == "mnist_lab":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mnist_lab."):
            yield node.module.split(".")[1]


def test_imports_go_one_way():
    package = ROOT / "mnist_lab"
    for path in package.rglob("*.py"):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        if room != "__init__":
            upward = {name for name in imports_of(path) if name in FLOORS and FLOORS.index(name) > FLOORS.index(room)}
            assert not upward, f"{path.relative_to(package)} imports {upward}"


def test_the_house_has_few_rooms():
    rooms = {path.name for path in (ROOT / "mnist_lab").iterdir()} - {"__pycache__"}
    assert {room.removesuffix(".py") for room in rooms} == {"__init__", *FLOORS}
    assert len(rooms) <= 20


def test_readme_is_one_screen_and_a_half():
    assert (ROOT / "README.md").stat().st_size <= 7 * 1024
