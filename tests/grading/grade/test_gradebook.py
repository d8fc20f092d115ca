"""Points reach the row that an e-mail address or an ID names, and no other."""

import json
import re
from argparse import Namespace

import pytest

from mnist_lab.grading import WrongUseError
from mnist_lab.grading.cli import main
from mnist_lab.grading.grade.gradebook import command, fill

MOODLE = (
    "\ufeffIdentifier,Full name,ID number,Email address,Status,Grade,Maximum grade,Feedback comments\r\n"
    'Participant 101,"Lovelace, Ada",s1,ada@uni.edu,Submitted,,10.00,\r\n'
    'Participant 102,"Turing, Alan",s2,alan@uni.edu,Submitted,,10.00,\r\n'
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,MNIST (77)\n"
    "    Points Possible,,,,,10\n"
    '"Lovelace, Ada",201,s1,ada,1,\n'
    '"Turing, Alan",202,s2,alan,1,\n'
)
FOUND = {
    "e-mail": ("ada@uni.edu", MOODLE, None),
    "e-mail in capitals": ("Ada@Uni.edu", MOODLE, None),
    "ID number": ("s1", MOODLE, None),
    "a folder of Moodle's download": ("Ada Lovelace_101_assignsubmission_file", MOODLE, None),
    "login": ("ada", CANVAS, "MNIST (77)"),
    "a file of Canvas's download": ("lovelaceada_201_9911_mnist", CANVAS, "MNIST (77)"),
    "a late file of Canvas's download": ("lovelaceada_LATE_201_9911_mnist", CANVAS, "MNIST (77)"),
}


@pytest.mark.parametrize("how", FOUND)
def test_the_right_row_is_filled_and_nothing_else_changes(how):
    name, table, column = FOUND[how]
    after, left = fill(table, {name: 7}, column)
    assert left == {}
    changed = [(one, two) for one, two in zip(table.split("\n"), after.split("\n"), strict=True) if one != two]
    assert len(changed) == 1
    assert "Ada" in changed[0][1]
    before, new = changed[0]
    assert new == (f"{before}7" if column else before.replace(",,10", ",7,10"))


GUESSES = {
    "a name": "Ada Lovelace",
    "a part of an ID": "s",
    "an ID with more": "s1 final",
    "a number of another column": "101",
    "a Canvas file in Moodle": "lovelaceada_101_9911_mnist",
}


@pytest.mark.parametrize("how", GUESSES)
def test_it_does_not_guess(how):
    after, left = fill(MOODLE, {GUESSES[how]: 7})
    assert (after, list(left)) == (MOODLE, [GUESSES[how]])


def test_two_submissions_of_one_student_are_left():
    after, left = fill(MOODLE, {"s1": 7, "ada@uni.edu": 9, "s2": 4})
    assert list(left) == ["s1", "ada@uni.edu"]
    assert ",4,10.00" in after
    assert ",7," not in after


def test_an_id_that_two_rows_have_is_left():
    _, left = fill(MOODLE.replace("s2", "s1"), {"s1": 7})
    assert left == {"s1": "several rows of the table"}


def test_points_that_are_there_stay():
    table = MOODLE.replace("Submitted,,10.00", "Submitted,6.5,10.00")
    after, left = fill(table, {"s1": 7})
    assert after == table
    assert "has 6.5 for it already, not 7" in left["s1"]
    assert fill(table, {"s1": 6.5}) == (table, {})


WRONG = {
    "no column Grade": (CANVAS, None, "--column"),
    "an unknown column": (MOODLE, "Points", "--column"),
    "another maximum": (MOODLE.replace("10.00", "100.00"), None, "set it to 10"),
    "another maximum in Canvas": (CANVAS.replace(",,,,,10", ",,,,,100"), "MNIST (77)", "set it to 10"),
    "only names": ("Name,Grade\nAda,\n", None, "e-mail addresses"),
    "empty": ("", None, "--column"),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_table_that_it_can_not_fill_is_refused(how):
    table, column, text = WRONG[how]
    with pytest.raises(WrongUseError, match=text):
        fill(table, {"s1": 7}, column)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_stay(delimiter):
    table = f"Email address{delimiter}Grade\na@b.c{delimiter}\n"
    assert fill(table, {"a@b.c": 10})[0] == table.replace(f"a@b.c{delimiter}", f"a@b.c{delimiter}10")


@pytest.fixture
def graded(tmp_path):
    """Return a folder of `grade` with two students and one that failed."""
    for name, points, status in (("s1", 3, "graded"), ("s2", 5, "stopped: time"), ("s3", 0, "failed: no notebook")):
        result = {"name": name, "status": status, "tasks": {"1": {"points": points}}}
        path = tmp_path / "graded" / "points" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result), encoding="utf-8")
    return tmp_path / "graded"


def test_the_file_is_filled_and_the_old_one_kept(graded, tmp_path, capsys):
    exported = tmp_path / "exported.csv"
    exported.write_bytes(MOODLE.encode())
    assert main(["grades", str(graded), "--into", str(exported)]) == 1
    assert "2 of 3 submissions filled" in (said := capsys.readouterr().out)
    assert "s3" in said
    assert ",3,10.00" in exported.read_text(encoding="utf-8")
    assert (tmp_path / "exported.csv.before").read_bytes() == MOODLE.encode()


def test_a_check_that_never_ran_is_no_zero(graded, tmp_path, capsys):
    for name, tasks in (("s1", {}), ("s2", {"2": {"points": 2}})):
        result = {"name": name, "status": "graded", "tasks": tasks, "notebooks": {"01": {"unchecked": ["1"]}}}
        (graded / "points" / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")
    exported = tmp_path / "exported.csv"
    exported.write_bytes(MOODLE.encode())
    assert main(["grades", str(graded), "--into", str(exported)]) == 1
    said = capsys.readouterr().out
    assert re.search(r"s1 +no check ran, so it is no zero", said)
    assert re.search(r"s2 +no check of task 1 ran", said)
    assert [row.split(",")[-3] for row in exported.read_text(encoding="utf-8").split("\n")[1:3]] == ["", "2"]


def test_a_result_of_an_older_release_is_no_zero_either(graded, tmp_path, capsys):
    result = {"name": "s1", "status": "graded", "tasks": {}, "notebooks": {"01": {"remarks": []}}}
    (graded / "points" / "s1.json").write_text(json.dumps(result), encoding="utf-8")
    exported = tmp_path / "exported.csv"
    exported.write_bytes(MOODLE.encode())
    main(["grades", str(graded), "--into", str(exported)])
    assert re.search(r"s1 +no check ran", capsys.readouterr().out)


@pytest.mark.parametrize("problem", ["no file", "no text", "no points"])
def test_problems_are_one_line(graded, tmp_path, problem):
    exported = tmp_path / "exported.csv"
    if problem != "no file":
        exported.write_bytes(b"\xff\xfe\x00" if problem == "no text" else MOODLE.encode())
    folder = tmp_path / "empty" if problem == "no points" else graded
    with pytest.raises(WrongUseError, match=r"export it anew|grade. wrote"):
        command(Namespace(folder=folder, into=exported, column=None))
