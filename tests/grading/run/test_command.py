"""Folders of runs; the command as a whole is tested in test_cli.py."""

from mnist_lab.grading.run import command


def test_run_folders_of_the_same_second_differ(tmp_path):
    folders = {command._new_folder(tmp_path / "runs") for _ in range(3)}
    assert len(folders) == 3
    assert all((folder / room).is_dir() for folder in folders for room in ("notebooks", "results", "models"))
