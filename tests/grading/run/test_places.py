"""Where the parts of a run go."""

from pathlib import Path

import pytest

from mnist_lab.grading.run.places import file_results, find_places


def places(root, *names):
    return find_places([root / name for name in names], root / "notebooks", root / "run")


def test_each_notebook_has_a_label_of_its_own_and_the_projects_keep_theirs(tmp_path):
    found = places(tmp_path, "a/01.ipynb", "b/01.ipynb", "notebooks/01.ipynb", "c/a/01.ipynb", "b/A_01.ipynb")
    assert [place.label for place in found] == ["a_01", "b_01", "01", "a_01_2", "b_A_01"]
    for part in ("executed", "written", "results"):
        assert len({getattr(place, part) for place in found}) == 5


def test_models_are_shared_in_a_folder_only(tmp_path):
    found = places(tmp_path, "notebooks/03.ipynb", "notebooks/04.ipynb", "a/03.ipynb", "a/04.ipynb", "c/a/04.ipynb")
    models = [place.models.relative_to(tmp_path / "run").as_posix() for place in found]
    assert models == ["models", "models", "models/a", "models/a", "models/c_a"]


def test_a_name_of_dots_is_no_folder(tmp_path):
    (place,) = find_places([Path("/x/...ipynb")], tmp_path, tmp_path / "run")
    assert place.results == tmp_path / "run" / "results" / "notebook"


@pytest.fixture
def place(tmp_path):
    (found,) = places(tmp_path, "notebooks/01.ipynb")
    found.written.mkdir(parents=True)
    found.results.parent.mkdir(parents=True)
    return found


@pytest.mark.parametrize(
    ("written", "names", "files"),
    [
        (["01/metrics.json"], ["01"], ["01/metrics.json"]),
        (["02/metrics.json"], ["02"], ["01/02/metrics.json"]),
        (["01/metrics.json", "02/a.json"], ["01", "02"], ["01/01/metrics.json", "01/02/a.json"]),
        (["stray.json"], [], ["01/stray.json"]),
        ([], [], []),
    ],
)
def test_results_are_filed_under_the_label(place, written, names, files):
    for name in written:
        (place.written / name).parent.mkdir(exist_ok=True)
        (place.written / name).touch()
    found = file_results(place)
    assert sorted(found) == names and all(folder.is_dir() for folder in found.values())
    results = place.results.parent
    assert sorted(path.relative_to(results).as_posix() for path in results.rglob("*.json")) == files
    assert file_results(place) == {}  # once more, as after Ctrl-C


def test_a_link_is_no_result(place, tmp_path):
    (tmp_path / "reference").mkdir()
    try:
        (place.written / "01").symlink_to(tmp_path / "reference")
    except OSError:
        pytest.skip("no links here")
    assert file_results(place) == {}


def test_a_folder_that_the_notebook_removed_is_empty(place):
    place.written.rmdir()
    assert file_results(place) == {}
