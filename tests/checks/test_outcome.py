import pytest

from mnist_lab.checks.outcome import MissingError, Outcome, check, need


def fail(error):
    raise error


def test_the_text_says_points_and_hints():
    outcome = Outcome.of(3, [(1, ""), (1, "save it"), (1, "name it")])
    assert outcome == "Task 3 not yet met: 1 of 3 points\n- Hint: save it.\n- Hint: name it."
    assert (outcome.task, outcome.points, outcome.total, outcome.hints) == (3, 1, 3, ("save it", "name it"))


def test_a_check_never_raises():
    @check(9)
    def task_9(error):
        return [(1, lambda: None), (1, lambda: fail(error))]

    assert task_9(MissingError("train longer")).hints == ("train longer",)
    outcome = task_9(ZeroDivisionError("division by zero"))
    assert outcome.points == 1
    assert "can't be used (ZeroDivisionError: division by zero)" in outcome


def test_need():
    need(True, "nothing")
    with pytest.raises(MissingError, match="more"):
        need(False, "more")
