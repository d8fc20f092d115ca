"""Digits that somebody draws: their pixels, and their files."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from mnist_lab import data
from mnist_lab.data import own_digits

VERTICAL, DOT = [[(3, 0), (3, 90)]], [[(5, 5)]]


@pytest.fixture(autouse=True)
def _results(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_LAB_RESULTS", str(tmp_path))


def extent(image):
    rows, columns = np.nonzero(image > 127)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.parametrize("digit", data.DRAWN)
def test_a_drawing_fills_the_box_and_lies_where_those_of_mnist_lie(digit):
    box = data.draw_in_box(data.DRAWN[digit])
    assert box.dtype == np.uint8 and box.shape == (20, 20)
    assert max(extent(box)) >= 19
    image = data.strokes_to_image(data.DRAWN[digit])
    assert image.shape == (28, 28) and image.sum() == box.sum()
    assert ndimage.center_of_mass(image) == pytest.approx((13.5, 13.5), abs=1)


def test_the_drawings_have_as_much_ink_as_those_of_mnist():
    mean = np.mean([data.strokes_to_image(strokes) for strokes in data.DRAWN.values()])
    assert mean == pytest.approx(33.3, abs=1)


def test_size_and_place_of_a_drawing_do_not_matter():
    small = [[(300 + x / 4, 7 + y / 4) for x, y in stroke] for stroke in data.DRAWN[4]]
    assert np.abs(data.draw_in_box(small).astype(int) - data.draw_in_box(data.DRAWN[4])).max() <= 60


def test_proportions_stay():
    height, width = extent(data.draw_in_box(VERTICAL))
    assert height >= 19 and width <= 3


def test_a_dot_is_a_dot():
    assert extent(data.draw_in_box(DOT)) in {(2, 2), (3, 3)}


@pytest.mark.parametrize(
    ("strokes", "message"), [([], "at least one stroke"), ([[]], "at least one stroke"), ([[(0, np.nan)]], "finite")]
)
def test_what_is_no_drawing_is_refused(strokes, message):
    with pytest.raises(ValueError, match=message):
        data.draw_in_box(strokes)


def test_kept_digits_come_back_with_their_labels():
    for digit in (7, 3, 7):
        data.keep_digit(data.strokes_to_image(data.DRAWN[digit]), digit)
    x, y = data.load_my_digits()
    assert y.tolist() == [3, 7, 7] and x.dtype == np.uint8
    assert np.array_equal(x[2], data.strokes_to_image(data.DRAWN[7]))
    assert data.scale(x).shape == (3, 28, 28, 1)


@pytest.mark.parametrize(
    "image",
    [np.zeros((28, 28)), np.zeros((28, 28, 1), np.uint8), np.zeros((20, 28), np.uint8)],
    ids=["float", "a channel", "size"],
)
def test_an_image_of_another_kind_is_refused_and_nothing_is_written(tmp_path, image):
    with pytest.raises(ValueError, match=r"give uint8 of shape \(28, 28\)"):
        data.keep_digit(image, 7)
    assert not (tmp_path / "my_digits").exists()


def test_no_kept_digit_says_how_to_make_one():
    with pytest.raises(FileNotFoundError, match="press Keep"):
        data.load_my_digits()


def test_a_label_that_is_no_digit_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError):
        data.keep_digit(data.strokes_to_image(VERTICAL), 10)
    assert not (tmp_path / "my_digits").exists()


@pytest.mark.parametrize(
    ("name", "message"), [("seven.png", "names no digit"), ("77.png", "names no digit"), ("²_1.png", "names no digit")]
)
def test_a_picture_without_a_label_is_refused(tmp_path, name, message):
    (tmp_path / "my_digits").mkdir()
    Image.new("L", (28, 28)).save(tmp_path / "my_digits" / name)
    with pytest.raises(ValueError, match=message):
        data.load_my_digits()


def test_a_picture_of_another_size_or_a_damaged_one_is_refused(tmp_path):
    path = data.keep_digit(data.strokes_to_image(VERTICAL), 1)
    Image.new("L", (30, 28)).save(path)
    with pytest.raises(ValueError, match=r"1_001.png .* has 30 x 28 pixels, not 28 x 28"):
        data.load_my_digits()
    path.write_bytes(b"no picture")
    with pytest.raises(ValueError, match="is no picture"):
        data.load_my_digits()


def test_a_coloured_picture_is_read_as_grey(tmp_path):
    path = data.keep_digit(data.strokes_to_image(VERTICAL), 1)
    Image.open(path).convert("RGB").save(path)
    assert data.load_my_digits()[0].shape == (1, 28, 28)


def test_an_empty_box_lies_in_the_middle():
    assert own_digits.centre_by_mass(np.zeros((20, 20), np.uint8)).sum() == 0
