"""Each check passes what is right, and names what is missing."""

import numpy as np
import pytest

from mnist_lab import checks, data

TABLE = data.class_table(np.repeat(range(10), checks.TRAIN_COUNTS), np.repeat(range(10), checks.TEST_COUNTS))
HISTORY = {"val_loss": [0.3, 0.1, 0.2, 0.3]}
SAME = np.eye(10)
MATRIX = np.diag([9] * 10) + np.eye(10, k=-2, dtype=int) * (np.arange(10) == 5)[:, None]  # only 5 for 3
TASK_4 = {"y_true": [5, 3, 1], "y_pred": [3, 3, 1], "read_true": [5, 3, 1], "read_pred": [3, 3, 1], "read_errors": [0]}


def test_the_expected_counts_are_those_of_mnist():
    assert (sum(checks.TRAIN_COUNTS), sum(checks.TEST_COUNTS)) == (60_000, 10_000)


def test_task_1():
    assert checks.task_1(TABLE) == "Task 1 met: 1 of 1 point"


@pytest.mark.parametrize(
    "wrong",
    [TABLE.iloc[::-1], TABLE.assign(train=TABLE["test"]), TABLE.assign(**{"difference %": -TABLE["difference %"]})],
)
def test_task_1_is_not_met_by_another_order_other_counts_or_another_sign(wrong):
    assert checks.task_1(wrong).startswith("Task 1 not yet met: 0 of 1 point\n- Hint: count every digit")


def test_what_is_missing_gives_a_hint_and_no_traceback():
    assert "Hint" in checks.task_1(TABLE.drop(columns="test"))
    assert "Hint" in checks.task_2({"loss": [1]}, named_epoch=1, restored_accuracy=1, reloaded_accuracy=1)


def test_task_2():
    text = checks.task_2(HISTORY, named_epoch=3, restored_accuracy=0.95, reloaded_accuracy=0.95)
    assert text == "Task 2 met: 2 of 2 points"


def test_task_2_tells_the_two_faults_apart():
    named = checks.task_2(HISTORY, named_epoch=2, restored_accuracy=0.95, reloaded_accuracy=0.95)
    assert "1 of 2 points" in named
    assert "name the epoch" in named
    other = checks.task_2(HISTORY, named_epoch=3, restored_accuracy=0.95, reloaded_accuracy=0.94)
    assert "1 of 2 points" in other
    assert "checkpoint" in other


def test_task_2_wants_a_training_that_is_long_enough():
    falling = {"val_loss": [0.3, 0.2, 0.1]}
    assert "long enough" in checks.task_2(falling, named_epoch=4, restored_accuracy=1, reloaded_accuracy=1)


def task_3(**changes):
    good = {"images": 10_000, "probabilities": SAME, "reloaded_probabilities": SAME, "sources": ["https://arxiv.org"]}
    return checks.task_3(changes.pop("errors", 50), **(good | changes))


def test_task_3():
    assert task_3() == "Task 3 met: 3 of 3 points"


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"errors": 99}, "99 errors in 10000"),
        ({"images": 5_000}, "10,000 test images"),
        ({"reloaded_probabilities": SAME[::-1]}, "same predictions"),
        ({"sources": []}, "name the source"),
        ({"sources": ["somewhere on Kaggle"]}, "name the source"),
    ],
)
def test_task_3_takes_a_point_for_each_fault(change, hint):
    text = task_3(**change)
    assert "2 of 3 points" in text
    assert hint in text


def test_task_4():
    assert checks.task_4(**TASK_4, chosen_class=5, validation_matrix=MATRIX) == "Task 4 met: 2 of 2 points"


def test_task_4_notices_another_models_errors_and_another_choice():
    other = checks.task_4(**(TASK_4 | {"read_errors": [0, 2]}), chosen_class=5, validation_matrix=MATRIX)
    assert "what is read back must be the same" in other
    assert "highest validation error rate" in checks.task_4(**TASK_4, chosen_class=3, validation_matrix=MATRIX)


def test_task_5():
    accuracies = {"baseline": [0.99, 0.991, 0.992], "more data": [0.99, 0.991, 0.993]}
    pairs = {"baseline": [3, 2, 1], "more data": [1, 1, 0]}
    assert checks.task_5(accuracies, pair_counts=pairs) == "Task 5 met: 2 of 2 points"


def test_task_5_wants_three_seeds_and_the_pair_for_each():
    accuracies = {"baseline": [0.99, 0.991], "more data": [0.99, 0.991]}
    text = checks.task_5(accuracies, pair_counts={"baseline": [3, 2]})
    assert text.splitlines()[0] == "Task 5 not yet met: 0 of 2 points"
    assert len(text.splitlines()) == 3
