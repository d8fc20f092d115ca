from mnist_lab.grading.diff.tables import environment_table, meaning, summary, verdict_table
from mnist_lab.grading.diff.verdicts import FileVerdict
from mnist_lab.grading.text import text_table

VERDICTS = [
    FileVerdict("01/environment.json", "environment", ("numpy 2.3 -> 2.4", "FreeType 2.13 -> 2.14")),
    FileVerdict("01/m.json", "changed", ("x: 1 -> 3 (exact)", "y: 2 -> 4 (exact)")),
    FileVerdict("02/environment.json", "environment", ("numpy 2.3 -> 2.4",)),
    FileVerdict("02/m.json", "identical"),
]


def test_what_changed_stands_at_the_end_of_the_table():
    assert verdict_table(VERDICTS).splitlines()[2:] == [
        "02/m.json            identical",
        "01/environment.json  environment",
        "02/environment.json  environment",
        "01/m.json            changed      x: 1 -> 3 (exact)",
        "                                  y: 2 -> 4 (exact)",
    ]


def test_each_difference_of_environments_is_said_once():
    assert environment_table(VERDICTS).splitlines()[2:] == [
        "numpy 2.3 -> 2.4       2 of 2",
        "FreeType 2.13 -> 2.14  1 of 2",
    ]
    assert environment_table(VERDICTS[1:2]) == ""
    more = [*VERDICTS, FileVerdict("03/environment.json", "identical")]
    assert "numpy 2.3 -> 2.4       2 of 3" in environment_table(more)


def test_the_summary_says_what_matters_first():
    assert summary(VERDICTS) == "1 changed, 2 environment, 1 identical"


def test_the_meaning_tells_a_changed_result_from_another_environment():
    assert "A result changed" in meaning(VERDICTS)
    assert "The environment differs" in meaning([VERDICTS[0], VERDICTS[3]])
    assert meaning([VERDICTS[3]]) == "No result changed."
    assert meaning([VERDICTS[3], FileVerdict("05/", "missing")]).startswith(
        "Files are missing or new. No result changed"
    )


def test_pictures_that_nobody_checked_are_counted():
    assert "1 picture has other pixels and can be the same figure" in meaning([FileVerdict("a.png", "environment")])
    assert "2 pictures have" in meaning([FileVerdict("a.png", "environment"), FileVerdict("b.png", "within tolerance")])


def test_tables_align():
    assert text_table(("a", "b"), [("long", 1)]) == "a     b\n----  -\nlong  1"
