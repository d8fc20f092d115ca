import numpy as np
import pytest

from mnist_lab import data


@pytest.fixture
def made():
    """100 images of ten classes; the top left pixel of each is its number, so that pairs can be followed."""
    x = np.zeros((100, 28, 28), np.uint8)
    x[:, 0, 0] = np.arange(100)
    return x, (np.arange(100) % 10).astype(np.uint8)


def test_load_mnist_returns_the_keras_convention():
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    assert (x_train.shape, y_train.shape) == ((60000, 28, 28), (60000,))
    assert (x_test.shape, y_test.shape) == ((10000, 28, 28), (10000,))
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}


def test_load_extra_digits_passes_counts_on(monkeypatch):
    seen = []

    def fetch(counts, *, verbose):
        seen.append((counts, verbose))
        return np.zeros((2, 28, 28), np.uint8), np.array([3, 3], np.uint8), "made"

    monkeypatch.setattr(data.sources, "fetch_digits", fetch)
    x, y = data.load_extra_digits({3: 2})
    assert (x.shape, y.tolist(), seen) == ((2, 28, 28), [3, 3], [({3: 2}, True)])


# scale


def test_scale_maps_0_and_255_to_0_and_1():
    x = np.zeros((2, 28, 28), np.uint8)
    x[1, 2, 3] = 255
    x[1, 2, 4] = 51
    scaled = data.scale(x)
    assert (scaled.shape, scaled.dtype) == ((2, 28, 28, 1), np.float32)
    assert scaled[1, 2, 3, 0] == 1
    assert scaled[1, 2, 4, 0] == np.float32(0.2)
    assert scaled[0].max() == 0
    assert x.dtype == np.uint8


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 28, 28), np.float32), "scaled already"),
        (np.zeros((2, 28, 28), np.int64), "must be uint8"),
        (np.zeros((2, 28, 28, 1), np.uint8), "shape"),
        (np.zeros((2, 784), np.uint8), "shape"),
        (np.zeros((28, 28), np.uint8), "x\\[:1\\]"),
    ],
)
def test_scale_refuses_other_arrays(x, message):
    with pytest.raises(ValueError, match=message):
        data.scale(x)


# one_hot


def test_one_hot_puts_a_one_at_the_label():
    y = np.array([0, 9, 3], np.uint8)
    rows = data.one_hot(y)
    assert (rows.shape, rows.dtype) == ((3, 10), np.float32)
    assert rows.argmax(axis=1).tolist() == [0, 9, 3]
    assert rows.sum() == 3


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([10], "between 0 and 9; got 10 to 10"),
        ([-1, 2], "between 0 and 9"),
        ([[0.0, 1.0]], "one-hot already"),
        ([1.0], "must be integers"),
    ],
)
def test_one_hot_refuses_other_labels(y, message):
    with pytest.raises(ValueError, match=message):
        data.one_hot(y)


# Splits


def test_validation_split_is_stratified_disjoint_and_keeps_pairs(made):
    x, y = made
    (x_train, y_train), (x_val, y_val) = data.validation_split(x, y, fraction=0.2)
    assert (len(x_train), len(x_val)) == (80, 20)
    assert np.bincount(y_val).tolist() == [2] * 10
    numbers = np.concatenate([x_train[:, 0, 0], x_val[:, 0, 0]])
    assert sorted(numbers) == list(range(100))
    assert (numbers % 10 == np.concatenate([y_train, y_val])).all()
    assert (x_train.dtype, y_val.dtype) == (np.uint8, np.uint8)


def test_validation_split_depends_on_the_seed_alone(made):
    x, y = made
    first, again, other = (data.validation_split(x, y, seed=seed)[1][0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 5000])
def test_validation_split_refuses_other_fractions(made, fraction):
    with pytest.raises(ValueError, match="fraction must lie between 0 and 1"):
        data.validation_split(*made, fraction=fraction)


def test_validation_split_refuses_one_hot_labels_and_other_lengths(made):
    x, y = made
    with pytest.raises(ValueError, match="not one-hot"):
        data.validation_split(x, data.one_hot(y))
    with pytest.raises(ValueError, match="same length; got 100 and 99"):
        data.validation_split(x, y[:-1])


@pytest.mark.parametrize("n", [10, 50, 95, 100])
def test_stratified_subset_has_the_size_and_keeps_pairs(made, n):
    x, y = data.stratified_subset(*made, n)
    assert len(x) == len(y) == n
    assert (x[:, 0, 0] % 10 == y).all()
    assert len(np.unique(x[:, 0, 0])) == n


def test_stratified_subset_keeps_class_shares():
    y = np.repeat(np.arange(10), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    subset = data.stratified_subset(np.zeros((len(y), 1)), y, 55)[1]
    assert np.bincount(subset).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize("n", [0, 9, 101])
def test_stratified_subset_refuses_other_sizes(made, n):
    with pytest.raises(ValueError, match="n must lie between 10"):
        data.stratified_subset(*made, n)


# class_table


def test_class_table_of_mnist_has_the_published_counts_and_differences():
    (_, y_train), (_, y_test) = data.load_mnist()
    table = data.class_table(y_train, y_test)
    assert table.columns.tolist() == ["train", "test", "train %", "test %", "difference %"]
    assert table.index.tolist() == list(range(10))
    assert table["train"].tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert table["test"].tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert table["difference %"].idxmin() == 2
    assert table["difference %"].idxmax() == 6
    assert round(table.loc[2, "difference %"], 2) == -0.39
    assert round(table.loc[6, "difference %"], 2) == 0.28


def test_class_table_lists_absent_classes():
    table = data.class_table([1, 1, 2, 9], [1, 2])
    assert table["train"].tolist() == [0, 2, 1, 0, 0, 0, 0, 0, 0, 1]
    assert table.loc[1, "train %"] == 50
    assert table.loc[2, "difference %"] == -25


# add_examples


def test_add_examples_keeps_pairs_and_shuffles(made):
    x, y = made
    extra_x, extra_y = x[:20] + 100, y[:20]
    both_x, both_y = data.add_examples(x, y, extra_x, extra_y, seed=3)
    assert sorted(both_x[:, 0, 0]) == list(range(120))
    assert (both_x[:, 0, 0] % 10 == both_y).all()
    assert (both_x[100:, 0, 0] < 100).any()
    assert np.array_equal(both_x, data.add_examples(x, y, extra_x, extra_y, seed=3)[0])


def test_add_examples_refuses_what_does_not_fit(made):
    x, y = made
    with pytest.raises(ValueError, match=r"extra images have shape .*28, 28, 1.* float32.*treat both alike"):
        data.add_examples(x, y, data.scale(x), y)
    with pytest.raises(ValueError, match="extra labels"):
        data.add_examples(x, y, x, y.astype(np.int64))
    with pytest.raises(ValueError, match="same length"):
        data.add_examples(x, y, x, y[:5])


# grid_by_class, pixel_summary


def test_grid_by_class_finds_the_first_of_each_class():
    y = np.array([*range(9, -1, -1), *range(10)])
    assert data.grid_by_class(y, columns=2).tolist() == [[9 - digit, 10 + digit] for digit in range(10)]


def test_grid_by_class_refuses_too_few():
    with pytest.raises(ValueError, match="class 4 has only 1 examples, 2 columns"):
        data.grid_by_class(np.array([*range(10), 0, 1, 2, 3]), columns=2)


def test_pixel_summary_of_hand_made_images():
    x = np.zeros((3, 2, 2), np.uint8)
    x[1] = [[0, 255], [0, 5]]
    assert data.pixel_summary(x) == {
        "images": 3,
        "min": 0,
        "max": 255,
        "mean": pytest.approx(260 / 12),
        "missing": 0,
        "blank": 2,
    }


def test_pixel_summary_counts_missing_values():
    x = np.ones((2, 2, 2), np.float32)
    x[0, 0, 0] = np.nan
    assert data.pixel_summary(x)["missing"] == 1


def test_pixel_summary_refuses_no_images():
    with pytest.raises(ValueError, match="at least one image"):
        data.pixel_summary(np.zeros((0, 28, 28), np.uint8))
