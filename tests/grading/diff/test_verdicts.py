"""One list of verdicts, and all that follows from it."""

import importlib.resources

import pytest

from mnist_lab.grading.diff.tables import meaning, summary, verdict_table
from mnist_lab.grading.diff.verdicts import FileVerdict, Verdict


def test_each_has_a_symbol_of_its_own_and_changes_come_last():
    assert len({verdict.symbol for verdict in Verdict}) == len(Verdict)
    changes = [verdict.is_change for verdict in Verdict]
    assert changes == sorted(changes)
    assert [verdict.rank for verdict in Verdict] == list(range(len(Verdict)))


def test_what_is_no_verdict_is_refused_where_it_is_made():
    with pytest.raises(ValueError, match="'odd' is not a valid Verdict"):
        FileVerdict("a.png", "odd")


@pytest.mark.parametrize("verdict", Verdict)
def test_table_summary_meaning_and_report_know_each(verdict):
    found = [FileVerdict("a.png", verdict)]
    assert f"a.png  {verdict}" in verdict_table(found)
    assert summary(found) == f"1 {verdict}"
    assert meaning(found).startswith("No result changed") == (not verdict.is_change)
    page = importlib.resources.files("mnist_lab.grading.diff").joinpath("report.html.jinja").read_text("utf-8")
    assert f".{verdict.replace(' ', '-')} " in page
