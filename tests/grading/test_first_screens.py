"""The first screen of a failure names what failed, why, and what to do; one line each in the lists below.

The first screen of an error is its first line; that of a command is what it prints, of which the cause must stand in a
single line.
"""

import errno
import os
import subprocess
import sys

import nbformat
import numpy as np
import pytest

from mnist_lab import data, evaluation, models, reproducibility, results, training
from mnist_lab.files import write_atomically
from mnist_lab.grading.cli import main
from mnist_lab.sources.fetching import all_failed, short_reason
from mnist_lab.training import tensorboard

X, Y = np.zeros((20, 28, 28, 1), "float32"), np.eye(10, dtype="float32")[np.arange(20) % 10]


def had(text):
    """Raise what a chain of sources raises where all failed for one reason."""
    raise all_failed("MNIST", {"own cache": "not there", "official address": short_reason(OSError(text))}, "copy it.")


def save(metrics):
    results.Results("01_test", seed=0).save_metrics(metrics)


# what failed: the call, and words that its first line must have, the last of them of the cure
ERRORS = {
    "the disk is full": (lambda: had("[Errno 28] No space left on device"), ["disk is full", "free some space"]),
    "a bad certificate": (lambda: had("SSLError: CERTIFICATE_VERIFY_FAILED"), ["certificate", "set the clock right"]),
    "a dead proxy": (lambda: had("ProxyError: Cannot connect to proxy"), ["proxy does not answer", "HTTPS_PROXY"]),
    "no name service": (lambda: had("Temporary failure in name resolution"), ["looked up", "connect to a network"]),
    "no network": (lambda: had("Network is unreachable"), ["can't be reached", "connect to a network"]),
    "no pip": (lambda: had("No module named pip"), ["no pip", "ensurepip"]),
    "a folder that can't be written": (lambda: had("Permission denied"), ["not permitted", "make the folder writable"]),
    "scaled twice": (lambda: data.scale(X), ["must be uint8", "scaled already?"]),
    "one image for many": (lambda: data.scale(np.zeros((28, 28), "uint8")), ["(28, 28)", "x[:1]"]),
    "labels one-hot twice": (lambda: data.one_hot(Y), ["integers", "one-hot already?"]),
    "a digit 10": (lambda: data.one_hot(np.array([10])), ["between 0 and 9", "10"]),
    "images without labels": (lambda: data.validation_split(X, Y[:5].argmax(1)), ["same length", "20 and 5"]),
    "a fraction of 10": (
        lambda: data.validation_split(np.zeros((20, 28, 28), "uint8"), Y.argmax(1), fraction=10),
        ["between 0 and 1", "0.1"],
    ),
    "too many of a subset": (lambda: data.stratified_subset(X, Y.argmax(1), 10**6), ["between 10", "20 examples"]),
    "pixels for a network": (lambda: evaluation.predict(None, 255 * np.ones((2, 28, 28, 1))), ["255", "data.scale"]),
    "one image for a network": (lambda: evaluation.predict(None, X[0]), ["shape", "x[i : i + 1]"]),
    "no error to choose by": (lambda: evaluation.class_to_improve(np.eye(10, dtype=int)), ["no error", "more"]),
    "more errors than images": (lambda: evaluation.expected_false(5, 3), ["5 errors in 3 images", "no more errors"]),
    "a seed below 0": (lambda: reproducibility.set_seed(-1), ["seed=-1", "from 0 to"]),
    "no checkpoint": (lambda: training.load_model("never_saved"), ["never_saved", "missing", "run the cell"]),
    "no weights": (lambda: training.load_weights("never_saved"), ["never_saved", "missing", "save_weights"]),
    "mode=min on an accuracy": (
        lambda: training.EarlyStopping("val_accuracy", mode="min"),
        ["contradicts 'val_accuracy'", "Leave mode out"],
    ),
    "an unknown metric": (lambda: training.EarlyStopping("val_quality"), ["val_quality", "Say mode="]),
    "a loss of nan": (
        lambda: training.overfitting_epoch({"val_loss": [float("nan")] * 3}),
        ["nan in every epoch", "lower the learning rate"],
    ),
    "no logs": (lambda: tensorboard.logged_tags("never_trained"), ["holds no TensorBoard logs", "train with"]),
    "a metric of nan": (lambda: save({"loss": float("nan")}), ["loss holds nan", "learning rate"]),
    "a tolerance below 0": (lambda: results.number(1, atol=-1), ["atol=-1", "at least 0"]),
    "no measurement": (lambda: results.load_measurement("never_made"), ["never_made", "Restore it with git"]),
    "what is no JSON": (lambda: save({"a": object()}), ["can't be written as JSON", "convert it"]),
    "an unknown penalty": (lambda: models.sgd_logistic_regression("l3", seed=0), ["l3", "choose one of"]),
    "a rotation of 500 degrees": (lambda: models.RandomAffine(rotation=500), ["rotation=500", "out of range"]),
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_first_line_has_cause_and_cure(monkeypatch, tmp_path, name):
    monkeypatch.setenv("MNIST_LAB_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("MNIST_LAB_MODELS", str(tmp_path / "models"))
    call, words = ERRORS[name]
    with pytest.raises(Exception) as caught:
        call()
    first = str(caught.value).splitlines()[0]
    assert not [word for word in words if word not in first], first


# what failed in a notebook: its cells, and words of one line of the table
NOTEBOOKS = {
    "a typing error": (["y = 1", "print(z)"], ["failed in cell [2]", "NameError: name 'z' is not defined"]),
    "no such module": (["import keras_utils_of_old"], ["cell [1]", "ModuleNotFoundError", "keras_utils_of_old"]),
    "a syntax error": (["def f(:"], ["cell [1]", "SyntaxError"]),
    "a segmentation fault": (["import ctypes\nctypes.string_at(0)"], ["cell [1]", "SIGSEGV"]),
    "the kernel killed": (["import os\nos.kill(os.getpid(), 9)"], ["cell [1]", "SIGKILL"]),
    "an exit": (["import os\nos._exit(3)"], ["cell [1]", "3"]),
    "a limit of time": (["import time\ntime.sleep(60)"], ["cell [1]", "2 s", "--timeout"]),
    "no results": (["1"], ["no results", "it wrote none"]),
    "a message of many lines": (["raise ValueError('first\\nsecond')"], ["cell [1]", "ValueError: first"]),
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_table_says_what_failed_in_a_notebook(tmp_path, make_project, monkeypatch, capsys, name):
    sources, words = NOTEBOOKS[name]
    monkeypatch.chdir(make_project(tmp_path, **{"01_bad": sources}))
    assert main(["run", "01", "--timeout", "2"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(all(word in line for word in words) for line in lines), lines


def unreadable(folder):
    (folder / "bad.ipynb").write_text("{", encoding="utf-8")
    return ["preflight", "bad.ipynb"]


def old(folder):
    source = "from keras.utils import np_utils\ny = np_utils.to_categorical([1])"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, execution_count=1)])
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, folder / "old.ipynb")
    return ["preflight", "old.ipynb"]


def no_zip(folder):
    (folder / "bad.zip").write_bytes(b"PK")
    return ["diff", "bad.zip"]


def empty(folder):
    (folder / "empty").mkdir()
    return ["diff", "results/reference", "empty"]


# a command: its arguments, its exit code and words of one line
COMMANDS = {
    "a path that is not there": (lambda _: ["run", "x/01.ipynb"], 2, ["no such file", "x/01.ipynb"]),
    "an unknown number": (lambda _: ["run", "77"], 2, ["77", "01_bad"]),
    "a time limit of nothing": (lambda _: ["run", "01", "--timeout", "0"], 2, ["--timeout", "0"]),
    "a notebook that is none": (unreadable, 1, ["bad.ipynb", "unreadable"]),
    "an old import": (old, 1, ["np_utils", "keras.utils.to_categorical"]),
    "a zip file that is none": (no_zip, 2, ["bad.zip", "zip"]),
    "an empty folder": (empty, 2, ["empty", "results"]),
    "a report that can't be written": (
        lambda _: ["diff", "results/reference", "results/reference", "--html", "no/such/x.html"],
        2,
        ["x.html"],
    ),
    "outside of a project": (lambda _: ["run"], 2, ["No mnist_lab project", "MNIST_LAB_PROJECT"]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_why_and_what_to_do(tmp_path, make_project, monkeypatch, capsys, name):
    root = make_project(tmp_path / "project", **{"01_bad": ["1"]})
    (root / "results" / "reference" / "01_bad").mkdir(parents=True)
    (root / "results" / "reference" / "01_bad" / "metrics.json").write_text("{}", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere" if name == "outside of a project" else root)
    arguments, code, words = COMMANDS[name]
    try:
        assert main(arguments(root)) == code
    except SystemExit as end:  # argparse
        assert end.code == code
    said = capsys.readouterr()
    lines = (said.out + said.err).splitlines()
    assert any(all(word in line for word in words) for line in lines), lines


# settings of a user that the library can't work with
SETTINGS = {
    "another backend": ({"KERAS_BACKEND": "jax"}, ["'jax'", "KERAS_BACKEND=tensorflow"]),
    "no such project": ({"MNIST_LAB_PROJECT": "/nowhere"}, ["/nowhere", "correct or unset it"]),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_named(tmp_path, name):
    variables, words = SETTINGS[name]
    source = "from mnist_lab import models, files; files.project_root()"
    ran = subprocess.run(
        [sys.executable, "-c", source],
        env=os.environ | variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    last = ran.stderr.strip().splitlines()[-1]
    assert not [word for word in words if word not in last], ran.stderr


def test_a_disk_that_is_full_while_results_are_written_is_named(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mnist_lab.files._replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "a.json", b"{}")
    assert list(tmp_path.iterdir()) == []


def test_the_list_is_long_enough():
    assert len(ERRORS) + len(NOTEBOOKS) + len(COMMANDS) + len(SETTINGS) >= 30
