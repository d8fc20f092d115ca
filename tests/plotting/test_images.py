import itertools

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mnist_lab import plotting
from mnist_lab.plotting import images as images_module
from mnist_lab.plotting.style import BLUE, VERMILION


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, size=(7, 28, 28), dtype=np.uint8)


def red_green_blue(array, row, column):
    return tuple(array[row, column].tolist())


def test_mosaic_of_two_by_two_pixels_by_hand():
    images = np.array([[[0, 10]], [[20, 30]], [[40, 50]]], dtype=np.uint8)
    array = plotting.mosaic(images, columns=2, scale=1, gap=1)
    white = 255
    expected = [
        [white, white, white, white, white, white, white],
        [white, 0, 10, white, 20, 30, white],
        [white, white, white, white, white, white, white],
        [white, 40, 50, white, white, white, white],
        [white, white, white, white, white, white, white],
    ]
    assert array.dtype == np.uint8
    np.testing.assert_array_equal(array, np.repeat(np.array(expected)[:, :, np.newaxis], 3, axis=2))


def test_mosaic_scale_repeats_every_pixel(images):
    small = plotting.mosaic(images, columns=3, scale=1)
    large = plotting.mosaic(images, columns=3, scale=4)
    assert large.shape == (4 * small.shape[0], 4 * small.shape[1], 3)
    for row in range(4):
        np.testing.assert_array_equal(large[row::4, row::4], small)


def test_mosaic_accepts_floats_and_a_channel_axis(images):
    expected = plotting.mosaic(images, columns=3)
    np.testing.assert_array_equal(plotting.mosaic(images.astype("float32") / 255, columns=3), expected)
    np.testing.assert_array_equal(plotting.mosaic(images[..., np.newaxis], columns=3), expected)


def test_mosaic_draws_frames_of_their_width_and_leaves_the_images_whole(images):
    colors = [(255, 0, 0)] + [(0, 0, 255)] * 6
    array = plotting.mosaic(images, columns=7, scale=1, gap=0, frame_colors=colors, frame_widths=[3, 1, 1, 1, 1, 1, 1])
    assert array.shape == (34, 7 * 34, 3)
    assert red_green_blue(array, 0, 0) == (255, 0, 0)
    assert red_green_blue(array, 1, 34 + 2) == (255, 255, 255)
    assert red_green_blue(array, 2, 34 + 2) == (0, 0, 255)
    for index in range(7):
        tile = array[3:31, index * 34 + 3 : index * 34 + 31]
        np.testing.assert_array_equal(tile, np.repeat(images[index][:, :, np.newaxis], 3, axis=2))


def test_prediction_mosaic_marks_wrong_ones_by_color_and_by_thickness(images):
    correct = np.array([True, True, False, True, True, True, True])
    array = plotting.prediction_mosaic(images, correct, columns=7, scale=1)
    painted = {name: np.all(array == color, axis=2).sum() for name, color in colors().items()}
    assert painted["wrong"] == (28 + 2 * images_module.WRONG_WIDTH) ** 2 - 28**2
    assert painted["right"] == 6 * ((28 + 2 * images_module.RIGHT_WIDTH) ** 2 - 28**2)
    assert images_module.WRONG_WIDTH > 2 * images_module.RIGHT_WIDTH


def test_colors_of_right_and_wrong_differ_in_lightness():
    weights = np.array([0.2126, 0.7152, 0.0722])
    lightness = {name: weights @ (np.array(color) / 255) ** 2.2 for name, color in colors().items()}
    assert lightness["right"] > 1.8 * lightness["wrong"]


def test_prediction_mosaic_has_fourteen_columns_by_default():
    array = plotting.prediction_mosaic(np.zeros((196, 28, 28), dtype=np.uint8), np.ones(196, dtype=bool))
    assert array.shape[0] == array.shape[1]


@pytest.mark.parametrize("scale", [1, 2, 3])
@pytest.mark.parametrize(("count", "columns"), [(1, 1), (7, 3), (100, 10), (40, 10), (29, 29)])
def test_saved_mosaic_holds_exactly_the_array(tmp_path, count, columns, scale):
    images = np.random.default_rng(count).integers(0, 256, size=(count, 28, 28), dtype=np.uint8)
    array = plotting.prediction_mosaic(images, np.arange(count) % 3 > 0, columns=columns, scale=scale)
    path = tmp_path / "mosaic.png"
    plotting.draw_mosaic(array).savefig(path)
    saved = plt.imread(path)
    assert saved.shape[:2] == array.shape[:2]
    np.testing.assert_array_equal(np.round(saved[:, :, :3] * 255).astype(np.uint8), array)


def test_mosaic_has_the_size_of_its_array_whatever_it_is():
    for height in range(1, 400, 7):
        fig = plotting.draw_mosaic(np.zeros((height, 2 * height + 1, 3), dtype=np.uint8))
        assert fig.canvas.get_width_height() == (2 * height + 1, height)
        plt.close(fig)


def test_sample_grid_shows_images_under_their_titles(images):
    fig = plotting.sample_grid(images, [f"true {n}" for n in range(7)], columns=4)
    assert len(fig.axes) == 8
    assert [ax.get_title() for ax in fig.axes] == [f"true {n}" for n in range(7)] + [""]
    np.testing.assert_array_equal(fig.axes[3].images[0].get_array(), images[3])
    assert not fig.axes[7].axison


def test_sample_grid_takes_labels_as_titles(images):
    fig = plotting.sample_grid(images, np.arange(7, dtype=np.uint8), columns=7)
    assert [ax.get_title() for ax in fig.axes] == list("0123456")


def test_sample_grid_frames_wrong_ones_thicker(images):
    fig = plotting.sample_grid(images[:2], ["a", "b"], columns=2, wrong=[False, True])
    right, wrong = fig.axes
    assert wrong.spines["left"].get_linewidth() > 2 * right.spines["left"].get_linewidth()
    assert wrong.title.get_color() != right.title.get_color()


def test_sample_grid_titles_of_neighbours_do_not_touch(images):
    fig = plotting.sample_grid(images[:3], ["true 5, predicted 3 (100 %)"] * 3, columns=3)
    fig.canvas.draw()
    boxes = [ax.title.get_window_extent() for ax in fig.axes]
    assert boxes[0].x0 > 0
    assert boxes[2].x1 < fig.bbox.width
    for left, right in itertools.pairwise(boxes):
        assert left.x1 + 5 < right.x0


def test_sample_grid_size_depends_on_the_number_of_images_alone(images):
    short = plotting.sample_grid(images, ["1"] * 7, columns=4)
    long = plotting.sample_grid(images, ["true 5, predicted 3 (87 %)"] * 7, columns=4)
    assert tuple(short.get_size_inches()) == tuple(long.get_size_inches())


def test_nothing_changes_the_settings_of_matplotlib(images):
    before = dict(matplotlib.rcParams)
    plotting.sample_grid(images, range(7), columns=4)
    plotting.draw_mosaic(plotting.mosaic(images, columns=4))
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((28, 28), dtype=np.uint8)}, "Wrap a single image"),
        ({"images": np.zeros((0, 28, 28), dtype=np.uint8)}, "n of at least 1"),
        ({"images": np.zeros((2, 28, 28, 3), dtype=np.uint8)}, "must have the shape"),
        ({"images": np.zeros((2, 28, 28), dtype=int)}, "must be uint8"),
        ({"images": np.full((2, 28, 28), 200.0)}, r"must lie in \[0, 1\]"),
        ({"images": np.full((2, 28, 28), np.nan)}, r"must lie in \[0, 1\]"),
        ({"columns": 0}, "columns must be a whole number"),
        ({"scale": 1.5}, "scale must be a whole number"),
        ({"gap": -1}, "gap must be a whole number"),
        ({"frame_colors": [(1, 2, 3)]}, "frame_colors must have the shape"),
        ({"frame_colors": [(1, 2, 300)] * 2}, "from 0 to 255"),
        ({"frame_colors": [(1, 2, 3)] * 2, "frame_widths": [1]}, "frame_widths must be"),
        ({"frame_colors": [(1, 2, 3)] * 2, "frame_widths": 0.5}, "frame_widths must be"),
    ],
)
def test_mosaic_refuses_what_it_cannot_lay_out(change, message):
    arguments = {"images": np.zeros((2, 28, 28), dtype=np.uint8), "columns": 2} | change
    with pytest.raises(ValueError, match=message):
        plotting.mosaic(**arguments)


def test_prediction_mosaic_refuses_labels_in_place_of_flags(images):
    with pytest.raises(ValueError, match="compare the labels"):
        plotting.prediction_mosaic(images, np.arange(7))
    with pytest.raises(ValueError, match="7 values of type bool"):
        plotting.prediction_mosaic(images, np.ones(6, dtype=bool))


@pytest.mark.parametrize("array", [np.zeros((4, 4)), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), dtype=np.uint8)])
def test_draw_mosaic_refuses_anything_but_rgb_bytes(array):
    with pytest.raises(ValueError, match="Make it with mosaic"):
        plotting.draw_mosaic(array)


def test_sample_grid_refuses_unequal_lengths(images):
    with pytest.raises(ValueError, match="6 titles for 7 images"):
        plotting.sample_grid(images, range(6), columns=4)
    with pytest.raises(ValueError, match="wrong must be 7 values"):
        plotting.sample_grid(images, range(7), columns=4, wrong=[True])


def colors():
    return {"right": images_module.RIGHT_COLOR, "wrong": images_module.WRONG_COLOR}


def test_weight_mosaic_is_white_at_zero_and_coloured_by_sign():
    images = np.array([[[0.0, 2.0], [-2.0, 1.0]], [[9.0, -9.0], [0.0, 0.0]]])
    array = plotting.weight_mosaic(images, limit=2, columns=2, scale=1)
    assert array.shape == (2 + 4, 2 + 2 + 6, 3)
    white, red, blue = [255] * 3, as_bytes(VERMILION), as_bytes(BLUE)
    assert array[2, 2].tolist() == white
    assert array[2, 3].tolist() == red
    assert array[3, 2].tolist() == blue
    assert array[2, 6].tolist() == red  # clipped
    assert array[2, 7].tolist() == blue
    assert np.allclose(array[3, 3], (np.array(white) + red) / 2, atol=1)


def as_bytes(color):
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


@pytest.mark.parametrize("limit", [0, -1, np.nan])
def test_weight_mosaic_refuses_a_limit_that_is_not_positive(limit):
    with pytest.raises(ValueError, match="limit must be positive"):
        plotting.weight_mosaic(np.zeros((1, 2, 2)), limit=limit)
