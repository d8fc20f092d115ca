"""Wrong predictions of a digit: which, drawn how, and chosen without a front end."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mnist_lab import plotting
from mnist_lab.plotting import error_browser

TRUE = np.array([5, 5, 5, 3, 5, 7])
PREDICTED = np.array([8, 5, 3, 5, 3, 7])


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, size=(len(TRUE), 28, 28), dtype=np.uint8)


def parts(box):
    (model, digit), count, picture = box.children[0].children, *box.children[1:]
    return model, digit, count, picture


def test_errors_are_sorted_by_wrong_label_then_position():
    assert plotting.errors_of(TRUE, PREDICTED, 5).tolist() == [2, 4, 0]
    assert plotting.errors_of(TRUE, PREDICTED, 3).tolist() == [3]
    assert plotting.errors_of(TRUE, PREDICTED, 7).tolist() == []


def test_errors_refuse_labels_of_other_images():
    with pytest.raises(ValueError, match="of the same images"):
        plotting.errors_of(TRUE, PREDICTED[:-1], 5)


def test_errors_refuse_probabilities():
    with pytest.raises(ValueError, match="one-hot already"):
        plotting.errors_of(TRUE, np.eye(10)[PREDICTED], 5)


def test_figure_shows_the_wrong_images_ten_a_row_under_their_wrong_label(images):
    fig = plotting.draw_errors(images, TRUE, PREDICTED, 5)
    drawn = [ax for ax in fig.axes if ax.images]
    assert [ax.get_title() for ax in drawn] == ["as 3", "as 3", "as 8"]
    assert np.array_equal(drawn[0].images[0].get_array(), images[2])
    assert fig.axes[0].get_gridspec().ncols == 10


def test_figure_of_a_digit_without_errors_says_what_to_do(images):
    with pytest.raises(ValueError, match="choose another digit"):
        plotting.draw_errors(images, TRUE, PREDICTED, 7)


def test_figure_stays_within_its_limit():
    count = error_browser.MOST_SHOWN + 1
    fig = plotting.draw_errors(np.zeros((count, 4, 4), np.uint8), np.zeros(count, int), np.ones(count, int), 0)
    assert sum(bool(ax.images) for ax in fig.axes) == error_browser.MOST_SHOWN


def test_choosing_a_digit_changes_count_and_picture(images):
    _, digit, count, picture = parts(plotting.choose_errors(images, TRUE, {"model": PREDICTED}))
    assert (count.value, bytes(picture.value)) == ("0 of 0 wrong", b"")
    digit.value = 5
    five = bytes(picture.value)
    assert count.value == "3 of 4 wrong"
    assert five.startswith(b"\x89PNG")
    assert picture.layout.display is None
    digit.value = 3
    assert count.value == "1 of 1 wrong"
    assert bytes(picture.value).startswith(b"\x89PNG") and bytes(picture.value) != five
    digit.value = 7
    assert (count.value, picture.layout.display) == ("0 of 1 wrong", "none")


def test_choosing_a_model_changes_the_errors(images):
    model, digit, count, _ = parts(plotting.choose_errors(images, TRUE, {"first": PREDICTED, "perfect": TRUE}))
    digit.value = 5
    model.value = "perfect"
    assert count.value == "0 of 4 wrong"


def test_choosing_says_when_not_all_are_shown():
    count = error_browser.MOST_SHOWN + 1
    box = plotting.choose_errors(np.zeros((count, 4, 4), np.uint8), np.zeros(count, int), {"m": np.ones(count, int)})
    assert parts(box)[2].value == "51 of 51 wrong, the first 50 are shown"


def test_choosing_leaves_no_figure_open(images):
    _, digit, _, picture = parts(plotting.choose_errors(images, TRUE, {"model": PREDICTED}))
    digit.value = 5
    assert picture.value
    assert plt.get_fignums() == []


def test_choosing_needs_a_model(images):
    with pytest.raises(ValueError, match="at least one model"):
        plotting.choose_errors(images, TRUE, {})
