import os
import re
import sys
import time
from pathlib import Path

import nbformat
import pytest

from mnist_lab.grading.notebooks import find_notebooks
from mnist_lab.grading.preflight import preflight
from mnist_lab.grading.run.kernel import run_notebook


@pytest.fixture(scope="module")
def good(tmp_path_factory, write_notebook):
    """A run that succeeds: its outcome, the executed notebook, and the calls of the hook."""
    folder = tmp_path_factory.mktemp("good")
    path = write_notebook(
        folder / "work" / "good.ipynb",
        "import os, sys\nprint(sys.executable)\nprint(os.getcwd())\nprint(os.environ['MNIST_LAB_RESULTS'])",
        "",
        "import time\ntime.sleep(0.5)\nprint('a', end='')\nprint('warned', file=sys.stderr)\nprint('b')",
    )
    calls = []
    run = run_notebook(
        path,
        folder / "out" / "good.ipynb",
        environment={"MNIST_LAB_RESULTS": "chosen"},
        on_cell=lambda *call: calls.append(call),
    )
    return run, nbformat.read(folder / "out" / "good.ipynb", as_version=4), calls, path


def test_a_good_notebook_is_reported(good):
    run, _, _, _ = good
    assert run.ok
    assert run.error is None
    assert (run.notebook, run.cells, run.cells_run) == ("good", 3, 3)
    assert run.slowest_cell[0] == 3
    assert 0.5 <= run.slowest_cell[1] < run.seconds
    assert run.stderr_cells == (3,)


def test_the_kernel_is_this_python_in_the_notebooks_folder(good):
    _, notebook, _, path = good
    python, folder, results = notebook.cells[1].outputs[0].text.splitlines()
    assert python == sys.executable
    assert os.path.realpath(folder) == os.path.realpath(path.parent)
    assert results == "chosen"


def test_the_executed_notebook_is_stable(good):
    _, notebook, _, _ = good
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    assert notebook.metadata["language_info"] == {"name": "python"}
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, None, 2]
    assert all("execution" not in cell.metadata for cell in notebook.cells)
    outputs = [(output.name, output.text) for output in notebook.cells[3].outputs]
    assert outputs == [("stdout", "ab\n"), ("stderr", "warned\n")]


def test_the_original_is_left_alone(good):
    original = nbformat.read(good[3], as_version=4)
    assert all(not cell.outputs for cell in original.cells[1:])


def test_the_hook_hears_of_each_cells_begin_and_end(good):
    _, _, calls, _ = good
    assert [(number, total, seconds is None) for number, total, _, seconds in calls] == [
        (1, 3, True),
        (1, 3, False),
        (2, 3, True),
        (2, 3, False),
        (3, 3, True),
        (3, 3, False),
    ]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux counts the peak")
def test_peak_memory_is_that_of_the_kernel(good):
    assert 2e7 < good[0].peak_memory < 2e9


@pytest.mark.parametrize(
    ("sources", "timeout", "error"),
    [
        (["print('before')", "raise ValueError('first\\nsecond')", "1"], 60, (2, "ValueError", "first")),
        (["print('before')", "import os\nos._exit(1)", "1"], 60, (2, "dead kernel", "ended itself with exit code 1")),
        (["print('before')", "while True: pass", "1"], 1, (2, "time limit", "longer than 1 s")),
    ],
    ids=["error", "dead", "slow"],
)
def test_a_failure_is_reported_and_the_part_before_kept(tmp_path, write_notebook, sources, timeout, error):
    path = write_notebook(tmp_path / "bad.ipynb", *sources)
    began = time.perf_counter()
    run = run_notebook(path, tmp_path / "out.ipynb", timeout=timeout)
    assert time.perf_counter() - began < 30
    assert (run.ok, run.cells, run.cells_run) == (False, 3, 1)
    assert run.error[:2] == error[:2]
    assert error[2] in run.error[2]
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert cells[1].outputs[0].text == "before\n"
    assert cells[3].execution_count is None


def test_what_is_no_notebook_is_reported(tmp_path):
    (tmp_path / "bad.ipynb").write_text("{", encoding="utf-8")
    run = run_notebook(tmp_path / "bad.ipynb", tmp_path / "out.ipynb")
    assert run.error[:2] == (None, "unreadable notebook")
    assert not (tmp_path / "out.ipynb").exists()


@pytest.fixture
def notebooks(tmp_path):
    for name in ("01_counts", "02_sweep", "10_marvin", "10_other"):
        (tmp_path / f"{name}.ipynb").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], ["01_counts", "02_sweep", "10_marvin", "10_other"]),
        (["02", "01"], ["02_sweep", "01_counts"]),
        (["1", "01_counts"], ["01_counts"]),
    ],
)
def test_notebooks_are_found(notebooks, names, found):
    assert [path.stem for path in find_notebooks(names, notebooks)] == found


def test_a_path_is_taken_as_it_is(notebooks, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mine.ipynb"
    elsewhere.touch()
    assert find_notebooks([str(elsewhere)], notebooks) == [elsewhere.resolve()]


@pytest.mark.parametrize("name", ["99", "sweep", "10", ""])
def test_an_unknown_or_ambiguous_name_lists_the_known_ones(notebooks, name):
    with pytest.raises(ValueError, match="01_counts, 02_sweep, 10_marvin, 10_other"):
        find_notebooks([name], notebooks)


CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize(
    ("case", "texts"),
    [
        ("raises", ["ZeroDivisionError", "after"]),
        ("tags_comment", ["ZeroDivisionError", "after"]),
        ("tags_skip", [None, "after"]),
        ("skip", [None, "2", "3"]),
        ("tags_null", ["1"]),
    ],
)
def test_tags_and_markers_are_read_as_nbval_and_preflight_read_them(tmp_path, case, texts):
    run = run_notebook(CASES / f"{case}.ipynb", tmp_path / "out.ipynb")
    assert run.ok and run.cells_run == run.cells == len(texts)
    outputs = [cell.outputs for cell in nbformat.read(tmp_path / "out.ipynb", as_version=4).cells]
    found = [(cell[0].get("text") or cell[0].ename).strip() if cell else None for cell in outputs]
    assert found == texts
    assert not [finding for finding in preflight(CASES / f"{case}.ipynb") if finding.rule not in ("kernelspec",)]


def test_a_widget_that_captures_output_runs(tmp_path):
    assert run_notebook(CASES / "interact.ipynb", tmp_path / "out.ipynb").ok


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_crash_is_called_by_its_signal(tmp_path):
    run = run_notebook(CASES / "segv.ipynb", tmp_path / "out.ipynb")
    assert run.error[:2] == (1, "dead kernel")
    assert "SIGSEGV" in run.error[2] and "memory" not in run.error[2]


def test_what_nbclient_stumbles_over_is_this_notebooks_failure(tmp_path, write_notebook, monkeypatch):
    from mnist_lab.grading.run.client import BoundedClient

    def stumble(self, msg, cell, cell_index):
        raise KeyError("outputs")

    monkeypatch.setattr(BoundedClient, "process_message", stumble)
    run = run_notebook(write_notebook(tmp_path / "a.ipynb", "1"), tmp_path / "out.ipynb")
    assert run.error == (1, "KeyError", "'outputs'")


@pytest.mark.parametrize("name", ["01", "1"])
def test_a_number_means_the_original_and_a_copy_has_its_name(notebooks, name):
    for copy in ("01_counts-Copy1", "01_counts (2)"):
        (notebooks / f"{copy}.ipynb").touch()
    assert [path.stem for path in find_notebooks([name], notebooks)] == ["01_counts"]
    assert [path.stem for path in find_notebooks(["01_counts-Copy1"], notebooks)] == ["01_counts-Copy1"]


@pytest.mark.parametrize("name", ["01_counts.ipynb", "/no/such.ipynb", "nowhere/01_counts", "a.ipynb"])
def test_a_path_must_exist(notebooks, tmp_path_factory, monkeypatch, name):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(ValueError, match=f"no such file: {re.escape(name)}"):
        find_notebooks([name], notebooks)
