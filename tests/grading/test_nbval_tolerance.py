import os
import subprocess
import sys
import types
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest

from mnist_lab.grading import nbval_tolerance
from mnist_lab.grading.nbval_tolerance import compare_texts, find_numbers, read_atol

pytest_plugins = ["pytester"]

ATOL = Decimal("0.003")


def test_numbers_are_found_as_printed():
    text = "98.36 % of 10,000: -3 +0.28 1e-05 nan -inf [ .5 1.]"
    assert find_numbers(text) == ["98.36", "10,000", "-3", "+0.28", "1e-05", "nan", "-inf", ".5", "1."]


@pytest.mark.parametrize(
    "name", ["conv2d_1", "28x28", "version 2.21.0", "float32", "x_train2", "nano", "12s", "1234567e1234567"]
)
def test_digits_of_names_are_no_numbers(name):
    assert find_numbers(name) == []


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("accuracy 0.9836", "accuracy 0.9866"),
        ("accuracy 0.984", "accuracy 0.980"),  # 0.9835 and 0.9805, rounded
        ("[ 0.001 -0.002]", "[-0.001 -0.002]"),  # the sign takes the place of the padding
        ("0.98  0.97\n 0.96", "0.98 0.97 0.96"),  # NumPy wraps elsewhere
        ("loss nan, bound inf", "loss nan,  bound inf"),
        ("1,000.001 images", "999.999 images"),
        ("0.5,0.123", "0.501,0.124"),
        ("\x1b[92maccuracy \x1b[1m0.9840\x1b[0m", "accuracy 0.9836"),
        ("errors\n------\n0.998", "errors\n-----\n1.000"),  # the rule grows with the number
    ],
)
def test_close_numbers_agree(stored, new):
    assert compare_texts(stored, new, ATOL) == []


@pytest.mark.parametrize(
    ("stored", "new", "message"),
    [
        ("accuracy 0.9836", "accuracy 0.9700", "stored 0.9836, now 0.9700 (difference 0.0136, tolerance 0.003)"),
        ("164 errors", "165 errors", "stored 164, now 165"),
        ("loss 0.07", "loss nan", "stored 0.07, now nan"),
        ("bound inf", "bound -inf", "stored inf, now -inf"),
        ("a 1.0", "b 1.0", "differ in more than their numbers"),
        ("conv2d_1 0.5", "conv2d_2 0.5", "differ in more than their numbers"),
        ("0.1 0.2 0.3", "0.1 0.2", "holds 3 numbers, this run's text 2"),
        ("0.98, 0.9844", "0.9901, 0.9844", "stored 0.98, now 0.9901"),
    ],
)
def test_differences_are_named(stored, new, message):
    assert message in compare_texts(stored, new, ATOL)[0]


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("on 2026-01-31", "on 2026-01-30"),
        ("at 12:30:00", "at 12:30:01"),
        ("shape (60000, 28, 28)", "shape (60001, 28, 28)"),
        ("shape (3,)", "shape (4,)"),
        ("28×28 pixels", "28×27 pixels"),
        ("image #12", "image #13"),
        ("commit 1234567e1234567", "commit 1234568e1234567"),
        ("version 2.21.0", "version 2.21.1"),
    ],
)
def test_numbers_that_are_names_stay_exact_under_any_tolerance(stored, new):
    assert compare_texts(f"{stored}: 164 errors", f"{new}: 164 errors", Decimal(1000))
    assert compare_texts(f"{stored}: 164 errors", f"{stored}: 170 errors", Decimal(1000)) == []


def test_the_message_shows_the_line():
    (message,) = compare_texts("first\naccuracy 0.50 end", "first\naccuracy 0.60 end", ATOL)
    assert "stored line 2: accuracy 0.50 end" in message
    assert "2: accuracy 0.60 end" in message


def test_zero_tolerance_still_ignores_padding_only():
    assert compare_texts("a  0.5", "a 0.5", Decimal(0)) == []
    assert compare_texts("a 5", "a 6", Decimal(0))
    assert compare_texts("a 0.5", "a 0.6", Decimal(0))  # no slack for rounding
    assert compare_texts("a 0.984", "a 0.985", Decimal("0.0"))


def test_the_tag_is_read():
    assert read_atol(["solution", "nbval-atol=0.003"]) == ATOL
    assert read_atol(["nbval-ignore-output"]) is None


@pytest.mark.parametrize(
    "tags",
    [
        ["nbval-atol"],
        ["nbval-atol="],
        ["nbval-atol=small"],
        ["nbval-atol=-1"],
        ["nbval-atol=inf"],
        ["nbval-atol=nan"],
        ["nbval_atol=0.1"],
        ["nbval-rtol=0.1"],
        ["nbval-atol=0.1", "nbval-atol=0.2"],
        ["nbval-tol=0.1"],
        ["nbval-atol=1_000"],
        ["nbval-atol=1e400"],
    ],
)
def test_a_malformed_tag_is_refused(tags):
    with pytest.raises(ValueError, match=r"write it like nbval-atol=0.003|keep one"):
        read_atol(tags)


def write_notebook(path, *cells):
    """Write a notebook of ``(source, stored outputs, tags)``."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for number, (source, outputs, tags) in enumerate(cells, start=1):
        cell = nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=number)
        cell.metadata["tags"] = tags
        notebook.cells.append(cell)
    nbformat.write(notebook, path)


def printed(text):
    return [nbformat.v4.new_output("stream", name="stdout", text=text)]


def shown(**data):
    return [nbformat.v4.new_output("display_data", data={key.replace("_", "/"): text for key, text in data.items()})]


PLOTLY = "application/vnd.plotly.v1+json"


@pytest.fixture(scope="module")
def nbval_report(tmp_path_factory):
    """Outcome and text of one nbval run over cells that each try one thing."""
    folder = tmp_path_factory.mktemp("nbval")
    tag = ["nbval-atol=0.003"]
    html = "from IPython.display import HTML, display\ndisplay(HTML('<td>0.981</td>'))"
    error = [nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])]
    plotly = f"display({{'{PLOTLY}': {{'data': [2]}}, 'text/plain': 'bars'}}, raw=True)"
    cells = {
        "within": ("print('accuracy 0.9851 conv2d_1')", printed("accuracy 0.9836 conv2d_1\n"), tag),
        "beyond": ("print('accuracy 0.9700')", printed("accuracy 0.9836\n"), tag),
        "text": ("print('precision 0.9836')", printed("accuracy 0.9836\n"), tag),
        "untagged": ("print('accuracy 0.9837')", printed("accuracy 0.9836\n"), []),
        "nan": ("print(float('nan'))", printed("nan\n"), tag),
        "number became nan": ("print(float('nan'))", printed("0.5\n"), tag),
        "html": (html, shown(text_plain="<IPython.core.display.HTML object>", text_html="<td>0.98</td>"), tag),
        "output missing": ("pass", printed("0.5\n"), tag),
        "malformed": ("print(0.5)", printed("0.5\n"), ["nbval-atol=small"]),
        "plotly": (plotly, shown(text_plain="bars"), []),
        "results": (
            "import os\nprint(os.path.basename(os.environ['MNIST_LAB_RESULTS']), os.environ['MNIST_LAB_RESULTS'] == "
            f"os.path.join({str(folder)!r}, 'results'))",
            printed("results False\n"),
            [],
        ),
    }
    cells |= {
        "raises": ("1 / 0", error, ["nbval-raises-exception"]),
        "raises by marker": ("# NBVAL_RAISES_EXCEPTION\n1 / 0", error, []),
        "skipped": ("raise SystemError", printed("a long training\n"), ["skip-execution"]),
        "skipped by nbval": ("raise SystemError", [], ["nbval-skip"]),
        "backend": ("import matplotlib\nprint('inline' in matplotlib.get_backend())", printed("True\n"), []),
    }
    cells["plotly"][1][0]["data"][PLOTLY] = {"data": [1]}
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    write_notebook(folder / "cells.ipynb", *cells.values())
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MNIST_LAB_")}
    environment["MPLBACKEND"] = "agg"
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--nbval",
            "--nbval-current-env",
            "-p",
            "no:cacheprovider",
            "-rA",
            "--color=no",
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    ended = {line.split(" - ")[0] for line in run.stdout.splitlines()}
    outcomes = {
        name: next((end for end in ("PASSED", "FAILED") if f"{end} cells.ipynb::Cell {number}" in ended), "neither")
        for number, name in enumerate(cells)
    }
    return outcomes, run.stdout


@pytest.mark.parametrize(
    "cell", ["within", "nan", "html", "plotly", "results", "raises", "raises by marker", "backend"]
)
def test_nbval_passes(nbval_report, cell):
    outcomes, text = nbval_report
    assert outcomes[cell] == "PASSED", text


@pytest.mark.parametrize("cell", ["beyond", "text", "untagged", "number became nan", "output missing", "malformed"])
def test_nbval_fails(nbval_report, cell):
    outcomes, text = nbval_report
    assert outcomes[cell] == "FAILED", text


@pytest.mark.parametrize(
    "message",
    [
        "stdout: number beyond its tolerance: stored 0.9836, now 0.9700 (difference 0.0136, tolerance 0.003)",
        "stdout: the texts differ in more than their numbers",
        "stored 0.5, now nan",
        "malformed tag 'nbval-atol=small': 'small' is not a number, write it like nbval-atol=0.003",
    ],
)
def test_nbval_says_why(nbval_report, message):
    assert message in nbval_report[1]


def test_nbval_skips(nbval_report):
    outcomes, text = nbval_report
    assert [name for name, outcome in outcomes.items() if outcome == "neither"] == ["skipped", "skipped by nbval"]
    assert "SKIPPED [2] " in text


FOLDER_TEST = """
import os, pathlib
def test_folders():
    results, models = (pathlib.Path(os.environ[name]) for name in ("MNIST_LAB_RESULTS", "MNIST_LAB_MODELS"))
    assert results.is_dir() and models.is_dir() and results != models
    pathlib.Path("seen.txt").write_text(str(results))
"""


def test_the_session_writes_to_a_temporary_folder_that_goes_away(pytester, monkeypatch):
    monkeypatch.delenv("MNIST_LAB_RESULTS", raising=False)
    monkeypatch.delenv("MNIST_LAB_MODELS", raising=False)
    pytester.makeini("[pytest]")  # the project's own settings are not for this session
    pytester.makepyfile(FOLDER_TEST)
    assert pytester.runpytest_subprocess("-p", "no:cacheprovider").parseoutcomes() == {"passed": 1}
    seen = Path((pytester.path / "seen.txt").read_text())
    assert pytester.path not in seen.parents
    assert not seen.exists()


def test_a_folder_the_user_chose_is_kept(pytester, monkeypatch):
    chosen = pytester.mkdir("chosen")
    monkeypatch.setenv("MNIST_LAB_RESULTS", str(chosen))
    monkeypatch.delenv("MNIST_LAB_MODELS", raising=False)
    pytester.makeini("[pytest]")  # the project's own settings are not for this session
    pytester.makepyfile(FOLDER_TEST)
    assert pytester.runpytest_subprocess("-p", "no:cacheprovider").parseoutcomes() == {"passed": 1}
    assert (pytester.path / "seen.txt").read_text() == str(chosen)
    assert chosen.is_dir()


RELATIVE_TEST = """
import os, pathlib
def test_folders():
    for name in ("DATA", "CACHE", "RESULTS", "MODELS"):
        assert os.environ[f"MNIST_LAB_{name}"] == str(pathlib.Path(name.lower()).absolute())
"""


def test_relative_folders_become_absolute_for_the_session(pytester, monkeypatch):
    for name in ("DATA", "CACHE", "RESULTS", "MODELS"):
        monkeypatch.setenv(f"MNIST_LAB_{name}", name.lower())
    pytester.makeini("[pytest]")  # the project's own settings are not for this session
    pytester.makepyfile(RELATIVE_TEST)
    assert pytester.runpytest_subprocess("-p", "no:cacheprovider").parseoutcomes() == {"passed": 1}


def test_the_environment_is_restored_after_the_session(monkeypatch):
    monkeypatch.setenv("MNIST_LAB_DATA", "data")
    monkeypatch.setenv("MNIST_LAB_CACHE", "")
    monkeypatch.delenv("MNIST_LAB_RESULTS", raising=False)
    before, cleanups = dict(os.environ), []
    options = types.SimpleNamespace(nbval=True)
    config = types.SimpleNamespace(add_cleanup=cleanups.append, known_args_namespace=options, rootpath=Path.cwd())
    nbval_tolerance.pytest_load_initial_conftests(config)
    folder = Path(os.environ["MNIST_LAB_RESULTS"])
    assert os.environ["MNIST_LAB_DATA"] == str(Path.cwd() / "data")
    assert os.environ["MNIST_LAB_CACHE"] == ""
    assert folder.is_dir()
    cleanups[0]()
    assert dict(os.environ) == before
    assert not folder.exists()


def test_the_plugin_is_harmless_without_nbval(pytester):
    pytester.makeini("[pytest]")  # the project's own settings are not for this session
    pytester.makepyfile("def test_one(): assert True")
    result = pytester.runpytest_subprocess("-p", "no:nbval", "-p", "no:cacheprovider")
    assert result.parseoutcomes() == {"passed": 1}
