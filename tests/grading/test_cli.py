import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import types

import nbformat
import pytest

import mnist_lab
from mnist_lab.grading.cli import main

WRITE = (
    "import json, os, pathlib\n"
    "folder = pathlib.Path(os.environ['MNIST_LAB_RESULTS']) / '{name}'\n"
    "folder.mkdir()\n"
    "(folder / 'metrics.json').write_text(json.dumps({{'accuracy': {{'value': {value}, 'atol': 0.01}}}}))\n"
    "print(pathlib.Path(os.environ['MNIST_LAB_MODELS']).name)"
)


@pytest.fixture
def project(tmp_path, make_project, monkeypatch):
    """A project with notebooks that write a result, change one, and fail; it is the working folder."""
    root = make_project(
        tmp_path / "project",
        **{
            "01_same": [WRITE.format(name="01_same", value=0.981)],
            "02_moves": [WRITE.format(name="02_moves", value=0.9)],
            "03_fails": [WRITE.format(name="03_fails", value=0.98), "1 / 0"],
        },
    )
    for name in ("01_same", "02_moves", "03_fails"):
        (root / "results" / "reference" / name).mkdir(parents=True)
        metrics = {"accuracy": {"value": 0.98, "atol": 0.01}}
        (root / "results" / "reference" / name / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    monkeypatch.chdir(root)
    return root


def reference(project, name):
    return json.loads((project / "results" / "reference" / name / "metrics.json").read_text(encoding="utf-8"))[
        "accuracy"
    ]["value"]


def stored_outputs(project, name):
    notebook = nbformat.read(project / "notebooks" / f"{name}.ipynb", as_version=4)
    return [output.text for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_run_goes_to_its_own_folder_and_ends_with_table_and_verdict(project, capsys):
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert main(["run"]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "01_same cell [1] of 1: import json, os, pathlib" in out
    assert "03_fails" in out and "failed in cell [2]: ZeroDivisionError: division by zero" in out
    assert "01_same/metrics.json   within tolerance" in out
    assert "02_moves/metrics.json  changed           accuracy: 0.98 -> 0.9 (tolerance 0.01)" in out
    assert "03_fails/metrics.json" not in out
    (folder,) = (project / "runs").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["models", "notebooks", "results"]
    assert len(list((folder / "notebooks").iterdir())) == 3
    assert before == {path: path.read_bytes() for path in before}


def test_update_reference_replaces_what_succeeded(project):
    assert main(["run", "02", "03_fails", "--update-reference"]) == 1
    assert stored_outputs(project, "02_moves") == ["models\n"]
    assert reference(project, "02_moves") == 0.9
    assert stored_outputs(project, "03_fails") == []
    assert reference(project, "03_fails") == 0.98
    metrics = project / "results" / "reference" / "02_moves" / "metrics.json"
    stored = (project / "notebooks" / "02_moves.ipynb").read_bytes(), metrics.read_bytes()
    assert main(["run", "02", "--update-reference"]) == 0
    assert stored == ((project / "notebooks" / "02_moves.ipynb").read_bytes(), metrics.read_bytes())


def test_update_reference_trains_freshly_and_copies_the_models(tmp_path, make_project, monkeypatch):
    source = (
        "import os, pathlib\nfolder = pathlib.Path(os.environ['MNIST_LAB_MODELS'])\n"
        "print([path.name for path in folder.iterdir()])\n"
        "for name in ('a.keras', '.a.lock', 'b.lock', 'README.md'):\n    (folder / name).write_text('new')\n"
    )
    root = make_project(tmp_path / "p", **{"01_trains": [source], "02_fails": ["1 / 0"]})
    models = root / "Modelle"
    models.mkdir()
    for name in ("a.keras", "README.md", "other.keras"):
        (models / name).write_text("old", encoding="utf-8")
    monkeypatch.chdir(root)
    assert main(["run", "02", "--update-reference"]) == 1
    assert (models / "a.keras").read_text(encoding="utf-8") == "old"
    assert main(["run", "01", "--update-reference"]) == 0
    assert stored_outputs(root, "01_trains") == ["[]\n"]
    found = {path.name: path.read_text(encoding="utf-8") for path in models.iterdir()}
    assert found == {"a.keras": "new", "README.md": "old", "other.keras": "old"}


def test_relative_folders_mean_the_users_working_folder(tmp_path, make_project, monkeypatch):
    source = "import os\nprint(os.environ['MNIST_LAB_DATA'])\nprint(os.environ['MNIST_LAB_RESULTS'])"
    root = make_project(tmp_path / "p", **{"01_prints": [source]})
    monkeypatch.chdir(root)
    monkeypatch.setenv("MNIST_LAB_DATA", "data")
    monkeypatch.setenv("MNIST_LAB_RESULTS", "elsewhere")
    assert main(["run"]) == 1  # it writes no results
    (executed,) = (root / "runs").glob("*/notebooks/01_prints.ipynb")
    data, results = nbformat.read(executed, as_version=4).cells[1].outputs[0].text.splitlines()
    assert data == str(root / "data")
    assert results == str(executed.parent.parent / "running" / "01_prints")


def test_run_exits_0_where_nothing_changed(project):
    assert main(["run", "notebooks/01_same.ipynb"]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't send Ctrl-C to one process")
def test_ctrl_c_keeps_what_ran_and_leaves_no_kernel(tmp_path, make_project):
    sources = [
        "import os\nprint(os.getpid())",
        "import pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))",
    ]
    root = make_project(tmp_path / "p", **{"01_slow": [*sources, "time.sleep(60)"], "02_next": ["1"]})
    # A test session in the background ignores Ctrl-C, and so would its child: on a terminal it does not.
    listen = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{listen}; from mnist_lab.grading import cli; sys.exit(cli.main(['run']))"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    pid = root / "notebooks" / "pid"
    deadline = time.monotonic() + 30
    while not pid.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Not finished: 01_slow, 02_next" in out
    assert err == ""
    (executed,) = (root / "runs").glob("*/notebooks/01_slow.ipynb")
    assert nbformat.read(executed, as_version=4).cells[1].outputs
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text(encoding="utf-8")), 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "99"],
        ["preflight", "nothing"],
        ["diff", "results/reference", "nowhere"],
        ["diff", "results/reference"],
        ["diff", "notebooks", "results/empty"],
    ],
)
def test_wrong_use_says_what_is_known_and_exits_2(project, capsys, arguments):
    (project / "results" / "empty").mkdir()
    for path in (project / "notebooks").iterdir():
        if arguments[0] == "diff":
            path.unlink()
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert "folder" in err if arguments[0] == "diff" else "01_same, 02_moves, 03_fails" in err


@pytest.mark.parametrize(
    "arguments", [["run", "--timeout", "0"], ["run", "--timeout", "x"], ["diff", "a", "b", "c"], ["what"]]
)
def test_wrong_arguments_exit_2(arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


@pytest.mark.parametrize("seconds", ["x", "0", "nan", "inf"])
def test_a_bad_time_limit_is_explained(seconds, capsys):
    with pytest.raises(SystemExit):
        main(["run", "--timeout", seconds])
    assert f"{seconds} is not a number above 0" in capsys.readouterr().err


def test_names_outside_of_a_project_exit_2(monkeypatch, capsys):
    def refuse():
        raise FileNotFoundError("No mnist_lab project here")

    monkeypatch.setattr("mnist_lab.grading.notebooks.project_root", refuse)
    assert main(["run", "01"]) == 2
    assert "No mnist_lab project" in capsys.readouterr().err


def test_no_command_prints_help_and_exits_2(capsys):
    assert main([]) == 2
    assert "mnist-lab" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"mnist-lab {mnist_lab.__version__}\n"


@pytest.mark.parametrize("command", ["fetch", "run", "preflight", "diff", "env"])
def test_each_command_has_help_with_an_example(capsys, command):
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert f"example:\n  mnist-lab {command}" in capsys.readouterr().out


def test_preflight_exits_1_with_one_line_a_finding(project, capsys):
    assert main(["preflight", "03"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("03_fails: kernelspec: ")
    assert [line.partition(": not-executed: ")[0] for line in lines[1:3]] == ["03_fails cell 1", "03_fails cell 2"]
    assert lines[3:] == ["1 notebook looked at: 3 found"]


def test_preflight_of_a_path_needs_no_project(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    nbformat.write(notebook, tmp_path / "clean.ipynb")
    (tmp_path / "broken.ipynb").write_text("{", encoding="utf-8")
    assert main(["preflight", "clean.ipynb"]) == 0
    assert capsys.readouterr().out == "1 notebook looked at: nothing found\n"
    assert main(["preflight", "clean.ipynb", "broken.ipynb"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("broken.ipynb: unreadable: ")
    assert out.endswith("2 notebooks looked at: 1 found\n")


def test_diff_exit_codes(project, capsys):
    assert main(["diff", "results/reference", "results/reference"]) == 0
    assert capsys.readouterr().out.endswith("\n3 identical\nNo result changed.\n")
    (project / "other" / "02_moves").mkdir(parents=True)
    (project / "other" / "01_same").mkdir(parents=True)
    assert main(["diff", "results/reference", "other"]) == 1
    assert "01_same/   missing  1 file, only in the reference" in capsys.readouterr().out


def test_diff_reads_a_zip_file(project, capsys):
    shutil.make_archive("student", "zip", "results", "reference")
    assert main(["diff", "results/reference", "student.zip"]) == 0
    assert "3 identical" in capsys.readouterr().out


def test_diff_writes_a_report(project, capsys):
    metrics = project / "other" / "01_same" / "metrics.json"
    shutil.copytree("results/reference", "other")
    metrics.write_text(metrics.read_text(encoding="utf-8").replace("0.98", "0.5"), encoding="utf-8")
    assert main(["diff", "results/reference", "other", "--html", "report.html"]) == 1
    assert "Report: report.html" in capsys.readouterr().out
    assert "0.98 -&gt; 0.5" in (project / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("file/report.html", "there is no folder file"),
        ("nowhere/report.html", "there is no folder nowhere"),
        ("student.zip", "it is there, and no HTML page"),
        ("results", "which is a folder"),
        ("", "which is a folder"),
    ],
)
def test_a_report_that_cannot_be_written_is_named_at_once_and_nothing_is_touched(project, capsys, target, message):
    (project / "file").touch()
    shutil.make_archive("student", "zip", "results", "reference")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert main(["diff", "results/reference", "student.zip", "--html", target]) == 2
    assert message in capsys.readouterr().err
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_a_report_that_fails_late_leaves_the_comparison_and_no_file(project, capsys, monkeypatch):
    def refuse(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mnist_lab.grading.diff.command.write_atomically", refuse)
    assert main(["diff", "results/reference", "results/reference", "--html", "report.html"]) == 2
    out, err = capsys.readouterr()
    assert "3 identical" in out
    assert err == "mnist-lab: can't write report.html (No space left on device): name a file in a folder of yours\n"


def test_without_arguments_what_was_run_by_hand_is_compared_with_the_reference(project, capsys, monkeypatch):
    monkeypatch.delenv("MNIST_LAB_RESULTS", raising=False)  # a test session sets it
    (project / "results" / ".ipynb_checkpoints").mkdir()
    assert main(["diff"]) == 2
    assert "no notebook was run by hand" in capsys.readouterr().err
    shutil.copytree("results/reference/01_same", "results/01_same")
    (project / "results" / "measurements").mkdir()
    (project / "results" / "measurements" / "dense.json").write_text("{}", encoding="utf-8")
    assert main(["diff"]) == 0
    assert capsys.readouterr().out.endswith("\n1 identical\nNo result changed.\n")
    metrics = project / "results" / "01_same" / "metrics.json"
    metrics.write_text(metrics.read_text(encoding="utf-8").replace("0.98", "0.5"), encoding="utf-8")
    assert main(["diff"]) == 1
    assert "01_same/metrics.json  changed" in capsys.readouterr().out


def test_the_project_itself_can_be_named_as_reference(project, capsys):
    shutil.copytree("results/reference", "handed_in")
    assert main(["diff", ".", "handed_in"]) == 0
    assert "reference: results/reference" in capsys.readouterr().out


def test_an_old_report_is_replaced(project):
    (project / "report.html").write_text("old", encoding="utf-8")
    assert main(["diff", "results/reference", "results/reference", "--html", "report.html"]) == 0
    assert "<html" in (project / "report.html").read_text(encoding="utf-8")


def test_diff_says_which_folders_it_took(project, capsys):
    (project / "packed").mkdir()
    shutil.copytree("results/reference", "packed/results")
    assert main(["diff", "results/reference", "packed"]) == 0
    assert capsys.readouterr().out.startswith("reference: results/reference\ncandidate: packed/results\n\n")


def test_a_renamed_copy_is_compared_with_the_results_it_writes(project, capsys):
    shutil.copy("notebooks/02_moves.ipynb", "anna.ipynb")
    assert main(["run", "anna.ipynb"]) == 1
    assert "02_moves/metrics.json  changed" in capsys.readouterr().out


def test_notebooks_from_elsewhere_do_not_become_the_reference(project, capsys):
    (project / "student").mkdir()
    shutil.copy("notebooks/02_moves.ipynb", "student/02_moves.ipynb")
    before = (project / "student" / "02_moves.ipynb").read_bytes()
    assert main(["run", "--update-reference", "student/02_moves.ipynb"]) == 2
    assert "is not in notebooks/ of this project" in capsys.readouterr().err
    assert (project / "student" / "02_moves.ipynb").read_bytes() == before
    assert reference(project, "02_moves") == 0.98


def test_env_prints_json(capsys, monkeypatch):
    fake = types.SimpleNamespace(environment_record=lambda: {"python": "3", "os": {"name": "Größe"}})
    monkeypatch.setitem(sys.modules, "mnist_lab.reproducibility", fake)
    assert main(["env"]) == 0
    assert json.loads(capsys.readouterr().out)["os"]["name"] == "Größe"


@pytest.fixture
def no_download(monkeypatch):
    """Replace the data by small arrays."""
    import numpy as np

    from mnist_lab import data, sources

    def images(n):
        return np.zeros((n, 28, 28), np.uint8), np.zeros(n, np.uint8)

    mnist = dict(zip(("x_train", "y_train", "x_test", "y_test"), (*images(6), *images(4)), strict=True))
    asked = {}
    monkeypatch.setattr(sources, "fetch_mnist", lambda verbose: (mnist, "a test"))
    monkeypatch.setattr(sources, "sources_used", lambda: {"MNIST": "a test"})
    monkeypatch.setattr(data, "load_extra_digits", lambda counts, verbose: asked.update(counts) or images(3))
    return asked


def test_fetch_prints_shapes_and_sources(no_download, capsys):
    assert main(["fetch"]) == 0
    out = capsys.readouterr().out
    assert "MNIST training  (6, 28, 28)  (6,)" in out
    assert "MNIST: a test" in out
    assert no_download == dict.fromkeys(range(10), 200)


def test_fetch_says_why_it_failed(no_download, capsys, monkeypatch):
    from mnist_lab import sources

    def refuse(verbose):
        raise sources.DataError("no network: set MNIST_LAB_DATA")

    monkeypatch.setattr(sources, "fetch_mnist", refuse)
    assert main(["fetch"]) == 1
    assert capsys.readouterr().err == "mnist-lab: no network: set MNIST_LAB_DATA\n"


@pytest.mark.parametrize("arguments", [["--help"], ["preflight"], ["diff", "results/reference", "results/reference"]])
def test_quick_commands_load_no_tensorflow(project, arguments):
    code = (
        "import sys\nfrom mnist_lab.grading import cli, nbval_tolerance\n"
        f"try:\n    cli.main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "sys.exit(sorted(name for name in ('tensorflow', 'keras', 'nbclient', 'sklearn') if name in sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 1 and run.stderr.strip() == "[]"


def test_a_console_without_unicode_gets_question_marks(project):
    (project / "results" / "reference" / "größe→.json").write_text("{}", encoding="utf-8")
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "mnist_lab.grading.cli", "diff", "results/reference", "results/reference"]
    run = subprocess.run(command, env=environment, capture_output=True)
    assert run.returncode == 0
    assert b"gr??e?.json" in run.stdout


HALF = WRITE.format(name="01_same", value=0.5)


def write_copies(project, write_notebook, **copies):
    return [
        str(write_notebook(project / folder / "01_same.ipynb", *sources).relative_to(project))
        for folder, sources in copies.items()
    ]


def test_two_notebooks_of_one_name_are_each_judged_by_their_own_results(project, write_notebook, capsys):
    good = WRITE.format(name="01_same", value=0.981)
    names = write_copies(project, write_notebook, a=[good], b=["print('nothing')"], c=[HALF])
    assert main(["run", *names]) == 1
    out = capsys.readouterr().out
    assert re.search(r"^01_same/metrics.json +within tolerance", out, re.MULTILINE)
    assert re.search(r"^b_01_same/01_same/metrics.json +missing", out, re.MULTILINE)
    assert re.search(r"^c_01_same/01_same/metrics.json +changed", out, re.MULTILINE)
    (executed,) = (project / "runs").glob("*/notebooks")
    assert sorted(path.stem for path in executed.iterdir()) == ["01_same", "b_01_same", "c_01_same"]


def test_a_copy_after_the_original_is_judged_by_its_own_results(project, write_notebook, capsys):
    write_notebook(project / "notebooks" / "01_same-Copy1.ipynb", HALF)
    assert main(["run", "01", "01_same-Copy1"]) == 1
    out = capsys.readouterr().out
    assert re.search(r"^01_same/metrics.json +within tolerance", out, re.MULTILINE)
    assert re.search(r"^01_same-Copy1/01_same/metrics.json +changed", out, re.MULTILINE)


def test_a_notebook_that_writes_no_results_does_not_pass(project, write_notebook, capsys):
    write_notebook(project / "notebooks" / "01_same.ipynb", "1")
    write_notebook(project / "notebooks" / "04_new.ipynb", "1")
    assert main(["run", "01"]) == 1
    assert re.search(r"^01_same/metrics.json +missing", capsys.readouterr().out, re.MULTILINE)
    assert main(["run", "04"]) == 1
    assert "failed: no results: it wrote none, and no reference is named 04_new" in capsys.readouterr().out


def test_the_reference_is_read_before_the_notebook_runs(project, write_notebook, capsys):
    metrics = project / "results" / "reference" / "01_same" / "metrics.json"
    forge = f"(folder / 'metrics.json').write_text(text := '{{}}')\npathlib.Path({str(metrics)!r}).write_text(text);"
    write_notebook(project / "notebooks" / "01_same.ipynb", WRITE.format(name="01_same", value=0.5) + "\n" + forge)
    assert main(["run", "01"]) == 1
    assert "01_same/metrics.json  changed" in capsys.readouterr().out


def test_one_bad_notebook_does_not_end_the_run(project, capsys, monkeypatch):
    from mnist_lab.grading.run import command

    def stumble(path, *arguments, **options):
        if path.stem == "02_moves":
            raise TypeError("tags")
        return run_notebook(path, *arguments, **options)

    run_notebook = command.run_notebook
    monkeypatch.setattr(command, "run_notebook", stumble)
    (project / "broken.ipynb").write_text("[]", encoding="utf-8")
    assert main(["run", "broken.ipynb", "02", "01"]) == 1
    out = capsys.readouterr().out
    assert "broken: failed: unreadable notebook" in out
    assert "02_moves: failed: TypeError: tags" in out
    assert "01_same: ok" in out


def test_stderr_is_told_also_where_the_notebook_fails(project, write_notebook, capsys):
    write_notebook(project / "a.ipynb", "import logging\nlogging.warning('slow')", "1 / 0")
    assert main(["run", "a.ipynb"]) == 1
    assert "failed in cell [2]: ZeroDivisionError: division by zero, stderr in cell [1]" in capsys.readouterr().out
    (executed,) = (project / "runs").glob("*/notebooks/a.ipynb")
    assert main(["preflight", str(executed)]) == 1
    assert "cell 1: stderr: stored stderr 'WARNING:root:slow'" in capsys.readouterr().out


def test_a_copy_outside_of_the_project_reads_its_measurements(project, tmp_path, write_notebook, capsys):
    (project / "results" / "measurements").mkdir()
    (project / "results" / "measurements" / "a.json").write_text('{"command": "measured"}', encoding="utf-8")
    source = "from mnist_lab import results\nprint(results.load_measurement('a')['command'])"
    path = write_notebook(tmp_path / "outside" / "a.ipynb", source)
    assert main(["run", str(path)]) == 1  # it writes no results
    (executed,) = (project / "runs").glob("*/notebooks/a.ipynb")
    assert nbformat.read(executed, as_version=4).cells[1].outputs[0].text == "measured\n"


@pytest.mark.parametrize("command", ["run", "preflight"])
@pytest.mark.parametrize("name", ["nowhere/01_same.ipynb", "01_same.ipynb", "nowhere/01_same"])
def test_a_path_with_a_typing_error_is_not_taken_for_a_name(project, capsys, command, name):
    assert main([command, name]) == 2
    assert capsys.readouterr().err == f"mnist-lab: no such file: {name}\n"


def test_preflight_of_a_path_and_a_name_keeps_the_findings_of_both(project, capsys):
    (project / "s").mkdir()
    shutil.copy("notebooks/01_same.ipynb", "s/01_same.ipynb")
    assert main(["preflight", "s/01_same.ipynb", "01"]) == 1
    out = capsys.readouterr().out
    assert "\ns/01_same.ipynb cell 1: not-executed" in f"\n{out}" and "\n01_same cell 1: not-executed" in f"\n{out}"
    assert out.endswith("2 notebooks looked at: 4 found\n")


def test_what_is_not_as_it_should_be_is_said_at_the_start(project, capsys):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    if shutil.which("git") is None:
        pytest.skip("no git")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], check=True)
    assert main(["run", "01"]) == 0
    assert "Note:" not in capsys.readouterr().out
    (project / "results" / "reference" / "02_moves" / "metrics.json").write_text("{}", encoding="utf-8")
    (project / "notebooks" / "keras.py").touch()
    (project / "notebooks" / "matplotlibrc").touch()
    assert main(["run", "01"]) == 0
    out = capsys.readouterr().out
    assert "results/reference is not what the last commit holds, 1 file differs" in out
    assert "installed modules have the names: keras.py" in out
    assert "matplotlibrc changes the figures" in out


def test_where_git_cannot_tell_nothing_is_said(project, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(project))
    assert main(["run", "01"]) == 0
    assert "Note:" not in capsys.readouterr().out
