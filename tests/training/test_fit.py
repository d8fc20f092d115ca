"""Training is reproducible, on made digits."""

import keras
import numpy as np

from mnist_lab import training

FIT = {"epochs": 1, "batch_size": 100, "seed": 0, "verbose": 0}


def linear():
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")], name="linear"
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def weights(model):
    return np.concatenate([array.ravel() for array in model.get_weights()])


def test_same_seed_same_weights_and_another_seed_others(digits):
    first, second, other = (training.train(linear, *digits, **(FIT | {"seed": seed}))[0] for seed in (7, 7, 8))
    assert np.array_equal(weights(first), weights(second))
    assert not np.array_equal(weights(first), weights(other))


def test_train_returns_a_plain_history(digits):
    _, history = training.train(linear, *digits, validation_data=digits, **(FIT | {"epochs": 2}))
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert [type(value) for value in history["loss"]] == [float, float]
