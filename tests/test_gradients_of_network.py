"""Norms of gradients against gradients worked out by hand."""

import keras
import numpy as np
import pytest

from mnist_lab import network


def softmax_model(loss):
    """A softmax layer whose weights are 0, so that every class has the probability 1/10."""
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(10, activation="softmax", kernel_initializer="zeros", name="output")]
    )
    model.compile("sgd", loss)
    return model


X = np.array([[1.0, 2.0, 2.0]], dtype="float32")
Y = np.eye(10, dtype="float32")[[4]]


def test_cross_entropy_of_one_example_by_hand():
    norms = network.gradient_norms(softmax_model("categorical_crossentropy"), X, Y)
    logits = np.full(10, 0.1) - Y[0]  # the gradient with respect to the logits: probabilities minus labels
    assert norms.index.tolist() == ["output/kernel", "output/bias"]
    assert norms["output/bias"] == pytest.approx(np.linalg.norm(logits), rel=1e-5)
    assert norms["output/kernel"] == pytest.approx(np.linalg.norm(np.outer(X[0], logits)), rel=1e-5)


def test_mean_squared_error_pulls_fifty_times_less_at_a_uniform_guess():
    entropy, squared = (
        network.gradient_norms(softmax_model(loss), X, Y)
        for loss in ("categorical_crossentropy", "mean_squared_error")
    )
    assert np.allclose(entropy / squared, 50, rtol=1e-4)


def test_gradient_is_the_step_of_plain_gradient_descent():
    model = softmax_model("categorical_crossentropy")
    norms = network.gradient_norms(model, X, Y)
    before = model.get_weights()
    model.optimizer.learning_rate = 0.5
    model.train_on_batch(X, Y)
    steps = [np.linalg.norm(new - old) for new, old in zip(model.get_weights(), before, strict=True)]
    assert np.allclose(steps, 0.5 * norms, rtol=1e-4)


def test_weights_stay_as_they_are():
    model = softmax_model("mean_squared_error")
    network.gradient_norms(model, X, Y)
    assert all(not array.any() for array in model.get_weights())


def test_uncompiled_model_is_refused():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(10)])
    with pytest.raises(ValueError, match="compile it first"):
        network.gradient_norms(model, X, Y)


def test_labels_that_are_not_one_hot_are_refused():
    with pytest.raises(ValueError, match="one-hot"):
        network.gradient_norms(softmax_model("mean_squared_error"), X, np.array([4]))


def test_total_norm_is_that_of_all_parts_together():
    assert gradients.total_norm([3.0, 4.0, 12.0]) == pytest.approx(13)
