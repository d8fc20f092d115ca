"""The files around the code stay in step with each other."""

import ast
import re
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mnist_lab import comparison, files, results
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


def test_there_are_five_core_notebooks():
    assert [path.stem[:2] for path in NOTEBOOKS][:5] == ["01", "02", "03", "04", "05"]


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


@pytest.mark.parametrize(
    "name", [*comparison.MODELS, "simple_cnn_20_epochs", "deep_cnn_10_epochs", "improved_cnn_unaugmented", "vgg_cnn"]
)
def test_readme_repeats_what_was_measured(name):
    runs = results.load_measurement(name)["runs"]
    accuracy = 100 * sum(run["test"]["accuracy"] for run in runs) / len(runs)
    row = next(
        line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if f"| `{name}` |" in line
    )
    assert f"| {accuracy:.2f} " in row
    assert row.endswith(f"| {len(runs)} |")


def test_every_model_is_measured_and_none_falls_short():
    for name in comparison.MODELS:
        predictions = comparison.stored_predictions(name)
        assert len(predictions) >= 3
        verdict = comparison.outcome(name, comparison.model_table([name]).loc[name, "test %"] / 100)
        assert verdict in ("matched", "goal reached", "no original, no goal"), name
