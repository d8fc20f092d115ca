"""Task 5: training strategies side by side, over several seeds, with one confusion counted before and after."""

import numpy as np

from mnist_lab.checks import reading, truth
from mnist_lab.checks.outcome import check, need

__all__ = ["task_5"]

SEEDS = 3
PLAUSIBLE = 0.5  # accuracy of a network that has learned something


@check(5)
def task_5(y_test, predictions, *, pair=None, pair_counts=None, models=None, x_test=None):
    """Check the comparison of training strategies, and the confusion before and after (1 point each).

    Parameters
    ----------
    y_test : array of shape (n,)
        Labels of the test images.
    predictions : dict of str to array of shape (seeds, n)
        What each strategy predicted for them, a row a training; the first strategy is the one without extra data or
        augmentation.
    pair : tuple of (int, int)
        The chosen digit, and the one that it is taken for.
    pair_counts : dict of str to sequence of int
        How often that happened, for the same strategies and trainings.
    models, x_test : dict of str to keras.Model and array of shape (n, 28, 28, 1), optional
        The network of each strategy's first training: its predictions are then computed again.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> print(task_5([7, 2], {"plain": [[7, 2]] * 3}))
    Task 5 not yet met: 0 of 2 points
    - Hint: y_test has 2 values, 10,000 are needed: one for each image.
    - Hint: y_test has 2 values, 10,000 are needed: one for each image.
    """
    return [
        (1, lambda: _compared(y_test, predictions, models, x_test)),
        (1, lambda: _counted(y_test, predictions, pair, pair_counts)),
    ]


def _compared(y_test, predictions, models, x_test):
    y, runs = _runs(y_test, predictions)
    need(
        len(runs) >= 3,
        "compare three strategies: without changes, with extra data, with augmentation",
    )
    for name, rows in runs.items():
        need(
            len(rows) >= SEEDS,
            f"{name!r} was trained {len(rows)} times: train each strategy with {SEEDS} seeds or more",
        )
        right = (rows == y).mean(axis=1)
        need(
            right.min() >= PLAUSIBLE,
            f"{name!r} is right for {100 * right.min():.0f} % of the images: it has not learned",
        )
        need(right.max() < 1, f"{name!r} has no error: these are the labels, give what the network predicts")
    need(
        len({len(rows) for rows in runs.values()}) == 1,
        "train each strategy with the same seeds: the numbers of trainings differ",
    )
    every = np.concatenate(list(runs.values()))
    need(
        len(np.unique(every, axis=0)) == len(every),
        "two trainings predict exactly the same: each strategy needs its own data (are the digits added, the "
        "ranges above 0?), and each of its trainings another seed",
    )
    if models is not None:
        _recomputed(y, runs, models, x_test)


def _recomputed(y, runs, models, x_test):
    x = reading.images(x_test, "x_test")
    need(isinstance(models, dict), "give models as a dict: the name of each strategy, and its first network")
    for name, rows in runs.items():
        own = reading.model(models.get(name), f"models[{name!r}]").predict(x, verbose=0).argmax(axis=1)
        need(
            len(own) == len(y) and (own != rows[0]).mean() < 0.001,
            f"the first row of predictions of {name!r} is not what its network predicts for x_test",
        )


def _counted(y_test, predictions, pair, pair_counts):
    y, runs = _runs(y_test, predictions)
    need(pair is not None, "give pair: the chosen digit, and the one that it is taken for")
    chosen = reading.labels(pair, "pair", 2)
    need(chosen[0] != chosen[1], "pair names one digit twice: give the chosen one, and the one that it is taken for")
    need(isinstance(pair_counts, dict), "give pair_counts: a dict with the counts of each strategy")
    missing = [name for name in runs if name not in pair_counts]
    need(not missing, f"pair_counts has no counts for {missing[0] if missing else ''!r}")
    for name, rows in runs.items():
        there, back = (((y == true) & (rows == taken)).sum(axis=1) for true, taken in (chosen, chosen[::-1]))
        given = reading.numbers(pair_counts[name], f"pair_counts of {name!r}").ravel()
        need(
            any(np.array_equal(given, counts) for counts in (there, there + back)),
            f"count again for {name!r}: how often the {chosen[0]} was taken for the {chosen[1]}, one count a training",
        )


def _runs(y_test, predictions):
    true = truth.test_labels()
    y = reading.labels(y_test, "y_test", len(true))
    need(np.array_equal(y, true), "y_test are not the test labels in their order")
    need(
        isinstance(predictions, dict) and predictions,
        "give predictions as a dict: the name of each strategy, and an array with a row a training",
    )
    return y, {
        name: reading.predictions(rows, f"predictions of {name!r}", len(y)) for name, rows in predictions.items()
    }
