"""Our batches are those that Keras makes of arrays, in the same order."""

import keras
import numpy as np
import pytest

from mnist_lab import models, reproducibility
from mnist_lab.training.batches import batches


def weights_after(fit, digits):
    reproducibility.set_seed(5)
    model = models.simple_cnn()
    fit(model, *digits)
    return model.get_weights()


def test_training_is_bit_identical_to_that_on_arrays(digits):
    ours = weights_after(lambda model, x, y: model.fit(batches(x, y, 128), epochs=3, shuffle=False, verbose=0), digits)
    arrays = weights_after(lambda model, x, y: model.fit(x, y, batch_size=128, epochs=3, verbose=0), digits)
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(ours, arrays, strict=True))


def test_each_example_comes_once_with_its_label():
    orders = []
    for seed in (0, 1):
        keras.utils.set_random_seed(seed)
        epoch = [(x.numpy(), y.numpy()) for x, y in batches(np.arange(10), np.arange(10) * 2, 4)]
        assert [len(x) for x, _ in epoch] == [4, 4, 2]
        assert all(np.array_equal(y, 2 * x) for x, y in epoch)
        orders.append(np.concatenate([x for x, _ in epoch]).tolist())
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(10))
    assert orders[0] != orders[1]


def test_unshuffled_batches_keep_the_order():
    parts = [x.numpy() for x, _ in batches(np.arange(7), np.zeros(7), 3, shuffle=False)]
    assert np.concatenate(parts).tolist() == list(range(7))


def test_the_number_of_batches_is_known_before_the_first_epoch():
    assert int(batches(np.zeros(10), np.zeros(10), 4).cardinality()) == 3


def test_it_does_not_tune_itself():
    assert batches(np.zeros(2), np.zeros(2), 1).options().autotune.enabled is False


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="3 images and 2 labels"):
        batches(np.zeros(3), np.zeros(2), 1)
