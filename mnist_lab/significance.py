"""Which differences between classifiers are real: tests on the same images, many tests at once, power.

"Significant" always means: by McNemar's exact test, at a level of 5 % unless another is given.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binom, binomtest

__all__ = [
    "McNemar",
    "detectable_difference",
    "holm",
    "mcnemar",
    "most_discordant",
    "pairwise",
    "smallest_significant",
]


class McNemar(NamedTuple):
    """Discordant pairs, by who is right, and the p-value."""

    only_a_right: int
    only_b_right: int
    p_value: float


def mcnemar(y_true, a, b):
    """Test whether two classifiers differ in accuracy on the same images: McNemar's exact test.

    Images that both get right or both get wrong say nothing about which is better. Of the others (the discordant
    pairs) each classifier should win half if both were equally good: a two-sided binomial test.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    a, b : array-like of shape (n,)
        Predicted labels of two trained models, in the same order.

    Returns
    -------
    McNemar
        ``only_a_right``, ``only_b_right`` (numbers of images) and ``p_value`` in [0, 1]; 1 without discordant pairs.

    Raises
    ------
    ValueError
        If the labels are not three lists of the same length.

    Examples
    --------
    >>> mcnemar([0, 1, 2, 3], a=[0, 1, 2, 3], b=[0, 1, 2, 4])
    McNemar(only_a_right=1, only_b_right=0, p_value=1.0)

    References
    ----------
    Q. McNemar (1947), https://doi.org/10.1007/BF02295996;
    T. Dietterich (1998), https://doi.org/10.1162/089976698300017197
    """
    y_true, a, b = map(np.asarray, (y_true, a, b))
    if not (y_true.ndim == 1 and y_true.shape == a.shape == b.shape):
        raise ValueError(
            f"y_true, a and b have the shapes {y_true.shape}, {a.shape} and {b.shape}: give labels of the same n "
            "images, one seed of each model."
        )
    only_a, only_b = int(((a == y_true) & (b != y_true)).sum()), int(((a != y_true) & (b == y_true)).sum())
    discordant = only_a + only_b
    return McNemar(only_a, only_b, float(binomtest(only_a, discordant).pvalue) if discordant else 1.0)


def pairwise(y_true, predictions):
    """Compare every two models with :func:`mcnemar`.

    Parameters
    ----------
    y_true : array-like of shape (n,)
    predictions : dict of str to array-like of shape (n,)
        At least two models.

    Returns
    -------
    pandas.DataFrame
        One row a pair; columns ``a`` and ``b`` (names), ``discordant``, ``difference`` (images that only a has right,
        minus images that only b has right), ``p`` and ``p_holm`` (adjusted for the number of pairs).

    Examples
    --------
    >>> pairwise([0, 1, 2], {"first": [0, 1, 2], "second": [0, 1, 3]})["difference"].tolist()
    [1]
    """
    names = list(predictions)
    rows = []
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            test = mcnemar(y_true, predictions[a], predictions[b])
            discordant, difference = test.only_a_right + test.only_b_right, test.only_a_right - test.only_b_right
            rows.append({"a": a, "b": b, "discordant": discordant, "difference": difference, "p": test.p_value})
    pairs = pd.DataFrame(rows)
    return pairs.assign(p_holm=holm(pairs["p"]))


def holm(p_values):
    """Adjust p-values for the number of tests, so that one false alarm among all stays as rare as the level says.

    Parameters
    ----------
    p_values : array-like of shape (n,), in [0, 1]

    Returns
    -------
    ndarray of shape (n,)
        Compare these with the level as if each were the only one.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]

    References
    ----------
    S. Holm (1979), https://www.jstor.org/stable/4615733
    """
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1)).clip(max=1)
    return adjusted


def smallest_significant(discordant, *, alpha=0.05):
    """Return the smallest difference between two models, in images, that is significant.

    Parameters
    ----------
    discordant : int
        Images that exactly one of the two has right; at least 6 at a level of 0.05.
    alpha : float, default=0.05

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If no difference is significant with so few discordant pairs.

    Examples
    --------
    >>> smallest_significant(6), smallest_significant(100)
    (6, 22)
    """
    # ppf: the first count of wins of the weaker model that is no longer rare enough.
    wins = int(binom.ppf(alpha / 2, discordant, 0.5)) - 1
    if wins < 0:
        raise ValueError(
            f"{discordant} discordant pairs are too few: even if one model wins all, p is not below {alpha}."
        )
    return discordant - 2 * wins


def most_discordant(difference, *, alpha=0.05):
    """Return up to how many discordant pairs a difference between two models is significant.

    Parameters
    ----------
    difference : int
        In images; at least 6 at a level of 0.05.
    alpha : float, default=0.05

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the difference is significant with no number of discordant pairs.

    Examples
    --------
    >>> most_discordant(6), most_discordant(12)
    (6, 30)
    """
    if binomtest(0, difference).pvalue >= alpha:
        raise ValueError(f"A difference of {difference} images is never significant at a level of {alpha}.")
    discordant = difference
    while binomtest((discordant + 2 - difference) // 2, discordant + 2).pvalue < alpha:
        discordant += 2  # the two wins more are one for each: the difference stays
    return discordant


def detectable_difference(discordant, *, power=0.8, alpha=0.05):
    """Return how large the true difference must be to come out significant with some probability.

    Parameters
    ----------
    discordant : int
        Images that exactly one of two models has right.
    power : float, default=0.8
        That probability.
    alpha : float, default=0.05

    Returns
    -------
    int
        Expected difference in images.

    Raises
    ------
    ValueError
        As :func:`smallest_significant`.

    Examples
    --------
    >>> detectable_difference(100)
    30
    """
    needed_wins = (discordant + smallest_significant(discordant, alpha=alpha)) // 2
    differences = np.arange(discordant + 1)
    found = binom.sf(needed_wins - 1, discordant, (1 + differences / discordant) / 2) >= power
    return int(differences[found][0])
