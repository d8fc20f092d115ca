"""Dense models have the sizes of their originals, dropout where it is asked for, and a penalty in the loss."""

import keras
import numpy as np
import pytest

from mnist_lab import models


@pytest.mark.parametrize(
    ("build", "parameters"),
    [
        (models.dense, 784 * 128 + 128 + 128 * 64 + 64 + 64 * 32 + 32 + 32 * 10 + 10),
        (models.dense_512, 784 * 512 + 512 + 512 * 256 + 256 + 256 * 10 + 10),
    ],
)
def test_number_of_parameters(build, parameters):
    assert build().count_params() == build(dropout=0.5).count_params() == parameters


def test_dropout_follows_every_hidden_layer():
    layers = [type(layer).__name__ for layer in models.dense(dropout=0.2).layers]
    assert layers == ["Flatten"] + ["Dense", "Dropout"] * 3 + ["Dense"]
    rates = {layer.rate for layer in models.dense(dropout=0.2).layers if isinstance(layer, keras.layers.Dropout)}
    assert rates == {0.2}


def test_without_dropout_there_is_no_dropout_layer():
    assert not any(isinstance(layer, keras.layers.Dropout) for layer in models.dense().layers)


def test_l2_penalty_is_the_sum_of_squared_hidden_weights():
    model = models.dense_512(l2=0.0001)
    kernels = [layer.kernel.numpy() for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    expected = 0.0001 * sum(np.square(kernel, dtype=float).sum() for kernel in kernels[:-1])
    assert sum(float(loss) for loss in model.losses) == pytest.approx(expected, rel=1e-4)
    assert models.dense_512().losses == []
