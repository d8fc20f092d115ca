"""Task 1: how many of each digit there are, in numbers and shares."""

import re

import numpy as np
import pandas as pd

from mnist_lab.checks import reading, truth
from mnist_lab.checks.outcome import check, need

__all__ = ["task_1"]

_COUNTS = {"train": ("train", "training", "ytrain"), "test": ("test", "testing", "ytest")}
_SHARE = r"(%|percent|percentage|share|shares|relative|frequency|proportion|fraction)"


@check(1)
def task_1(y_train, y_test, table):
    """Check the class counts and relative frequencies (1 point).

    Parameters
    ----------
    y_train, y_test : array of shape (n,)
        Labels of all training and test images.
    table : pandas.DataFrame or dict
        One row a digit, in any order. Columns ``train`` and ``test`` (counts), ``train %`` and ``test %`` (shares in
        percent, or from 0 to 1) and ``difference %`` (of the shares: training minus test).

    Returns
    -------
    Outcome

    Examples
    --------
    >>> from mnist_lab import data
    >>> (_, y_train), (_, y_test) = data.load_mnist()
    >>> task_1(y_train, y_test, data.class_table(y_train, y_test))
    'Task 1 met: 1 of 1 point'
    """
    return [(1, lambda: _counted(y_train, y_test, table))]


def _counted(y_train, y_test, table):
    counts = {}
    for part, given, true in (("train", y_train, truth.train_labels()), ("test", y_test, truth.test_labels())):
        digits = reading.labels(given, f"y_{part}", len(true))
        counts[part] = np.bincount(true, minlength=10)
        need(
            np.array_equal(np.bincount(digits, minlength=10), counts[part]),
            f"pass the labels as `data.load_mnist` gives them: y_{part} holds other digits",
        )
    columns = _columns(table)
    for part, true in counts.items():
        need(part in columns, f"the table has no column {part!r}: how many images of each digit, from 0 to 9")
        wrong = np.flatnonzero(columns[part] != true)
        need(
            not wrong.size,
            f"count every digit of all {true.sum():,} {part} images: the row of digit {_first(wrong)} has "
            "another count than the labels",
        )
    shares = {part: 100 * true / true.sum() for part, true in counts.items()}
    expected = {f"{part} %": share for part, share in shares.items()}
    expected["difference %"] = shares["train"] - shares["test"]
    scale = 1.0
    for name, share in expected.items():
        need(name in columns, f"the table has no column {name!r}: add the shares in percent, and their difference")
        if name == "train %":
            scale = 100.0 if columns[name].sum() < 2 else 1.0
        need(
            np.allclose(scale * columns[name], share, atol=0.006),
            f"the column {name!r} does not follow from the counts: divide by the number of images of its own set"
            + (", and subtract test from training" if name == "difference %" else ""),
        )


def _first(wrong):
    return wrong[0] if wrong.size else ""


def _columns(table):
    """Return the columns of a table by their standard name, float of shape (10,), in the order of the digits."""
    need(table is not None, "make the table: a row a digit, with counts, shares and their difference")
    need(isinstance(table, dict | pd.DataFrame), "give the table as a pandas.DataFrame, with names for its columns")
    frame = pd.DataFrame(table)
    if not any(_standard(name) for name in frame.columns):
        frame = frame.T
    for name in frame.columns:
        if str(name).lower() in ("digit", "label", "class", "number"):
            frame = frame.set_index(name)
            break
    index = pd.to_numeric(pd.Series(frame.index.astype(str)), errors="coerce")
    need(
        sorted(index) == list(range(10)),
        "the table needs ten rows, named by the digits 0 to 9, each once",
    )
    frame = frame.iloc[np.argsort(index.to_numpy(), kind="stable")]
    named = {_standard(name): frame[name] for name in frame.columns if _standard(name)}
    return {
        name: reading.numbers(column.to_numpy(), f"the column {name!r}").astype(float) for name, column in named.items()
    }


def _standard(name):
    """Return the standard name of a column, or an empty text."""
    words = re.findall(r"[a-z]+|%", str(name).lower().replace("y_", "y"))
    share = any(re.fullmatch(_SHARE, word) for word in words)
    if any(word.startswith(("diff", "delta")) for word in words):
        return "difference %"
    for part, known in _COUNTS.items():
        if any(word in known for word in words):
            return f"{part} %" if share else part
    return ""
