"""Which differences between classifiers are real: one rule for all notebooks.

The rule is :func:`paired_difference`: the same images and the same seeds for both models. A difference is real if its
95 % interval leaves out zero. Before the comparison, :func:`smallest_visible` says which difference so many images and
seeds can show at all.

The other functions are for one training of each model: McNemar's exact test, many tests at once, its power.
"Significant" there means a level of 5 % unless another is given.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binom, binomtest, norm, t

__all__ = [
    "McNemar",
    "PairedDifference",
    "detectable_difference",
    "holm",
    "mcnemar",
    "most_discordant",
    "paired_difference",
    "pairwise",
    "smallest_significant",
    "smallest_visible",
]


class PairedDifference(NamedTuple):
    """How much more accurate b is than a, in percentage points, and how sure that is.

    Attributes
    ----------
    difference : float
        Mean accuracy of b minus that of a.
    standard_error : float
        What other seeds and other images would change.
    low, high : float
        The 95 % interval.
    p_value : float in [0, 1]
    seeds, images : int
        Pairs of trainings, and images that each pair was judged on.
    """

    difference: float
    standard_error: float
    low: float
    high: float
    p_value: float
    seeds: int
    images: int

    @property
    def real(self):
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0

    def __str__(self):
        verdict = "real" if self.real else "may be chance"
        counts = f"{self.seeds} seeds, {self.images:,} images"
        return f"{self.difference:+.2f} points, 95 % interval {self.low:+.2f} to {self.high:+.2f} ({counts}): {verdict}"


def paired_difference(y_true, a, b):
    """Compare two recipes on the same images over the same seeds.

    Two things are chance: which seeds were drawn, and which images happen to be in the set. For each image and seed b
    is better (1), worse (-1) or the same (0). The mean is the difference in accuracy. Its variance is that between the
    seeds plus that between the images, which is a little too cautious, never too bold.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    a, b : array-like of shape (seeds, n)
        Predicted labels, a row for each training. Row i of both has the same seed. At least two seeds.

    Returns
    -------
    PairedDifference
        In percentage points.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there is one seed only.

    Examples
    --------
    >>> truth = np.zeros(1000, dtype=int)
    >>> a, b = np.zeros((2, 3, 1000), dtype=int)
    >>> a[:, :40] = 1  # each training of a misses the same 40 images, b none
    >>> print(paired_difference(truth, a, b))
    +4.00 points, 95 % interval +2.78 to +5.22 (3 seeds, 1,000 images): real

    References
    ----------
    A. B. Owen (2007), The pigeonhole bootstrap, https://arxiv.org/abs/0712.1111 (two crossed sources of chance);
    B. L. Welch (1947), https://doi.org/10.1093/biomet/34.1-2.28 (degrees of freedom of a sum of variances)
    """
    y_true, a, b = map(np.asarray, (y_true, a, b))
    if not (a.ndim == 2 and a.shape == b.shape and y_true.shape == a.shape[1:]):
        raise ValueError(
            f"y_true has the shape {y_true.shape}, a {a.shape} and b {b.shape}: give labels of shape (n,), and "
            "predicted labels of shape (seeds, n) from the same seeds and images."
        )
    seeds, images = a.shape
    if seeds < 2 or images < 2:
        raise ValueError(
            f"{seeds} seed and {images} images: give at least two seeds, one training says nothing of luck."
        )
    better = 100.0 * ((b == y_true).astype(int) - (a == y_true))
    variances = np.array([better.mean(axis=1).var(ddof=1) / seeds, better.mean(axis=0).var(ddof=1) / images])
    return _interval(better.mean(), variances, seeds, images)


def smallest_visible(y_true, a, *, power=0.8):
    """Return which difference a comparison with as many seeds and images would probably show, judged by one recipe.

    Compare a recipe with itself and only luck is left: how much its accuracy moves by seed, and on how many images two
    of its trainings disagree. A change that touches images unlike that can be harder to see, so this is a best case.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    a : array-like of shape (seeds, n)
        Predicted labels of one recipe, a row for each training. At least two.
    power : float, default=0.8
        Probability that a true difference of this size comes out as real.

    Returns
    -------
    float
        In percentage points.

    Raises
    ------
    ValueError
        As :func:`paired_difference`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = np.zeros(1000, dtype=int)
    >>> predictions = (rng.random((10, 1000)) < 0.02).astype(int)  # each training misses 2 % of the images
    >>> round(smallest_visible(truth, predictions), 1)
    0.8
    """
    y_true, a = np.asarray(y_true), np.asarray(a)
    paired_difference(y_true, a, a)  # raises where the shapes do not fit
    seeds, images = a.shape
    right = 100.0 * (a == y_true)
    disagreement = 2 * right.var(axis=0, ddof=1).mean()  # of two trainings, a mean over the images
    variances = np.array([2 * right.mean(axis=1).var(ddof=1) / seeds, disagreement / (seeds * images)])
    half_width = _interval(0.0, variances, seeds, images).high
    return float(half_width + norm.ppf(power) * np.sqrt(variances.sum()))


def _interval(difference, variances, seeds, images):
    """Return the 95 % interval of a difference from the variances that seeds and images bring."""
    error = np.sqrt(variances.sum())
    if error == 0:  # the two never differ, or on every image and in every training
        return PairedDifference(
            float(difference), 0.0, float(difference), float(difference), float(difference == 0), seeds, images
        )
    freedom = variances.sum() ** 2 / (variances**2 / [seeds - 1, images - 1]).sum()
    half = t.ppf(0.975, freedom) * error
    p_value = 2 * t.sf(abs(difference) / error, freedom)
    values = (difference, error, difference - half, difference + half, p_value)
    return PairedDifference(*map(float, values), seeds, images)


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
