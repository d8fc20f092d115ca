import json

import pytest

from mnist_lab.grading.run.reference import replace_reference


def write_notebook(path, compared, ignored):
    cells = [
        {"cell_type": "code", "metadata": {}, "source": "a", "outputs": [compared]},
        {"cell_type": "code", "metadata": {"tags": ["nbval-ignore-output"]}, "source": "b", "outputs": [ignored]},
        {"cell_type": "markdown", "metadata": {}, "source": "text"},
    ]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


@pytest.fixture
def stored(tmp_path):
    """A notebook and a run of it that differs in times only, then the reference and the results of that run."""
    reference, candidate = tmp_path / "reference", tmp_path / "candidate"
    for folder in (reference, candidate):
        folder.mkdir()
        (folder / "metrics.json").write_text('{"a": {"value": 1, "atol": 0.5}}', encoding="utf-8")
        (folder / "times.json").write_text(f'{{"{folder.name}": 1}}', encoding="utf-8")
    path, executed = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    write_notebook(path, "same", "1 s")
    write_notebook(executed, "same", "2 s")
    return path, executed, reference, candidate


def test_nothing_is_replaced_where_only_times_differ(stored):
    path, _, reference, _ = stored
    before = [file.read_bytes() for file in (path, *reference.iterdir())]
    assert replace_reference(*stored) is False
    assert [file.read_bytes() for file in (path, *reference.iterdir())] == before


def test_another_output_replaces_notebook_and_results(stored):
    path, executed, reference, candidate = stored
    write_notebook(executed, "other", "2 s")
    assert replace_reference(*stored) is True
    assert path.read_bytes() == executed.read_bytes()
    assert (reference / "times.json").read_bytes() == (candidate / "times.json").read_bytes()


def test_numbers_that_moved_within_their_tolerance_are_replaced(stored):
    _, _, reference, candidate = stored
    (candidate / "metrics.json").write_text('{"a": {"value": 1.2, "atol": 0.5}}', encoding="utf-8")
    assert replace_reference(*stored) is True
    assert "1.2" in (reference / "metrics.json").read_text(encoding="utf-8")


def test_another_tolerance_for_the_same_number_is_replaced(stored):
    _, _, reference, candidate = stored
    (candidate / "metrics.json").write_text('{"a": {"value": 1, "atol": 0.2}}', encoding="utf-8")
    assert replace_reference(*stored) is True
    assert "0.2" in (reference / "metrics.json").read_text(encoding="utf-8")


def test_files_that_are_no_longer_written_go(stored):
    _, _, reference, _ = stored
    for name in ("old.png", "old.json", "old.csv", "README.md"):
        (reference / name).write_text("{}", encoding="utf-8")
    assert replace_reference(*stored) is True
    assert sorted(file.name for file in reference.iterdir()) == ["README.md", "metrics.json", "times.json"]
