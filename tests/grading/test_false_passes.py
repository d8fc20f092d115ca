"""Ways to be graded on something else than one's own work, or on nothing: none of them passes.

Each case makes a submission and gives the command that a grader would type; it must not end with exit code 0.
"""

import json
import os
import re
import shutil
import sys
import zipfile

import nbformat
import numpy as np
import pytest
from PIL import Image

from mnist_lab import files
from mnist_lab.grading.cli import main

REFERENCE = files.project_root(__file__) / "results" / "reference"
FIGURE = "01_class_histogram/class_histogram"
HEAD = """\
import json, os, pathlib
results = pathlib.Path(os.environ["MNIST_LAB_RESULTS"])


def write(value, name="01_same"):
    folder = results / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps({"accuracy": {"value": value, "atol": 0.01}}))
"""
HONEST = f"{HEAD}\nwrite(0.981)"
WRONG = f"{HEAD}\nwrite(0.5)"
LATER = "import pathlib, sys, time; time.sleep(3); pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
FORGED = '{"accuracy": {"value": 0.98, "atol": 0.01}}'


@pytest.fixture
def project(tmp_path, make_project, monkeypatch):
    """A project whose only notebook reaches 0.98; it is the working folder."""
    root = make_project(tmp_path / "project", **{"01_same": [HONEST]})
    folder = root / "results" / "reference" / "01_same"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(FORGED, encoding="utf-8")
    monkeypatch.chdir(root)
    return root


def in_notebook(source):
    """A submission of one notebook; what it does is in its source."""

    def make(project, write_notebook):
        write_notebook(project / "student" / "01_same.ipynb", *([source] if isinstance(source, str) else source))
        return ["student/01_same.ipynb"]

    return make


def tagged(*tags):
    def make(project, write_notebook):
        path = write_notebook(project / "student" / "01_same.ipynb", WRONG)
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[1].metadata["tags"] = list(tags)
        notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="0.981")]
        nbformat.write(notebook, path)
        return ["student/01_same.ipynb"]

    return make


def beside(name, content, source=HONEST):
    """A wrong notebook with a file beside it that would make it right."""

    def make(project, write_notebook):
        path = project / "student" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        write_notebook(project / "student" / "01_same.ipynb", source)
        return ["student/01_same.ipynb"]

    return make


def two_of_one_name(project, write_notebook):
    write_notebook(project / "a" / "01_same.ipynb", HONEST)
    write_notebook(project / "b" / "01_same.ipynb", "print('nothing')")
    return ["a/01_same.ipynb", "b/01_same.ipynb"]


def a_copy_after_the_original(project, write_notebook):
    write_notebook(project / "notebooks" / "01_same-Copy1.ipynb", WRONG)
    return ["01", "01_same-Copy1"]


def a_path_with_a_typing_error(project, write_notebook):
    return ["studnet/01_same.ipynb"]


def results_by_hand(project, write_notebook):
    (project / "results" / "01_same").mkdir()
    (project / "results" / "01_same" / "metrics.json").write_text(FORGED, encoding="utf-8")
    write_notebook(project / "notebooks" / "01_same.ipynb", "1")
    return ["01"]


def a_link_to_the_solution(project, write_notebook):
    """A link is the file it leads to: the solution passes, but not from the student's folder without being one."""
    (project / "student").mkdir()
    (project / "student" / "01_same.ipynb").symlink_to("nowhere.ipynb")
    return ["student/01_same.ipynb"]


COPY_REFERENCE = """
import shutil
for place in (pathlib.Path.cwd().parent, pathlib.Path.cwd()):
    for found in place.rglob("reference/01_same"):
        shutil.copytree(found, results / "01_same", dirs_exist_ok=True)
"""
RUNS = {
    "two files of one name, the second prints a line": two_of_one_name,
    "a copy with other data after the original": a_copy_after_the_original,
    "a path with a typing error": a_path_with_a_typing_error,
    "a link that leads nowhere": a_link_to_the_solution,
    "results that lie there from before": results_by_hand,
    "a notebook that writes nothing": in_notebook("print('Task 1 met: 1 of 1 point')"),
    "a notebook without code": in_notebook([]),
    "results under another name": in_notebook(f"{HEAD}\nwrite(0.981, '02_other')"),
    "results in the notebook's own folder": in_notebook(f"{HEAD}\nresults = pathlib.Path('results')\nwrite(0.981)"),
    "results for another folder, named in the notebook": in_notebook(
        f"import os\nos.environ['MNIST_LAB_RESULTS'] = '/nowhere'\n{HEAD.replace('/nowhere', '')}\n"
        "results = pathlib.Path(os.getcwd())\nwrite(0.981)"
    ),
    "a link to the reference as result": in_notebook(
        f"{HEAD}\n(results / '01_same').symlink_to(pathlib.Path.cwd().parent / 'results' / 'reference' / '01_same')"
    ),
    "an edited reference": in_notebook(
        f"{WRONG}\n(pathlib.Path.cwd().parent / 'results' / 'reference' / '01_same' / 'metrics.json').write_text("
        "(results / '01_same' / 'metrics.json').read_text())"
    ),
    "a removed reference": in_notebook(
        f"{WRONG}\nimport shutil\nshutil.rmtree(pathlib.Path.cwd().parent / 'results' / 'reference')"
    ),
    "a child that writes after the end": in_notebook(
        f"{WRONG}\nimport subprocess, sys\n_ = subprocess.Popen([sys.executable, '-c', {LATER!r}, str(results / "
        f"'01_same' / 'metrics.json'), {FORGED!r}], start_new_session=True)"
    ),
    "an error after the results": in_notebook([HONEST, "1 / 0"]),
    "an end before the end": in_notebook([f"{HONEST}\nos._exit(0)", "1"]),
    "every cell skipped": tagged("skip-execution"),
    "every cell skipped for nbval": tagged("nbval-skip"),
    "every cell may raise": tagged("raises-exception"),
    "a library of its own": beside(
        "mnist_lab/__init__.py",
        f"raise SystemExit\nFORGED = {FORGED!r}",
        f"{WRONG}\nimport mnist_lab; print(mnist_lab.FORGED)",
    ),
    "sitecustomize beside it": beside("sitecustomize.py", "import json\njson.dumps = lambda *_: FORGED", WRONG),
    "json.py beside it": beside(
        "json.py", f"def dumps(*_): return {FORGED!r}", f"{WRONG}\nassert not hasattr(json, 'loads') or 1"
    ),
    "a startup file of IPython beside it": beside(
        "ipython_config.py", "c.InteractiveShellApp.exec_lines = ['write = print']", WRONG
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_run_does_not_pass(project, write_notebook, capsys, name):
    arguments = RUNS[name](project, write_notebook)
    assert main(["run", *arguments]) in (1, 2), capsys.readouterr().out
    assert not re.search("No result changed(?! in what both sides have)", capsys.readouterr().out)


def test_the_honest_one_passes(project, write_notebook):
    assert main(["run", *in_notebook(HONEST)(project, write_notebook)]) == 0


def edit(name, change):
    """Change the entries of a JSON file of a candidate."""

    def make(folder):
        path = folder / name
        path.write_text(json.dumps(change(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")

    return make


def entries(change):
    return lambda content: {key: change(dict(entry)) for key, entry in content.items()}


def picture(change):
    def make(folder):
        path = folder / f"{FIGURE}.png"
        with Image.open(path) as image:
            change(image.convert("RGB")).save(path)

    return make


def both(*changes):
    def make(folder):
        for change in changes:
            change(folder)

    return make


METRICS = "01_class_histogram/metrics.json"
ENVIRONMENT = "01_class_histogram/environment.json"


def white(image):
    return Image.new("RGB", image.size, "white")


def excused(content):
    return content | {"system": "another", "kernel": "another", "python": "3.99"}


def add_one(entry):
    return entry | {"value": (np.array(entry["value"]) + 1).tolist()}


DIFFS = {
    "a huge tolerance": edit(METRICS, entries(lambda entry: add_one(entry) | {"atol": 1e9})),
    "nothing compared": edit(METRICS, entries(lambda entry: add_one(entry) | {"compare": False, "why": "no"})),
    "empty values": edit(METRICS, entries(lambda entry: entry | {"value": []})),
    "an empty file": edit(METRICS, lambda content: {}),
    "renamed keys": edit(METRICS, lambda content: {f"{key} ": entry for key, entry in content.items()}),
    "keys in capitals": edit(METRICS, lambda content: {key.upper(): entry for key, entry in content.items()}),
    "numbers as texts": edit(METRICS, entries(lambda entry: entry | {"value": str(entry["value"])})),
    "nan": edit(METRICS, entries(lambda entry: entry | {"value": float("nan")})),
    "a black picture": picture(lambda image: Image.new("RGB", image.size)),
    "a white picture and another system": both(picture(white), edit(ENVIRONMENT, excused)),
    "a white picture and numbers written otherwise": both(
        picture(white),
        edit(f"{FIGURE}.json", entries(lambda entry: entry | {"value": np.array(entry["value"], float).tolist()})),
    ),
    "a picture is missing": lambda folder: (folder / f"{FIGURE}.png").unlink(),
    "the picture of another figure": lambda folder: shutil.copy(
        folder / "01_class_histogram" / "grid_by_class.png", folder / f"{FIGURE}.png"
    ),
    "no environment": lambda folder: (folder / ENVIRONMENT).unlink(),
    "a notebook's folder is missing": lambda folder: shutil.rmtree(folder / "01_class_histogram"),
    "no JSON": lambda folder: (folder / METRICS).write_text("{", encoding="utf-8"),
    "links to the reference": lambda folder: (
        (folder / METRICS).unlink(),
        (folder / METRICS).symlink_to(REFERENCE / METRICS),
    ),
}


@pytest.fixture
def pair(tmp_path):
    """Copies of the first notebook's reference: the reference and a candidate."""
    for side in ("reference", "candidate"):
        shutil.copytree(REFERENCE / "01_class_histogram", tmp_path / side / "01_class_histogram")
    (tmp_path / "candidate" / "01_class_histogram" / "more.txt").unlink(missing_ok=True)
    return tmp_path / "reference", tmp_path / "candidate"


@pytest.mark.parametrize("name", DIFFS)
def test_diff_does_not_pass(pair, capsys, name):
    DIFFS[name](pair[1])
    assert main(["diff", *map(str, pair)]) in (1, 2), capsys.readouterr().out


def test_the_same_passes(pair):
    assert main(["diff", *map(str, pair)]) == 0


def test_of_two_results_in_one_archive_none_is_chosen_quietly(pair, tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "project.zip", "w") as archive:
        for place, changed in (("results", False), ("runs/2026-01-01/results", True)):
            for path in sorted((pair[1] / "01_class_histogram").iterdir()):
                content = b"{}" if changed and path.name == "metrics.json" else path.read_bytes()
                archive.writestr(f"{place}/01_class_histogram/{path.name}", content)
    code = main(["diff", str(pair[0]), str(tmp_path / "project.zip")])
    said = capsys.readouterr()
    assert code == 2 or "results" in said.out
    assert code != 0 or "runs" in said.out + said.err


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "mkfifo"), reason="pipes have no name here")
def test_a_pipe_for_a_file_is_no_file(pair):
    (pair[1] / METRICS).unlink()
    os.mkfifo(pair[1] / METRICS)
    assert main(["diff", *map(str, pair)]) == 1
