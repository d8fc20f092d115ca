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

    monkeypatch.setattr(data.loading.sources, "fetch_digits", fetch)
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


# load_split


def test_load_split_scales_every_part_and_holds_a_tenth_back():
    (x_train, y_train), (x_val, y_val), (x_test, y_test) = data.load_split(seed=0)
    assert [x_train.shape, x_val.shape, x_test.shape] == [(n, 28, 28, 1) for n in (54_000, 6_000, 10_000)]
    assert [len(y) for y in (y_train, y_val, y_test)] == [54_000, 6_000, 10_000]
    assert all(x.dtype == np.float32 and x.min() == 0 and x.max() == 1 for x in (x_train, x_val, x_test))
