"""The rule of evidence against SciPy and in simulations; McNemar's test, Holm's adjustment, the edges."""

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


def draw(rng, seeds, images, gain=0.0, *, difficulty=0.03):
    """Predictions of two recipes for images of different difficulty; the second one misses fewer by ``gain``."""
    missed = rng.beta(0.1, 0.1 / difficulty, images)
    a = rng.random((seeds, images)) < missed
    return np.zeros(images, dtype=int), a.astype(int), (rng.random((seeds, images)) < missed * (1 - gain)).astype(int)


def test_a_paired_difference_is_the_difference_of_the_mean_accuracies():
    y_true, a, b = draw(np.random.default_rng(0), 5, 400, gain=0.5)
    found = significance.paired_difference(y_true, a, b)
    assert found.difference == pytest.approx(100 * ((b == y_true).mean() - (a == y_true).mean()))
    assert (found.low + found.high) / 2 == pytest.approx(found.difference)
    assert found.real == (found.p_value < 0.05)
    mirrored = significance.paired_difference(y_true, b, a)
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def test_with_many_images_only_the_seeds_count_as_in_a_paired_t_test():
    from scipy.stats import ttest_rel

    y_true, a, b = draw(np.random.default_rng(1), 6, 500)
    a[:, :100], b[:, :100] = np.arange(6)[:, None] % 2, np.arange(6)[:, None] % 3 == 0  # seeds move all images together
    found = significance.paired_difference(*(np.tile(values, 400) for values in (y_true, a, b)))
    expected = ttest_rel((b == y_true).mean(axis=1), (a == y_true).mean(axis=1)).pvalue
    assert found.p_value == pytest.approx(expected, rel=0.02)


def test_two_equal_recipes_seldom_differ_and_a_visible_difference_mostly_shows():
    rng = np.random.default_rng(2)
    false_alarms = [significance.paired_difference(*draw(rng, 5, 500)).real for _ in range(200)]
    assert sum(false_alarms) <= 15  # 5 % of 200 are 10
    y_true, a, _ = draw(rng, 5, 2000)
    gain = significance.smallest_visible(y_true, a) / (100 * (a != y_true).mean())
    assert gain < 1
    seen = [significance.paired_difference(*draw(rng, 5, 2000, gain=gain)).real for _ in range(200)]
    assert 0.6 <= np.mean(seen) <= 0.97  # 0.8 is promised


def test_more_seeds_and_images_show_smaller_differences():
    rng = np.random.default_rng(3)
    y_true, a, _ = draw(rng, 20, 4000)
    few = significance.smallest_visible(y_true, a[:4])
    assert significance.smallest_visible(y_true, a) < few < significance.smallest_visible(y_true[:400], a[:4, :400])


def test_a_model_against_itself_is_no_difference():
    y_true, a, _ = draw(np.random.default_rng(4), 3, 50)
    found = significance.paired_difference(y_true, a, a)
    assert (found.difference, found.p_value, found.real) == (0, 1, False)
    assert str(found) == "+0.00 points, 95 % interval +0.00 to +0.00 (3 seeds, 50 images): may be chance"


@pytest.mark.parametrize(
    ("a", "b", "telling"),
    [
        (np.zeros(5), np.zeros(5), r"shape \(seeds, n\)"),
        (np.zeros((2, 5)), np.zeros((3, 5)), "the same seeds"),
        (np.zeros((2, 4)), np.zeros((2, 4)), r"y_true has the shape \(5,\)"),
        (np.zeros((1, 5)), np.zeros((1, 5)), "at least two seeds"),
    ],
)
def test_a_paired_difference_says_what_shapes_it_needs(a, b, telling):
    with pytest.raises(ValueError, match=telling):
        significance.paired_difference(np.zeros(5), a, b)


@pytest.mark.parametrize("a", [np.zeros(5), np.zeros((2, 4)), np.zeros((1, 5))])
def test_the_smallest_visible_difference_needs_a_row_for_each_of_two_seeds(a):
    with pytest.raises(ValueError, match="give"):
        significance.smallest_visible(np.zeros(5), a)
