import zipfile

import pytest

from mnist_lab.grading.diff import unpacking
from mnist_lab.grading.diff.unpacking import opened


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}", encoding="utf-8")
    return folder


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "names",
    [
        ["01/m.json", "02/m.json"],
        ["results/01/m.json", "results/02/m.json", "notebooks/a.ipynb"],
        ["student/project/results/01/m.json", "student/project/results/02/m.json", "student/project/README.md"],
        ["handed in/01/m.json", "handed in/02/m.json", "__MACOSX/handed in/01/m.json", ".DS_Store"],
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_results_are_found_in_what_students_hand_in(tmp_path, names, zipped):
    path = make(tmp_path / "given", *names)
    if zipped:
        path = tmp_path / "given.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "{}")
    with opened(path) as (folder, _):
        assert files(folder) == ["01/m.json", "02/m.json"]


@pytest.mark.parametrize(("inner", "name"), [("a/results/01/m.json", "given/a/results"), ("01/m.json", "given")])
def test_the_name_says_which_folder_was_taken(tmp_path, monkeypatch, inner, name):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "given", inner)
    with opened("given") as (_, found):
        assert found == name


def test_paths_of_old_windows_tools_are_folders(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("results\\01\\m.json", "{}")
    with opened(tmp_path / "a.zip") as (folder, name):
        assert files(folder) == ["01/m.json"]
    assert name.endswith("a.zip/results")


def test_an_encrypted_zip_file_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("01/m.json", "{}")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the directory at the end
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ValueError, match="is encrypted: ask for one without"), opened(tmp_path / "a.zip"):
        pass


def test_an_empty_folder_holds_no_results(tmp_path):
    with pytest.raises(ValueError, match="holds no results"), opened(tmp_path):
        pass


def test_a_single_notebook_folder_is_not_taken_for_packing(tmp_path):
    with opened(make(tmp_path, "01/m.json")) as (folder, _):
        assert files(folder) == ["01/m.json"]


def test_an_unpacked_archive_is_removed(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("01/m.json", "{}")
    with opened(tmp_path / "a.zip") as (folder, _):
        assert folder.is_dir()
    assert not folder.exists()


def test_members_that_point_outside_stay_inside(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../evil.json", "{}")
        archive.writestr("01/m.json", "{}")
    with opened(tmp_path / "a.zip") as (folder, _):
        assert files(folder) == ["01/m.json", "evil.json"]


def test_a_zip_file_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("01/m.json", " " * 1001)
    with pytest.raises(ValueError, match="unpacks to 1,001 bytes"), opened(tmp_path / "a.zip"):
        pass


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04 cut short"])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.zip is no results folder"), opened(tmp_path / "a.zip"):
        pass


def test_a_truncated_member_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("01/m.json", bytes(range(256)) * 10)
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ValueError, match="can be unpacked"), opened(path):
        pass


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(ValueError, match="does not exist"), opened(tmp_path / "no"):
        pass
