"""Multi-branch CNNs: shapes, sizes, variants; the normalising layer with and without its dependence on the batch."""

import keras
import numpy as np
import pytest

from mnist_lab import models, reproducibility, training


def images(count, seed=0):
    return np.random.default_rng(seed).uniform(size=(count, 28, 28, 1)).astype("float32")


def convolutions(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


def test_each_block_has_three_parallel_shapes():
    layers = convolutions(models.branches("sgd"))
    assert [layer.kernel_size for layer in layers] == [(4, 16), (16, 4), (8, 8)] * 3
    assert [layer.filters for layer in layers] == [2] * 3 + [4] * 3 + [8] * 3
    first, second, third = layers[:3]
    assert first.input is second.input is third.input


@pytest.mark.parametrize("filters", [(2, 4, 8), (8, 4, 2)])
def test_number_of_parameters(filters):
    inputs = [1, 3 * filters[0], 3 * filters[1]]
    # every shape has 64 weights for each input channel
    convolution = sum(3 * (64 * given * made + made) for given, made in zip(inputs, filters, strict=True))
    dense = 3 * 3 * 3 * filters[2] * 9 + 9 + 9 * 10 + 10
    assert models.branches("sgd", filters=filters).count_params() == convolution + dense


def test_range_is_one_after_normalising_each_image():
    values = np.asarray(models.RangeNormalization()(images(4) * np.arange(1, 5).reshape(-1, 1, 1, 1)))
    assert np.ptp(values.reshape(4, -1), axis=1) == pytest.approx(np.ones(4), abs=1e-5)


def test_normalising_again_changes_nothing():
    layer = models.RangeNormalization()
    once = np.asarray(layer(images(3)))
    assert np.asarray(layer(once)) == pytest.approx(once, abs=1e-6)


def test_a_constant_image_stays_finite():
    assert np.isfinite(np.asarray(models.RangeNormalization()(np.zeros((2, 3, 3, 1), dtype="float32")))).all()


@pytest.mark.parametrize(("over", "independent"), [("image", True), ("batch", False)])
def test_a_prediction_depends_on_its_batch_only_where_the_batch_is_normalised(over, independent):
    reproducibility.set_seed(0)
    model = models.branches("sgd", over=over)
    alone, beside = images(1), np.concatenate([images(1), 0.1 * images(3, seed=1), 5 * images(1, seed=2)])
    same = np.allclose(model.predict(alone, verbose=0), model.predict(beside, verbose=0)[:1], atol=1e-6)
    assert same == independent


def test_wrong_reach_of_the_normalising_is_named():
    with pytest.raises(ValueError, match='"image" or "batch"'):
        models.RangeNormalization("pixel")


def test_architecture_and_weights_come_back(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_LAB_MODELS", str(tmp_path))
    model = models.branches("sgd", over="batch")
    training.save_weights(model, "branches")
    x = images(5)
    assert np.array_equal(training.load_weights("branches").predict(x, verbose=0), model.predict(x, verbose=0))


def test_entries_vary_one_thing_each():
    built = {number: models.CATALOGUE[f"branches_{number}"].builder(1000)() for number in range(1, 7)}
    normalised = {n: any(isinstance(la, models.RangeNormalization) for la in m.layers) for n, m in built.items()}
    assert normalised == {1: False, 2: True, 3: True, 4: True, 5: True, 6: True}
    assert {n for n, m in built.items() if isinstance(m.optimizer, keras.optimizers.Adam)} == {3}
    assert {n for n, m in built.items() if m.loss == "mean_squared_error"} == {4}
    assert {n for n, m in built.items() if convolutions(m)[0].activation is keras.activations.sigmoid} == {5}
    assert {n for n, m in built.items() if convolutions(m)[0].filters == 8} == {6}
