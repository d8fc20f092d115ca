"""Feature maps and maps of hidden features: what is drawn where."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mnist_lab import plotting
from mnist_lab.plotting import network, style


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def tile(fig, row, column, side):
    """Pixels of one tile whose side is given in pixels of the figure."""
    return fig.axes[0].images[0].get_array()[row : row + side, column : column + side]


def test_draw_feature_maps_scales_per_layer_and_enlarges_small_maps():
    large, small = np.zeros((4, 4, 2)), np.zeros((2, 2, 2))
    large[..., 1] = 8  # white, although the other layer has other values
    small[..., 0] = -5
    fig = plotting.draw_feature_maps({"large": large, "small": small})
    # a pixel of the large maps is 2 x 2 in the figure, one of the small maps 4 x 4; the gaps are alike
    assert tile(fig, network.BAND + 2, 2, 8).max() == 0
    assert tile(fig, network.BAND + 2, 12, 8).min() == 255
    second = 2 * network.BAND + 12
    assert tile(fig, second + 2, 2, 8).max() == 0
    assert tile(fig, second + 2, 12, 8).min() == 255
    assert [text.get_text() for text in fig.texts] == ["large: 2 maps of 4 x 4", "small: 2 maps of 2 x 2"]


def test_draw_feature_maps_is_not_darkened_by_a_single_bright_value():
    layer = np.full((16, 16, 1), 0.5)
    layer[0, 0], layer[0, 1] = 100, 0
    fig = plotting.draw_feature_maps({"layer": layer})
    assert tile(fig, network.BAND + 6, 6, 20).min() == 255


def test_draw_feature_maps_puts_sixteen_in_a_row_and_draws_constant_maps_black():
    maps = np.full((3, 3, 17), 7.0)
    fig = plotting.draw_feature_maps({"dead": maps})
    assert fig.axes[0].images[0].get_array().shape == (network.BAND + 2 * 9, 2 * 65, 3)
    assert tile(fig, network.BAND + 10, 2, 6).max() == 0


def test_embedding_scatter_writes_each_digit_at_its_median():
    points = np.array([[0, 0], [2, 0], [4, 3], [9, 9]])
    ax = plotting.embedding_scatter(points, [3, 3, 3, 8])
    assert {text.get_text(): text.get_position() for text in ax.texts} == {"3": (2, 0), "8": (9, 9)}
    assert [len(collection.get_offsets()) for collection in ax.collections] == [3, 1]
    assert len(set(style.TEN_COLORS)) == 10


def test_embedding_scatter_refuses_points_that_do_not_fit():
    with pytest.raises(ValueError, match=r"need points of shape \(2, 2\)"):
        plotting.embedding_scatter(np.zeros((2, 3)), [0, 1])
