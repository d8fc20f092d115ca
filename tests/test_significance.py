"""McNemar's test against counting by hand, Holm's adjustment, and the edges of what is significant."""

from math import comb

import numpy as np
import pytest
from scipy.stats import binomtest

from mnist_lab import significance


@pytest.mark.parametrize(("won", "lost"), [(9, 3), (3, 9), (21, 9), (40, 40), (6, 0), (0, 1)])
def test_mcnemar_is_the_exact_binomial_test(won, lost):
    y_true = np.zeros(200, dtype=int)
    a, b = y_true.copy(), y_true.copy()
    b[:won], a[won : won + lost] = 1, 1
    a[150:170] = b[150:170] = 2  # both wrong: without effect
    test = significance.mcnemar(y_true, a, b)
    n = won + lost
    one_side = sum(comb(n, k) for k in range(min(won, lost) + 1)) / 2**n
    assert test[:2] == (won, lost)
    assert test.p_value == pytest.approx(min(1, 2 * one_side))


def test_mcnemar_of_a_model_with_itself_is_no_evidence():
    assert significance.mcnemar([1, 2], [1, 3], [1, 3]) == (0, 0, 1.0)


def test_two_models_wrong_in_different_ways_are_not_discordant():
    assert significance.mcnemar([1], [2], [3]) == (0, 0, 1.0)


def test_mcnemar_wants_one_seed_of_each():
    with pytest.raises(ValueError, match=r"\(3,\), \(2, 3\).*one seed"):
        significance.mcnemar([1, 2, 3], np.ones((2, 3)), [1, 2, 3])


def test_pairwise_compares_each_pair_once():
    y_true = np.arange(40) % 10
    worse, worst = y_true.copy(), y_true.copy()
    worse[:3], worst[:20] = 11, 11
    pairs = significance.pairwise(y_true, {"best": y_true, "worse": worse, "worst": worst})
    assert pairs[["a", "b"]].to_numpy().tolist() == [["best", "worse"], ["best", "worst"], ["worse", "worst"]]
    assert pairs["discordant"].tolist() == [3, 20, 17]
    assert pairs["difference"].tolist() == [3, 20, 17]
    assert pairs["p"].tolist() == pytest.approx([2 / 2**3, 2 / 2**20, 2 / 2**17])
    assert pairs["p_holm"].tolist() == pytest.approx([2 / 2**3, 6 / 2**20, 4 / 2**17])


def test_holm_by_hand():
    assert significance.holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_ends_at_one_and_leaves_a_single_test_alone():
    assert significance.holm([0.6, 0.7]).tolist() == [1, 1]
    assert significance.holm([0.03]).tolist() == [0.03]


@pytest.mark.parametrize("discordant", [6, 7, 12, 31, 100, 413])
def test_smallest_significant_is_the_edge(discordant):
    least = significance.smallest_significant(discordant)
    wins = (discordant - least) // 2
    assert (discordant - least) % 2 == 0
    assert binomtest(wins, discordant).pvalue < 0.05 <= binomtest(wins + 1, discordant).pvalue


def test_too_few_discordant_pairs_show_nothing():
    with pytest.raises(ValueError, match="5 discordant pairs are too few"):
        significance.smallest_significant(5)


@pytest.mark.parametrize("difference", [6, 9, 12, 40])
def test_most_discordant_is_the_edge(difference):
    most = significance.most_discordant(difference)
    losses = (most - difference) // 2
    assert binomtest(losses, most).pvalue < 0.05 <= binomtest(losses + 1, most + 2).pvalue


def test_a_difference_of_five_images_is_never_significant():
    with pytest.raises(ValueError, match="5 images is never significant"):
        significance.most_discordant(5)


@pytest.mark.parametrize("discordant", [20, 51, 100])
def test_detectable_difference_has_the_power_it_promises(discordant):
    def power(difference):
        share = (1 + difference / discordant) / 2
        needed = (discordant + significance.smallest_significant(discordant)) // 2
        return sum(
            comb(discordant, k) * share**k * (1 - share) ** (discordant - k) for k in range(needed, discordant + 1)
        )

    found = significance.detectable_difference(discordant)
    assert power(found) >= 0.8 > power(found - 1)
