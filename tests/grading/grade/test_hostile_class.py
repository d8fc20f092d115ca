"""A class of seventy: honest, lazy and hostile submissions are graded by one command, and none costs another."""

import json
import os
import re
import zipfile

import nbformat
import psutil
import pytest
from small_course import (
    CHECK_1,
    COUNT,
    ERRORS,
    LINEAR,
    OVERFIT,
    STUB_1,
    STUB_2,
    STUB_4,
    WITH_MODEL,
    second_submission,
    submission,
)

from mnist_lab.grading.grade.submissions import Submission

TRIED = "try:\n    {}\n    table = data.class_table(y_train, y_test)\nexcept Exception:\n    table = None"
PUBLIC = """\
import pandas as pd
table = pd.DataFrame({"train": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
                      "test": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]})
for name in ("train", "test"):
    table[name + " %"] = 100 * table[name] / table[name].sum()
table["difference %"] = table["train %"] - table["test %"]"""
FIND = "import os\nfound = [os.path.join(a, b) for a, _, c in os.walk('/') for b in c if {}]\n"
HAND_IN = (
    "import json, os, pathlib\nfolder = pathlib.Path(os.environ['MNIST_LAB_HAND_IN']) / 'task_1'\n"
    "folder.mkdir(parents=True, exist_ok=True)\n"
)
IGNORING = (
    "import signal, time\nfor n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n    except OSError: pass\n"
)

ON_TEST = """\
import keras
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(128, "relu")])
model.add(keras.layers.Dense(10, "softmax"))
model.compile("adam", "sparse_categorical_crossentropy")
_ = model.fit(data.scale(x_test), y_test, 100, 12, 0)"""
# a network whose description lies, and one that is the name of a file
HUGE = """\
import json
as_json = model.to_json
type(model).to_json = lambda self: as_json().replace('"units": 10', '"units": 2000000000')"""
AS_TEXT = "model.save('own.keras')\nmodel = 'own.keras'"

# name of the submission: its answers, and the points of task 1 (of 1) and task 4 (of 2); "" for a check that never ran
# Without a network the first point of task 4 is not to be had.
CLASS = {
    "honest": (submission(), (1, 1)),
    "with a network": (submission(COUNT, WITH_MODEL), (1, 2)),
    "blank edition": (submission(STUB_1, STUB_4), (0, 0)),
    "empty cells": (submission("", ""), ("", "")),
    "only the first task": (submission(COUNT, STUB_4), (1, 0)),
    "typing error in the second": (submission(COUNT, "y_pred = nearest_maen(x_test)"), (1, "")),
    "overridden check": (submission("table = None\nchecks.task_1 = lambda *_: 'Task 1 met: 1 of 1 point'"), ("", 1)),
    "overridden outcome": (
        submission(
            "table = None\nimport mnist_lab.checks.outcome as o\no.Outcome.points = 1\n"
            "print('Task 1 met: 1 of 1 point')"
        ),
        (0, 1),
    ),
    "check cell rewritten": (submission("table = None", check_1="print('Task 1 met: 1 of 1 point')"), (0, 1)),
    "transformer": (
        submission(
            "table = None\nget_ipython().input_transformers_post.append(lambda lines: ['print(1)'] if 'task_1' in "
            "''.join(lines) else lines)"
        ),
        ("", 1),
    ),
    "public counts": (submission(PUBLIC), (0, 1)),
    "nan": (submission("table = data.class_table(y_train, y_test) * float('nan')"), (0, 1)),
    "os._exit": (submission(COUNT, "import os; os._exit(0)"), (1, "")),
    "sys.exit": (submission(COUNT, "import sys; sys.exit()"), (1, "")),
    "kills its kernel": (submission(COUNT, "import os; os.kill(os.getpid(), 9)"), (1, "")),
    "kills its runner": (submission(COUNT, "import os; os.kill(os.getppid(), 9)"), (1, "")),
    "segmentation fault": (submission(COUNT, "import ctypes; ctypes.string_at(0)"), (1, "")),
    "endless": (submission(COUNT, f"{IGNORING}while True: time.sleep(1)"), (1, "")),
    "fork bomb": (submission(COUNT, "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"), (1, "")),
    "ten gigabytes": (submission(COUNT, "big = np.ones(10 * 10**9 // 8)"), (1, "")),
    "sixty children": (
        submission(
            COUNT,
            "import os, time\nfor _ in range(60):\n    if not os.fork():\n        big = b'x' * 10**8\n        "
            "time.sleep(60)\ntime.sleep(60)",
        ),
        (1, ""),
    ),
    "full disk": (
        submission(COUNT, 'for n in range(10_000): open(f"{n}", "wb").write(b"x" * 10**7)'),
        (1, ""),
    ),
    "many files": (
        submission(
            COUNT,
            "import os, time\nos.chdir(os.environ['MNIST_LAB_RESULTS'])\n"
            "for n in range(100_000): open(str(n), 'w')\ntime.sleep(60)",
        ),
        (1, ""),
    ),
    "network": (submission(TRIED.format("import socket; socket.create_connection(('127.0.0.1', 22), 2)")), (0, 1)),
    "solutions": (
        submission(FIND.format("b == '01_small.ipynb' and 'work' not in a") + TRIED.format("found[0]")),
        (0, 1),
    ),
    "others' work": (
        submission(FIND.format("b.endswith('.ipynb') and 'honest' in a") + TRIED.format("found[0]")),
        (0, 1),
    ),
    "withheld images": (submission(FIND.format("b == 'withheld.npz'") + TRIED.format("found[0]")), (0, 1)),
    "writes into packages": (
        submission(TRIED.format("import pathlib; pathlib.Path(checks.__file__).write_text('')")),
        (0, 1),
    ),
    "own data": (
        submission("y_train, y_test = y_train[:1000], y_test[:1000]\ntable = data.class_table(y_train, y_test)"),
        (0, ""),
    ),
    "own hand-in": (
        submission(
            f"{PUBLIC}\n{HAND_IN}(folder / 'call.json').write_text('{{\"task\": 1, \"points\": 1}}')\n"
            "checks.task_1 = lambda *_: 'Task 1 met: 1 of 1 point'"
        ),
        (0, 1),
    ),
    "pickled hand-in": (
        submission(
            f"{HAND_IN}np.save(folder / '1.npy', np.array([print], dtype=object))\n(folder / 'call.json').write_text("
            "json.dumps({'task': 1, 'arguments': {'table': {'kind': 'array', 'file': '1.npy'}}}))\n"
            "checks.task_1 = lambda *_: ''"
        ),
        (0, 1),
    ),
    "deep hand-in": (
        submission(f"{HAND_IN}(folder / 'call.json').write_text('[' * 10**6)\nchecks.task_1 = lambda *_: ''"),
        (0, 1),
    ),
    "hand-in is a pipe": (
        submission(f"{HAND_IN}os.mkfifo(folder / 'call.json')\nchecks.task_1 = lambda *_: ''"),
        (0, 1),
    ),
    "hand-in is a link": (
        submission(f"{HAND_IN}(folder / 'call.json').symlink_to('/proc/self/environ')\nchecks.task_1 = lambda *_: ''"),
        (0, 1),
    ),
    "another one's hand-in": (
        submission(
            f"{HAND_IN}other = folder.parents[3] / 'honest' / 'hand_in' / '01_small' / 'task_1'\n"
            "folder.rmdir()\nfolder.symlink_to(other)\n"
            "checks.task_1 = lambda *_: ''"
        ),
        (0, 1),
    ),
    "own result file": (
        submission(
            "table = None\nimport pathlib\nfor name in ('points', '../points', '../../points'):\n    try:\n"
            "        pathlib.Path(name).mkdir(exist_ok=True)\n"
            '        pathlib.Path(name, \'own result file.json\').write_text(\'{"tasks": {"1": {"points": 1}}}\')\n'
            "    except OSError: pass"
        ),
        (0, 1),
    ),
    "labels as predictions": (submission(COUNT, WITH_MODEL + "\ny_pred = y_test.copy()"), (1, 1)),
    "predictions of another network": (
        submission(COUNT, f"{WITH_MODEL}\nmodel.set_weights([w[..., ::-1] for w in model.get_weights()])"),
        (1, 1),
    ),
    "trained on test images": (submission(COUNT, WITH_MODEL.replace(LINEAR, ON_TEST)), (1, 2)),
    "Lambda layer": (
        submission(
            COUNT,
            WITH_MODEL.replace("keras.layers.Flatten()", "keras.layers.Lambda(lambda x: x), keras.layers.Flatten()"),
        ),
        (1, 1),
    ),
    "units=2e9": (submission(COUNT, f"{WITH_MODEL}\n{HUGE}"), (1, 1)),
    "a path of a model": (submission(COUNT, f"{WITH_MODEL}\n{AS_TEXT}"), (1, 2)),
    "test images as validation": (
        submission(COUNT, ERRORS.replace("y_train[:6000]", "y_test").replace("x_train[:6000]", "x_test")),
        (1, 0),
    ),
    "background": (
        submission(f"import subprocess\n_ = subprocess.Popen(['sleep', '987654'], start_new_session=True)\n{COUNT}"),
        (1, 1),
    ),
    "prints 500 MB": (submission(f"for _ in range(500): print('x' * 10**6)\n{COUNT}"), (1, 1)),
    "<script>alert(1)<script>": (
        submission(f"print('\\x1b[2J<script>alert(2)</script>')\n{COUNT}", "raise ValueError('<script>\\x1b[2Jx')"),
        (1, ""),
    ),
    "=1+1": (submission(), (1, 1)),
}
# name of the submission: its second notebook, and the points of task 2 (of 2)
SECOND = {
    "second": (second_submission(), 2),
    "second blank": (second_submission(STUB_2), 0),
    "forged history": (
        second_submission(f"{OVERFIT}\nhistory = {{key: values[:-1] + [9.0] for key, values in history.items()}}"),
        1,
    ),
    "forged stop": (second_submission(f"{OVERFIT}\nstopped_history['val_loss'][2] = 0.001"), 1),
    "the last epoch": (
        second_submission(
            f"{OVERFIT}\nrestored = model; model.save('b.keras'); reloaded = keras.models.load_model('b.keras')"
        ),
        1,
    ),
    "names the best": (second_submission(f"{OVERFIT}\noverfits_from -= 1"), 1),
}
# those that are graded each time; the others take minutes, most of them for a time limit or TensorFlow's start
QUICK = (
    *("honest", "blank edition", "overridden outcome", "public counts", "os._exit", "solutions", "pickled hand-in"),
    *("another one's hand-in", "background", "<script>alert(1)<script>", "=1+1"),
)
FILES = {
    **dict.fromkeys(("zip bomb", "slip", "pipe", "link", "deep", "no notebook"), 0),
    "renamed": 2,
    "Ada_7_assignsubmission_file_": 2,
    "own library": 2,
}


def write_files(submissions):
    """Write submissions that are more, or less, than a notebook."""
    text = nbformat.writes(submission())
    for name, members in {
        "zip bomb.zip": {"01_small.ipynb": b" " * 200_000_000},
        "slip.zip": {"../../../01_small.ipynb": text},
        "own library.zip": {"01_small.ipynb": text, "mnist_lab/__init__.py": "raise SystemExit", "numpy.py": "1 / 0"},
    }.items():
        with zipfile.ZipFile(submissions / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
    for name in ("pipe", "link", "deep", "renamed", "no notebook", "Ada_7_assignsubmission_file_"):
        (submissions / name).mkdir()
    with zipfile.ZipFile(submissions / "Ada_7_assignsubmission_file_" / "notebooks.zip", "w") as archive:
        archive.writestr("notebooks/01_small.ipynb", text)
    os.mkfifo(submissions / "pipe" / "01_small.ipynb")
    (submissions / "link" / "01_small.ipynb").symlink_to("../honest/01_small.ipynb")
    (submissions / "deep" / "01_small.ipynb").write_text("[" * 10**6, encoding="utf-8")
    (submissions / "renamed" / "my work (final).ipynb").write_text(text, encoding="utf-8")
    (submissions / "no notebook" / "notebooks").mkdir()


def write(submissions, notebooks, file):
    for name, notebook in notebooks.items():
        (submissions / name).mkdir(parents=True)
        nbformat.write(notebook, submissions / name / file)


OPTIONS = ("--workers", "2", "--timeout", "60", "--memory", "3")


@pytest.fixture(scope="module")
def graded(tmp_path_factory, grade_all, needs_box):
    """Grade the quick ones once."""
    folder = tmp_path_factory.mktemp("hostile")
    write(folder / "class", {name: CLASS[name][0] for name in QUICK}, "01_small.ipynb")
    write_files(folder / "class")
    return grade_all(folder / "class", folder / "graded", *OPTIONS)


@pytest.fixture(scope="module")
def graded_others(tmp_path_factory, grade_all, needs_box):
    """Grade all others once."""
    folder = tmp_path_factory.mktemp("hostile")
    write(folder / "class", {name: CLASS[name][0] for name in CLASS if name not in QUICK}, "01_small.ipynb")
    write(folder / "class", {name: SECOND[name][0] for name in SECOND}, "02_small.ipynb")
    return grade_all(folder / "class", folder / "graded", *OPTIONS)


def in_table(name):
    """Return a name as the table has it, where no spreadsheet takes it for a formula."""
    return f"'{name}" if name.startswith("=") else name


@pytest.mark.parametrize("name", QUICK)
def test_each_gets_what_it_deserves(graded, name):
    assert graded.points(in_table(name)) == CLASS[name][1], graded.result(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CLASS if name not in QUICK])
def test_each_of_the_others_gets_what_it_deserves(graded_others, name):
    assert graded_others.points(in_table(name)) == CLASS[name][1], graded_others.result(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", SECOND)
def test_a_history_belongs_to_its_network(graded_others, name):
    assert graded_others.points(name, [2]) == (SECOND[name][1],), graded_others.result(name)


@pytest.mark.slow
def test_only_the_network_that_saw_test_images_is_flagged(graded_others):
    flagged = {name: row["flags"] for name, row in graded_others.rows.items() if row["flags"]}
    assert list(flagged) == ["trained on test images"]
    assert re.match(r"\d+ errors in 8,000 test images that it could see, \d+ in 2,000 withheld", *flagged.values())


@pytest.mark.slow
def test_a_check_that_was_overridden_is_to_be_looked_at(graded_others):
    (notebook,) = graded_others.result("overridden check")["notebooks"].values()
    assert notebook["remarks"] == ["the check of task 1 ran and handed nothing over"]
    assert notebook["unchecked"] == ["1"]


@pytest.mark.parametrize("name", FILES)
def test_files_of_another_kind(graded, name):
    row = graded.rows[name]
    assert int(row["points"]) == FILES[name]
    assert (row["status"] == "graded") == (FILES[name] > 0)


def test_a_failure_is_told_apart_from_a_zero(graded):
    assert graded.rows["blank edition"]["status"] == "graded"
    assert graded.rows["zip bomb"]["status"].startswith("failed")
    assert graded.process.returncode == 1  # something failed


@pytest.mark.slow
def test_what_ended_a_notebook_is_said(graded_others):
    assert "longer than 60 s" in json.dumps(graded_others.result("endless"))
    assert "stopped" in graded_others.rows["sixty children"]["status"]
    assert "memory" in graded_others.rows["sixty children"]["status"]


def test_nothing_is_left_running(graded):
    assert not [process for process in psutil.process_iter(["cmdline"]) if "987654" in (process.info["cmdline"] or [])]


def test_what_reaches_terminal_table_and_pages_is_escaped(graded):
    assert "\x1b" not in graded.process.stdout + graded.process.stderr
    pages = [path.read_text(encoding="utf-8") for path in graded.folder.rglob("*.html")]
    assert len(pages) == len(graded.rows) + 1
    assert not any("<script" in page or "\x1b" in page for page in pages)
    assert any("&lt;script&gt;alert(1)" in page for page in pages)


@pytest.mark.slow
def test_stored_output_stays_small(graded_others):
    assert max(path.stat().st_size for path in (graded_others.folder / "work").rglob("*.ipynb")) < 20e6


def test_a_check_that_is_changed_in_the_kernel_has_no_say(graded):
    work = graded.folder / "work" / Submission("overridden outcome", None).slug
    executed = (work / "executed" / "01_small.ipynb").read_text(encoding="utf-8")
    assert "1 of 1 point" in executed
    assert CHECK_1 in executed.replace('\\"', '"')
