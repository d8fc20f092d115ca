import json
import os
import zipfile

import nbformat
import pytest

from mnist_lab.grading import WrongUseError
from mnist_lab.grading.grade.submissions import MOST_BYTES, Submission, find_submissions, read_notebooks


def names(found):
    return [one.name for one in found]


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def notebook_text(write_notebook, tmp_path):
    return write_notebook(tmp_path / "text" / "a.ipynb", "x = 1").read_text(encoding="utf-8")


def test_a_folder_of_notebooks_zips_and_folders_is_a_class(tmp_path, write_notebook, notebook_text):
    course = tmp_path / "class"
    write_notebook(course / "ada" / "01.ipynb", "1")
    write_notebook(course / "bob" / "notebooks" / "01.ipynb", "1")
    zipped(course / "cem.zip", **{"notebooks/01.ipynb": notebook_text})
    (course / "Thumbs.db").write_bytes(b"")
    assert names(find_submissions([course])) == ["ada", "bob", "cem"]


def test_loose_notebooks_of_a_class_are_a_submission_each(tmp_path, write_notebook, notebook_text):
    course = tmp_path / "class"
    for name in ("ada", "bob_01", "cem_01"):
        write_notebook(course / f"{name}.ipynb", "1")
    assert names(find_submissions([course])) == ["ada", "bob_01", "cem_01"]
    zipped(course / "dora.zip", **{"notebooks/01.ipynb": notebook_text})
    write_notebook(course / "eve" / "01.ipynb", "1")
    assert names(find_submissions([course])) == ["ada", "bob_01", "cem_01", "dora", "eve"]


@pytest.mark.parametrize(
    "files",
    [
        ("Ada_1001_assignsubmission_file_01_x.ipynb", "Bob_1002_assignsubmission_file_01_x.ipynb"),
        ("adagood_1001_555_01.ipynb", "bob_1002_556_01.ipynb"),
        ("1001.ipynb", "1002.ipynb"),
        ("ada_01.ipynb",),
    ],
)
def test_numbers_that_do_not_begin_a_name_are_those_of_students(tmp_path, write_notebook, files):
    for file in files:
        write_notebook(tmp_path / "class" / file, "1")
    assert names(find_submissions([tmp_path / "class"])) == sorted(file.removesuffix(".ipynb") for file in files)


def test_an_empty_hand_in_is_in_the_class(tmp_path, write_notebook):
    write_notebook(tmp_path / "class" / "ada.ipynb", "1")
    (tmp_path / "class" / "eve").mkdir()
    assert names(find_submissions([tmp_path / "class"])) == ["ada", "eve"]


def test_a_link_to_itself_costs_only_its_own(tmp_path, write_notebook):
    write_notebook(tmp_path / "class" / "ada.ipynb", "1")
    (tmp_path / "class" / "eve.ipynb").symlink_to("eve.ipynb")
    found = find_submissions([tmp_path / "class"])
    assert len(read_notebooks(found[1])[1]) == 1


def test_numbered_notebooks_are_one_submission_with_their_results(tmp_path, write_notebook):
    folder = tmp_path / "ada"
    for name in ("01_class_histogram", "02_overfitting_sweep"):
        write_notebook(folder / f"{name}.ipynb", "1")
    (folder / "results").mkdir()
    (folder / "results" / "a.json").write_text("{}", encoding="utf-8")
    assert names(find_submissions([folder])) == ["ada"]


@pytest.mark.parametrize(
    "members", [("A_7_assignsubmission_file_/01.ipynb", "B_8_assignsubmission_file_/01.ipynb"), ("a.zip",)]
)
def test_a_zip_of_a_class_says_unpack_it(tmp_path, notebook_text, members):
    path = zipped(tmp_path / "download.zip", **dict.fromkeys(members, notebook_text))
    notebooks, problems = read_notebooks(Submission("x", path))
    assert notebooks == {}
    assert problems == ["a zip file holds several hand-ins, or zip files: unpack it, and give the folder"]


@pytest.mark.parametrize("extra", ["results.zip", "__MACOSX/._a.zip", ".venv/webfiles.zip"])
def test_a_zip_beside_notebooks_in_a_zip_does_not_matter(tmp_path, notebook_text, extra):
    path = zipped(tmp_path / "ada.zip", **{"notebooks/01.ipynb": notebook_text, extra: b"PK"})
    assert [list(part) for part in read_notebooks(Submission("ada", path))] == [["notebooks/01.ipynb"], []]


def test_many_large_notebooks_are_not_all_kept(tmp_path):
    large = json.dumps({"cells": [], "filler": " " * 20_000_000})
    path = zipped(tmp_path / "ada.zip", **{f"{number}.ipynb": large for number in range(10)})
    notebooks, problems = read_notebooks(Submission("ada", path))
    assert len(notebooks) == 7
    assert problems == ["its notebooks have more than 150,000,000 bytes: the last ones were not read"]


def test_one_notebook_is_a_submission(tmp_path, write_notebook):
    assert names(find_submissions([write_notebook(tmp_path / "dora.ipynb", "1")])) == ["dora"]


def test_two_of_one_name_are_kept_apart_and_one_given_twice_is_one(tmp_path, write_notebook):
    first, second = (write_notebook(tmp_path / group / "eve.ipynb", "1") for group in ("monday", "Tuesday"))
    assert names(find_submissions([first, second, first])) == ["Tuesday/eve.ipynb", "monday/eve.ipynb"]


def test_names_that_differ_in_case_are_kept_apart(tmp_path, write_notebook):
    paths = [write_notebook(tmp_path / group / name, "1") for group, name in (("a", "Eve.ipynb"), ("b", "eve.ipynb"))]
    assert len({name.casefold() for name in names(find_submissions(paths))}) == 2


@pytest.mark.parametrize(
    "name", ["..", ".", "../../etc", "a/b", "a_b", "x" * 300, "é" * 200, "a\nb", "=1+1", "", ".hidden"]
)
def test_a_name_becomes_that_of_a_file_and_no_two_become_one(name, tmp_path):
    slug = Submission(name, tmp_path).slug
    (tmp_path / f"{slug}.json").write_text("")
    assert [path.name for path in tmp_path.iterdir()] == [f"{slug}.json"]
    assert not slug.startswith(".")
    others = ("a_b", "a/b", "_.._etc", "hidden", "x" * 299)
    assert slug not in {Submission(other, tmp_path).slug for other in others if other != name}


@pytest.mark.parametrize("name", ["nothing", "empty", "notes.txt"])
def test_what_holds_no_submission_is_wrong_use(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    with pytest.raises(WrongUseError, match=r"give notebooks|no such"):
        find_submissions([tmp_path / name])


def test_notebooks_are_read_without_outputs(tmp_path):
    cell = nbformat.v4.new_code_cell("x = 1", id="own", outputs=[nbformat.v4.new_output("stream", text="10 of 10")])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "a.ipynb")
    notebooks, problems = read_notebooks(Submission("a", tmp_path / "a.ipynb"))
    assert notebooks == {"a.ipynb": {"cells": [{"id": "own", "source": "x = 1"}]}}
    assert problems == []


def bad(kind, tmp_path, text):
    """Make one submission that can't be read, or not in whole."""
    folder = tmp_path / "bad"
    folder.mkdir()
    match kind:
        case "no JSON":
            (folder / "a.ipynb").write_text("no", encoding="utf-8")
        case "deep JSON":
            (folder / "a.ipynb").write_text("[" * 200_000, encoding="utf-8")
        case "another JSON":
            (folder / "a.ipynb").write_text('{"cells": 5}', encoding="utf-8")
        case "cells of numbers":
            (folder / "a.ipynb").write_text('{"cells": [1]}', encoding="utf-8")
        case "large":
            (folder / "a.ipynb").write_bytes(b" " * (MOST_BYTES + 1))
        case "pipe":
            os.mkfifo(folder / "a.ipynb")
        case "link out of the folder":
            (tmp_path / "outside.ipynb").write_text(text, encoding="utf-8")
            (folder / "a.ipynb").symlink_to(tmp_path / "outside.ipynb")
        case "no zip":
            (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 no")
        case "bomb":
            zipped(tmp_path / "bad.zip", **{"a.ipynb": b" " * 200_000_000})
        case "encrypted":
            zipped(tmp_path / "bad.zip", **{"a.ipynb": text})
            content = bytearray((tmp_path / "bad.zip").read_bytes())
            content[6] |= 1
            content[content.index(b"PK\x01\x02") + 8] |= 1
            (tmp_path / "bad.zip").write_bytes(content)
        case "damaged lzma":
            with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_LZMA) as archive:
                archive.writestr("a.ipynb", text)
            content = bytearray((tmp_path / "bad.zip").read_bytes())
            content[45:60] = bytes(15)
            (tmp_path / "bad.zip").write_bytes(content)
        case "lying size":
            zipped(tmp_path / "bad.zip", **{"a.ipynb": b" " * 50_000_000})
            content = bytearray((tmp_path / "bad.zip").read_bytes())
            at = content.index(b"PK\x01\x02") + 24
            content[at : at + 4] = (1000).to_bytes(4, "little")
            (tmp_path / "bad.zip").write_bytes(content)
        case "damaged":
            zipped(tmp_path / "bad.zip", **{"a.ipynb": text})
            content = bytearray((tmp_path / "bad.zip").read_bytes())
            content[60] ^= 255
            (tmp_path / "bad.zip").write_bytes(content)
    return tmp_path / "bad.zip" if (tmp_path / "bad.zip").exists() else folder


KINDS = [
    *("no JSON", "deep JSON", "another JSON", "cells of numbers", "large", "link out of the folder"),
    pytest.param("pipe", marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")),
    *("no zip", "bomb", "encrypted", "lying size", "damaged", "damaged lzma"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_read_is_one_line(tmp_path, notebook_text, kind):
    notebooks, problems = read_notebooks(Submission("x", bad(kind, tmp_path, notebook_text)))
    assert notebooks == {}
    assert len(problems) == 1
    assert "\n" not in problems[0]


def test_a_zip_in_a_folder_is_opened_as_moodle_packs_it(tmp_path, notebook_text):
    folder = tmp_path / "Ada Good_1001_assignsubmission_file_"
    folder.mkdir()
    zipped(folder / "notebooks.zip", **{"notebooks/01.ipynb": notebook_text})
    zipped(folder / "again.zip", **{"notebooks/01.ipynb": notebook_text})
    assert names(find_submissions([tmp_path])) == ["Ada Good_1001_assignsubmission_file_", "text"]
    notebooks, problems = read_notebooks(Submission("ada", folder))
    assert list(notebooks) == ["again.zip/notebooks/01.ipynb", "notebooks.zip/notebooks/01.ipynb"]
    assert problems == []


@pytest.mark.parametrize("kind", ["no zip", "bomb", "encrypted", "lying size", "damaged", "damaged lzma"])
def test_a_bad_zip_in_a_folder_is_one_line_and_leaves_the_others(tmp_path, write_notebook, notebook_text, kind):
    folder = bad(kind, tmp_path, notebook_text).parent
    write_notebook(folder / "a.ipynb", "x = 1")
    notebooks, problems = read_notebooks(Submission("x", folder))
    assert set(notebooks) == {"a.ipynb", "text/a.ipynb"}
    assert len(problems) == 1


def test_one_bad_notebook_leaves_the_others(tmp_path, write_notebook):
    write_notebook(tmp_path / "a.ipynb", "x = 1")
    (tmp_path / "b.ipynb").write_text("no", encoding="utf-8")
    notebooks, problems = read_notebooks(Submission("x", tmp_path))
    assert list(notebooks) == ["a.ipynb"]
    assert problems[0].startswith("b.ipynb can't be read")


def test_a_name_in_a_zip_leads_nowhere_and_reaches_the_terminal_escaped(tmp_path, notebook_text):
    path = zipped(tmp_path / "x.zip", **{"../../slip.ipynb": notebook_text, "\x1b[2J.ipynb": "no"})
    notebooks, problems = read_notebooks(Submission("x", path))
    assert notebooks == {}
    assert "\x1b" not in problems[0]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["text", "x.zip"]


def test_a_source_may_be_a_list_of_lines(tmp_path):
    cells = [{"cell_type": "code", "source": ["a = 1\n", "b = 2"], "metadata": {"nbgrader": {"grade_id": "own"}}}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert read_notebooks(Submission("a", tmp_path / "a.ipynb"))[0]["a.ipynb"]["cells"] == [
        {"id": "own", "source": "a = 1\nb = 2"}
    ]
