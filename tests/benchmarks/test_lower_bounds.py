"""The check of the lower bounds: what it would install and run, what it answers. Nothing is installed here."""

import json
import subprocess
import tomllib
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from benchmarks.upkeep import lower_bounds

PROJECT = tomllib.loads((lower_bounds.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]


@pytest.fixture
def commands(monkeypatch):
    """Commands that were run; uv and pytest are replaced, and `pytest` is the latter's exit code."""
    ran = SimpleNamespace(commands=[], pytest=0, failing=None)
    versions = [{"name": Requirement(text).name, "version": f"1.{i}"} for i, text in enumerate(REQUIREMENTS)]

    def run(command, check=False, **options):
        ran.commands.append((command, options))
        if ran.failing in command:
            raise subprocess.CalledProcessError(1, command)
        return SimpleNamespace(stdout=json.dumps(versions), returncode=0 if check else ran.pytest)

    monkeypatch.setattr(lower_bounds.subprocess, "run", run)
    monkeypatch.setattr(lower_bounds, "find_uv", lambda: "uv")
    return ran


def test_the_project_is_installed_for_tests_at_the_lowest_versions_into_a_fresh_environment(commands):
    assert lower_bounds.main([]) == 0
    (make, _), (install, options), *_ = commands.commands
    folder = make[-1]
    assert make[:2] == ["uv", "venv"]
    assert make[make.index("--python") + 1] == PROJECT["requires-python"].removeprefix(">=").partition(",")[0]
    assert install[:3] == ["uv", "pip", "install"]
    assert install[install.index("--python") + 1].startswith(folder)
    assert install[install.index("--resolution") + 1] == "lowest-direct"
    assert install[-2:] == ["-e", ".[test]"]
    assert options["cwd"] == lower_bounds.ROOT


@pytest.mark.parametrize("code", [0, 1, 5])
def test_unit_tests_and_notebook_01_run_there_and_the_exit_code_is_pytests(commands, capsys, code):
    commands.pytest = code
    assert lower_bounds.main(["--python", "3.12"]) == code
    (make, _), *_, (tests, options) = commands.commands
    assert make[make.index("--python") + 1] == "3.12"
    assert tests[0].startswith(make[-1])
    assert tests[1:] == ["-m", "pytest", "tests", "notebooks/01_class_histogram.ipynb"]
    assert all((lower_bounds.ROOT / name).exists() for name in tests[3:])
    assert options["cwd"] == lower_bounds.ROOT
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"lower bounds with Python 3.12: {'failed' if code else 'passed'}"


def test_every_requirement_is_printed_with_its_version(commands, capsys):
    lower_bounds.main([])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    for i, text in enumerate(REQUIREMENTS):
        assert [text, f"1.{i}"] in lines


@pytest.mark.parametrize("failing", ["venv", "install", "list"])
def test_an_environment_that_cannot_be_made_is_exit_code_2(commands, capsys, failing):
    commands.failing = failing
    assert lower_bounds.main([]) == 2
    assert failing in capsys.readouterr().err
    assert not any("pytest" in command for command, _ in commands.commands)


def test_without_uv_the_cure_is_named(commands, monkeypatch, capsys):
    monkeypatch.setattr(lower_bounds, "find_uv", lambda: None)
    with pytest.raises(SystemExit, match="2"):
        lower_bounds.main([])
    assert "pip install uv" in capsys.readouterr().err
    assert commands.commands == []
