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


TRAIN = {"x_train": np.random.default_rng(1).integers(0, 256, (40, 28, 28), np.uint8), "y_train": np.arange(40) % 10}


def parts(box):
    (model, true, predicted), count, errors, which, one = box.children[0].children, *box.children[1:]
    return model, true, predicted, count, errors, which, one


def explore(images, models):
    return parts(plotting.explore_errors(images, TRUE, models, **TRAIN))


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


def test_choosing_a_digit_changes_count_and_pictures(images):
    _, true, _, count, errors, which, one = explore(images, {"model": PREDICTED})
    assert count.value == "0 of 0 wrong"
    assert [part.layout.display for part in (errors, which, one)] == ["none"] * 3
    true.value = 5
    five = bytes(errors.value)
    assert count.value == "3 of 4 wrong"
    assert five.startswith(b"\x89PNG") and bytes(one.value).startswith(b"\x89PNG")
    assert [part.layout.display for part in (errors, which, one)] == [None] * 3
    true.value = 3
    assert count.value == "1 of 1 wrong"
    assert bytes(errors.value).startswith(b"\x89PNG") and bytes(errors.value) != five
    true.value = 7
    assert (count.value, errors.layout.display) == ("0 of 1 wrong", "none")


def test_choosing_what_it_was_taken_for(images):
    _, true, predicted, count, _, which, _ = explore(images, {"model": PREDICTED})
    true.value = 5
    assert which.max == 3
    predicted.value = 3
    assert (count.value, which.max) == ("2 of 4 taken for a 3", 2)
    predicted.value = 0
    assert count.value == "0 of 4 taken for a 0"
    predicted.value = None
    assert count.value == "3 of 4 wrong"


def test_the_slider_chooses_an_error_and_goes_back_where_there_are_fewer(images):
    _, true, _, _, _, which, one = explore(images, {"model": PREDICTED})
    true.value = 5
    first = bytes(one.value)
    which.value = 3
    assert bytes(one.value) != first
    true.value = 3
    assert (which.value, which.max) == (1, 1)


def test_choosing_a_model_changes_the_errors(images):
    model, true, _, count, *_ = explore(images, {"first": PREDICTED, "perfect": TRUE})
    true.value = 5
    model.value = "perfect"
    assert count.value == "0 of 4 wrong"


def test_a_model_is_given_by_probabilities_or_by_labels(images):
    _, true, _, count, _, _, one = explore(images, {"model": np.eye(10)[PREDICTED]})
    true.value = 5
    assert count.value == "3 of 4 wrong"
    with_bars = bytes(one.value)
    _, true, _, _, _, _, one = explore(images, {"model": PREDICTED})
    true.value = 5
    assert bytes(one.value) != with_bars


def test_one_error_shows_its_probabilities_and_the_nearest_images_of_both_classes(images):
    probabilities = np.eye(10)[8] * 0.7 + 0.03
    fig = plotting.draw_one_error(images[0], 5, 8, probabilities=probabilities, **TRAIN)
    titles = [ax.get_title() for ax in fig.axes]
    assert titles[0] == "true 5, predicted 8"
    assert [title for title in titles if "nearest" in title] == ["nearest 5", "nearest 8"]
    bars = next(ax for ax in fig.axes if ax.patches)
    assert [bar.get_width() for bar in bars.patches] == pytest.approx(probabilities)
    shown = [ax.images[0].get_array() for ax in fig.axes if ax.images][1:5]
    labels = [TRAIN["y_train"][(TRAIN["x_train"] == image).all(axis=(1, 2))][0] for image in shown]
    assert labels == [5] * 4


def test_choosing_says_when_not_all_are_shown():
    count = error_browser.MOST_SHOWN + 1
    options = {"x_train": np.zeros((10, 4, 4), np.uint8), "y_train": np.arange(10)}
    models = {"m": np.ones(count, int)}
    box = plotting.explore_errors(np.zeros((count, 4, 4), np.uint8), np.zeros(count, int), models, **options)
    assert parts(box)[3].value == "51 of 51 wrong, the first 50 are shown"
    assert parts(box)[5].max == 50


def test_choosing_leaves_no_figure_open(images):
    _, true, *_, one = explore(images, {"model": PREDICTED})
    true.value = 5
    assert one.value
    assert plt.get_fignums() == []


def test_choosing_needs_a_model(images):
    with pytest.raises(ValueError, match="at least one model"):
        plotting.explore_errors(images, TRUE, {}, **TRAIN)


def test_nearest_images_of_a_class_come_by_distance():
    images = np.zeros((6, 2, 2, 1), np.float32)
    images[:, 0, 0, 0] = [0.1, 1.0, 0.5, 0.6, 0.7, 0.5]
    labels = np.array([3, 3, 3, 8, 3, 8])
    assert error_browser.nearest_of_class(images[2], images, labels, 3).tolist() == [2, 4, 0, 1]
    assert error_browser.nearest_of_class(images[2], images, labels, 8, count=1).tolist() == [5]
    assert error_browser.nearest_of_class(images[2], images, labels, 0).tolist() == []


def test_images_of_another_size_are_refused():
    with pytest.raises(ValueError, match="has 4 pixels, those of x_train 1"):
        error_browser.nearest_of_class(np.zeros((2, 2)), np.zeros((4, 1, 1)), np.ones(4), 1)


def test_distances_of_whole_numbers_do_not_wrap():
    images = np.array([[[250]], [[10]]], np.uint8)
    assert error_browser.nearest_of_class(np.array([[0]], np.uint8), images, np.array([1, 1]), 1).tolist() == [1, 0]
