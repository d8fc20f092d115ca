"""What someone else made: nothing hangs, fills the memory or acts on a terminal; each is one line."""

import json
import os
import tempfile
import zipfile

import pytest
from PIL import Image

from mnist_lab.grading.cli import main
from mnist_lab.grading.diff.compare import compare_folders
from mnist_lab.grading.diff.entries import judge_numbers
from mnist_lab.grading.diff.pictures import read_picture
from mnist_lab.grading.diff.tables import drift
from mnist_lab.grading.diff.verdicts import FileVerdict
from mnist_lab.grading.reading import MOST_BYTES, read_json

ENTRIES = json.dumps({"errors": {"value": 35, "atol": 15}})


@pytest.fixture
def sides(tmp_path):
    """Return two equal folders."""
    for side in "ab":
        (tmp_path / side / "01").mkdir(parents=True)
        for name in ("metrics.json", "other.json"):
            (tmp_path / side / "01" / name).write_text(ENTRIES, encoding="utf-8")
    return tmp_path / "a", tmp_path / "b"


def link(path, target):
    path.unlink()
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this system makes no links")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
@pytest.mark.parametrize("side", [0, 1])
def test_a_pipe_is_not_waited_for(sides, side):
    path = sides[side] / "01" / "metrics.json"
    path.unlink()
    os.mkfifo(path)
    verdicts = {one.file: one for one in compare_folders(*sides)}
    assert verdicts["01/metrics.json"].verdict == "unreadable"
    assert "is a pipe" in verdicts["01/metrics.json"].details[0]
    assert verdicts["01/other.json"].verdict == "identical"


@pytest.mark.parametrize(
    ("target", "text"),
    [("/dev/zero", "leads outside"), ("metrics.json", "leads to itself"), (".", "a pipe, a device or a folder")],
)
def test_odd_links_are_not_followed(sides, target, text):
    link(sides[1] / "01" / "metrics.json", target)
    (verdict,) = (one for one in compare_folders(*sides) if one.file == "01/metrics.json")
    assert verdict.verdict == "unreadable"
    assert text in verdict.details[0]


def test_a_large_file_is_not_read(sides):
    with (sides[1] / "01" / "metrics.json").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    verdict = compare_folders(*sides)[0]
    assert (verdict.verdict, len(verdict.details)) == ("unreadable", 1)
    assert "more than the 10,000,000 bytes" in verdict.details[0]


def test_deep_folders_are_one_line(sides):
    (sides[1] / "01" / "/".join("a" * 60)).mkdir(parents=True)
    found = [one for one in compare_folders(*sides) if one.is_change]
    assert [(one.file, one.verdict) for one in found] == [("01/", "unreadable")]


@pytest.mark.parametrize("text", ['{"seed": 7, "seed": 0}', '{"a": {"b": 1, "b": 2}}'])
def test_a_name_that_occurs_twice_is_refused_in_every_file(tmp_path, text):
    (tmp_path / "environment.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="occurs twice"):
        read_json(tmp_path / "environment.json")


def test_long_names_and_values_are_cut(sides):
    entries = {"errors": {"value": "x" * 3_000_000}, "k" * 3_000_000: 1}
    (sides[1] / "01" / "metrics.json").write_text(json.dumps(entries), encoding="utf-8")
    details = compare_folders(*sides)[0].details
    assert all(len(detail) <= 330 for detail in details)
    assert "(3,000,000 characters)" in " ".join(details)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_escape_sequences_reach_neither_terminal_nor_page(sides, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (sides[1] / "01" / "a\x1b[2Jb.json").write_text("{}", encoding="utf-8")
    (sides[1] / "02\x1b[2J").mkdir()
    (sides[1] / "02\x1b[2J" / "README\x1b[2J").write_text("{}", encoding="utf-8")
    entries = {"errors": {"value": "\x1b[2J"}, "\x1b[31mkey": 1}
    (sides[1] / "01" / "metrics.json").write_text(json.dumps(entries, ensure_ascii=False), encoding="utf-8")
    record = {"schema": 1, "python": "3\x1b[2J", "\x1b[2J": "\x1b", "libraries": {"\x1b": "1"}, "blas": ["\x1b"]}
    for side, content in zip(sides, ({"schema": 1, "blas": ["a"]}, record), strict=True):
        (side / "01" / "environment.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    assert main(["diff", "a", "b", "--html", "report.html"]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "a\\x1b[2Jb.json" in out
    assert "\x1b" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_many_rows_are_cut(sides, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for number in range(400):
        (sides[1] / f"n{number:03}").mkdir()
        (sides[1] / f"n{number:03}" / "m.json").write_text("{}", encoding="utf-8")
    assert main(["diff", "a", "b"]) == 1
    out = capsys.readouterr().out
    assert "and 100 more" in out
    assert len(out.splitlines()) < 320


@pytest.mark.parametrize("names", [["a/" * 1200 + "m.json"], ["a" * 5000 + "/m.json"], ["a", "a/b.json"], [], ["."]])
def test_odd_archives_end_with_one_line_and_leave_nothing(sides, tmp_path, monkeypatch, capsys, names):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    assert main(["diff", str(sides[0]), str(tmp_path / "s.zip")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list((tmp_path / "temporary").iterdir())


def test_a_folder_that_changes_meanwhile_gives_verdicts(sides, monkeypatch):
    from mnist_lab.grading.diff import compare

    listed = compare.content_of

    def then_gone(folder):
        found = listed(folder)
        if folder == sides[1]:
            (folder / "01" / "metrics.json").unlink()
        return found

    monkeypatch.setattr(compare, "content_of", then_gone)
    assert [one.verdict for one in compare_folders(*sides)] == ["unreadable", "identical"]


def test_an_animation_is_refused(tmp_path):
    first, second = (Image.new("RGB", (3, 2), name) for name in ("red", "blue"))
    for number, default in enumerate((False, True)):
        path = tmp_path / f"{number}.png"
        first.save(path, save_all=True, append_images=[second], default_image=default)
        with pytest.raises(ValueError, match="it is an animation"):
            read_picture(path)


@pytest.mark.parametrize(("moved", "lower"), [(1e-9, 0), (0.003, 1)])
def test_rounding_is_no_drift(moved, lower):
    found = judge_numbers({"loss": {"value": 0.5, "atol": 0.01}}, {"loss": {"value": 0.5 - moved}})
    assert (found.verdict, found.compared, found.lower) == ("within tolerance", 1, lower)


@pytest.mark.parametrize(("counts", "text"), [((70, 62, 3), "62 of 70"), ((70, 30, 30), ""), ((70, 9, 0), "")])
def test_numbers_that_drift_one_way_are_worth_a_line(counts, text):
    found = drift([FileVerdict("a.json", "within tolerance", (), counts)])
    assert text in found
    assert bool(found) == bool(text)
