import numpy as np
import pytest

from mnist_lab import checks, data


@pytest.fixture
def task(small):
    """Return the two label arrays and the right table."""
    (_, y_train), (_, y_test) = small
    return y_train, y_test, data.class_table(y_train, y_test)


RIGHT = {
    "as the library makes it": lambda a, b, t: (a, b, t),
    "sorted by frequency": lambda a, b, t: (a, b, t.sort_values("train")),
    "a dict of lists": lambda a, b, t: (a, b, t.to_dict("list")),
    "columns in another order": lambda a, b, t: (a, b, t[t.columns[::-1]]),
    "a row for each quantity": lambda a, b, t: (a, b, t.T),
    "digits in a column": lambda a, b, t: (a, b, t.rename_axis("digit").reset_index()),
    "digits as texts": lambda a, b, t: (a, b, t.set_axis(list("0123456789"))),
    "shares from 0 to 1": lambda a, b, t: (a, b, t.assign(**{name: t[name] / 100 for name in t if "%" in name})),
    "shares rounded to two places": lambda a, b, t: (a, b, t.round(2)),
    "names in other words": lambda a, b, t: (
        a,
        b,
        t.rename(columns={"train": "Training", "test %": "share test", "difference %": "diff"}),
    ),
    "labels as lists, shuffled": lambda a, b, t: (sorted(a.tolist()), b.tolist(), t),
    "one-hot labels": lambda a, b, t: (data.one_hot(a), data.one_hot(b), t),
}
WRONG = {
    "no table": (lambda a, b, t: (a, b, None), "make the table"),
    "a text": (lambda a, b, t: (a, b, "5923"), "DataFrame"),
    "counts of the test images twice": (lambda a, b, t: (a, b, t.assign(train=t["test"])), "count every digit"),
    "one image forgotten": (lambda a, b, t: (a, b, t.assign(train=t["train"] - (t.index == 4))), "digit 4"),
    "other labels": (lambda a, b, t: (a[:500], b, t), "500 values, 600 are needed"),
    "the training labels twice": (lambda a, b, t: (a, a, t), "300 are needed"),
    "labels of noise": (lambda a, b, t: (np.zeros(600, int), b, t), "other digits"),
    "no shares": (lambda a, b, t: (a, b, t[["train", "test"]]), "no column 'train %'"),
    "no difference": (lambda a, b, t: (a, b, t.drop(columns="difference %")), "no column 'difference %'"),
    "the difference with the other sign": (
        lambda a, b, t: (a, b, t.assign(**{"difference %": -t["difference %"]})),
        "subtract test from training",
    ),
    "shares of all images": (
        lambda a, b, t: (a, b, t.assign(**{"test %": 100 * t["test"] / 900})),
        "divide by the number of images",
    ),
    "nine digits": (lambda a, b, t: (a, b, t.iloc[1:]), "ten rows"),
    "a digit twice": (lambda a, b, t: (a, b, t.set_axis([0, 0, 2, 3, 4, 5, 6, 7, 8, 9])), "ten rows"),
    "nan": (lambda a, b, t: (a, b, t * np.nan), "no numbers"),
    "empty labels": (lambda a, b, t: ([], b, t), "empty"),
    "the public counts": (
        lambda a, b, t: (a, b, t.assign(train=[5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])),
        "count every digit",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_in_whatever_form(task, name):
    assert checks.task_1(*RIGHT[name](*task)) == "Task 1 met: 1 of 1 point"


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gets_a_hint(task, name):
    change, hint = WRONG[name]
    outcome = checks.task_1(*change(*task))
    assert outcome.points == 0
    assert hint in outcome, outcome
