"""The limits of ``likeness`` hold for figures redrawn with moved numbers, as honest runs do."""

import io

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from mnist_lab import plotting
from mnist_lab.grading.diff import likeness
from mnist_lab.grading.diff.likeness import blocks, more_like, no_longer, strongest_block, unlikeness

RNG = np.random.default_rng(0)
DIGITS = RNG.random((24, 28, 28)) * np.outer(np.hanning(28), np.hanning(28))


def curves(shift):
    epochs = np.arange(1, 13)
    history = {"loss": 0.3 / epochs, "val_loss": 0.3 / epochs + 0.03, "accuracy": 1 - 0.1 / epochs}
    history |= {"val_accuracy": 1 - 0.1 / epochs - 0.01}
    noise = {name: RNG.uniform(-1, 1, 12) * shift * 0.006 for name in history}
    return plotting.learning_curves({"model": {name: list(values + noise[name]) for name, values in history.items()}})


def seeds(shift):
    values = {"first": [0.982, 0.985, 0.984], "second": [0.991, 0.992, 0.990], "third": [0.9952, 0.9949, 0.9955]}
    return plotting.accuracy_over_seeds(
        {k: np.add(v, RNG.uniform(-1, 1, 3) * 0.001 * shift) for k, v in values.items()}
    )


def matrix(shift):
    counts = np.random.default_rng(1).poisson(3, (10, 10)) + np.diag([980] * 10)
    return plotting.confusion_matrix_heatmap(counts + shift * RNG.integers(0, 4, (10, 10)), mask_diagonal=True)


def bars(shift):
    counts = np.add([10, 12, 11, 12, 13, 16, 14, 16, 12, 18], shift * RNG.integers(-5, 6, 10))
    return plotting.errors_per_class_bars(counts, [1000] * 10)


def mosaic(shift):
    return plotting.sample_grid(DIGITS[12 * shift :][:12], ["true 5, predicted 6"] * 12, columns=4, wrong=[True] * 12)


FIGURES = (curves, seeds, matrix, bars, mosaic)


def drawn(figure):
    figure = getattr(figure, "figure", figure)
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=figure.dpi)
    mpl.pyplot.close(figure)
    return blocks(Image.open(stream).convert("RGBA"))


@pytest.mark.parametrize("draw", FIGURES)
def test_a_figure_with_moved_numbers_is_still_this_figure(draw):
    first, second = drawn(draw(0)), drawn(draw(1))
    assert unlikeness(first, second) < 0.6
    assert no_longer(first, second, redrawn=False) == ""
    assert more_like(first, second, {}) == ""


@pytest.mark.parametrize("draw", FIGURES)
def test_a_figure_in_other_type_is_still_this_figure_and_one_with_an_inverted_title_is_not(draw):
    first = drawn(draw(0))
    with mpl.rc_context({"text.hinting": "none", "text.antialiased": False, "font.sans-serif": ["DejaVu Sans"]}):
        second = drawn(draw(0))
    assert no_longer(first, second, redrawn=True) == ""
    second[:2] = 255 - second[:2]
    assert no_longer(first, second, redrawn=True)


def test_what_is_no_figure_any_more_is_named():
    first = drawn(bars(0))
    white, black = np.full_like(first, 255), np.zeros_like(first)
    for free in (False, True):
        assert no_longer(first, white, redrawn=False, free=free) == "it shows nothing any more"
        assert no_longer(first, black, redrawn=False, free=free) == "it shows nothing any more"
        assert "no longer this figure (2.00 unlike it" in no_longer(first, 255 - first, redrawn=False, free=free)
    half = first.copy()
    half[:, : half.shape[1] // 2] = 255
    assert no_longer(first, half, redrawn=False)


def test_turned_pictures_and_other_figures_are_named():
    first, second = drawn(mosaic(0)), drawn(mosaic(1))
    assert more_like(first, first[:, ::-1], {}) == "its own mirror image"
    assert more_like(first, first[::-1], {}) == "itself upside down"
    assert more_like(first, second, {"worst.png": second, "black.png": np.zeros_like(first)}) == "worst.png"
    assert more_like(first, first, {"worst.png": first}) == ""


def test_transparent_parts_are_white_and_small_pictures_are_one_block():
    assert blocks(Image.new("RGBA", (4, 3))).tolist() == [[[255, 255, 255]]]
    assert strongest_block(blocks(Image.new("RGBA", (4, 3))), blocks(Image.new("RGBA", (4, 3), "black"))) == 1


def test_the_limits_are_those_of_the_table():
    limits = (likeness.MOST_UNLIKE_REDRAWN, likeness.STRONGEST_REDRAWN, likeness.MOST_UNLIKE)
    limits += (likeness.MOST_UNLIKE_FREE, likeness.MUCH_MORE_LIKE, likeness.LEAST_CONTRAST)
    assert all(f"limit {limit:.2f}" in likeness.__doc__ for limit in limits)
