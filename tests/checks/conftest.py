"""A small MNIST, 600 training and 300 test images, in the place of the true one."""

import numpy as np
import pytest
from small_mnist import draw, network, scaled

from mnist_lab._keras import keras
from mnist_lab.checks import truth


@pytest.fixture(scope="session")
def small():
    """Return the arrays of the small MNIST, as load_mnist gives them."""
    rng = np.random.default_rng(0)
    y_train, y_test = (rng.permutation(np.arange(n) % 10).astype(np.uint8) for n in (600, 300))
    y_train[:7] = 3  # so that not all classes are of one size
    return (draw(rng, y_train), y_train), (draw(rng, y_test), y_test)


@pytest.fixture(autouse=True)
def truth_is_small(small, monkeypatch):
    """Let the checks take the small MNIST for the true one."""
    truth._by_image.cache_clear()
    monkeypatch.setattr(truth, "_mnist", lambda: small)
    yield
    truth._by_image.cache_clear()


@pytest.fixture(scope="session")
def trained(small):
    """Return a trained network and its log, which early stopping ended with its best weights."""
    (x, y), _ = small
    model = network()
    stop = keras.callbacks.EarlyStopping("val_loss", patience=1, restore_best_weights=True, min_delta=0.0)
    rising = keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 if epoch < 4 else 0.5)
    history = model.fit(
        *(scaled(x[200:]), y[200:]),
        epochs=12,
        batch_size=50,
        validation_data=(scaled(x[:200]), y[:200]),
        callbacks=[stop, rising],
        verbose=0,
    )
    assert len(history.epoch) < 12
    return model, history
