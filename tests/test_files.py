"""Folders found, files written whole or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from mnist_lab import files


def test_interrupted_writing_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "numbers.json"
    files.write_atomically(path, b"old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fdopen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["numbers.json"]


def test_unwritable_target_is_named_with_the_cure(tmp_path):
    blocked = tmp_path / "results"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(OSError, match="MNIST_LAB_RESULTS"):
        files.write_atomically(blocked / "numbers.json", b"{}")


def test_two_writers_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "numbers.json"
    code = (
        "import sys; from mnist_lab import files\n"
        "for _ in range(200): files.write_json(sys.argv[1], {'value': [int(sys.argv[2])] * 500})"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), str(k)]) for k in (1, 2)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    assert json.loads(path.read_text(encoding="utf-8"))["value"] in ([1] * 500, [2] * 500)
    assert [entry.name for entry in tmp_path.iterdir()] == ["numbers.json"]


def test_project_is_found_upward(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mnist_lab"\n', encoding="utf-8")
    inside = tmp_path / "notebooks" / "deeper"
    inside.mkdir(parents=True)
    assert files.project_root(inside) == tmp_path.resolve()


def test_a_foreign_project_is_not_taken_for_ours(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n', encoding="utf-8")
    with pytest.raises(FileNotFoundError, match="No mnist_lab project at or above"):
        files.project_root(tmp_path)


def test_the_project_can_be_named(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_LAB_PROJECT", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="which is no mnist_lab project"):
        files.project_root()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mnist_lab"\n', encoding="utf-8")
    assert files.project_root() == tmp_path.resolve()


def test_outside_of_a_project_the_variable_of_the_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("MNIST_LAB_MODELS", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="set MNIST_LAB_MODELS to the folder to write to"):
        files.models_folder()


def test_a_tilde_is_the_home_folder(monkeypatch):
    monkeypatch.setenv("MNIST_LAB_RESULTS", "~/x")
    assert files.results_folder() == (Path.home() / "x").resolve()


def test_folders_follow_the_environment(folders):
    assert files.results_folder() == (folders / "results").resolve()
    assert files.models_folder() == (folders / "models").resolve()


class NoLocks(filelock.FileLock):
    """What filelock does on a file system without locks."""

    def acquire(self, *args, **options):
        raise NotImplementedError("FileSystem does not appear to support flock")


def test_where_there_are_no_locks_the_work_is_done_without(tmp_path, monkeypatch):
    monkeypatch.setattr(files.filelock, "FileLock", NoLocks)
    done = []
    with files.locked(tmp_path / "new" / ".lock", waiting="waiting"):
        done.append(1)
    assert done == [1]


def test_a_second_process_says_that_it_waits_and_goes_on_after_the_time_limit(tmp_path, capsys):
    with filelock.FileLock(tmp_path / ".lock"), files.locked(tmp_path / ".lock", waiting="Waiting.", timeout=0.1):
        assert capsys.readouterr().out == "Waiting.\n"
