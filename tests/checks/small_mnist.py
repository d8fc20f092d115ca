"""A small MNIST of blobs, and a network that learns to tell them apart in a second."""

import numpy as np

from mnist_lab._keras import keras


def draw(rng, y):
    """Return images uint8 (n, 28, 28): a bright square whose place tells the digit, under noise."""
    x = rng.integers(0, 60, (len(y), 28, 28))
    for image, digit in zip(x, y, strict=True):
        row, column = 4 + 7 * (digit // 4), 2 + 6 * (digit % 4)
        image[row : row + 5, column : column + 5] += rng.integers(60, 190)
    return x.clip(0, 255).astype(np.uint8)


def network():
    """Return an untrained network."""
    keras.utils.set_random_seed(0)
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def scaled(x):
    """Return images as a network takes them."""
    return (x[..., None] / 255).astype("float32")


def copied(model):
    """Return another model with the same weights."""
    twin = network()
    twin.set_weights(model.get_weights())
    return twin
