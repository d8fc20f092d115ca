"""Evaluation after each epoch, on made digits and small networks."""

import keras
import numpy as np
import pytest

from mnist_lab import training

FIT = {"epochs": 2, "batch_size": 100, "seed": 0, "verbose": 0}


def network(l2=0.0, dropout=0.0):
    layers = keras.layers
    penalty = keras.regularizers.L2(l2) if l2 else None
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(20, activation="relu", kernel_regularizer=penalty),
            layers.Dropout(dropout),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def regularised():
    return network(l2=0.01, dropout=0.5)


def cross_entropy(model, x, y):
    """Mean of -ln(probability of the true class), computed with NumPy in inference mode."""
    return -np.log((model.predict(x, verbose=0) * y).sum(axis=1)).mean()


def test_loss_is_the_cross_entropy_without_dropout_and_penalty(digits):
    monitor = training.EvaluateAfterEpoch({"train": digits})
    model, history = training.train(regularised, *digits, callbacks=[monitor], **FIT)
    assert monitor.history["train"]["loss"][-1] == pytest.approx(cross_entropy(model, *digits), abs=1e-4)
    assert history["loss"][-1] > monitor.history["train"]["loss"][-1] + monitor.penalty[-1]  # Keras: both are in it


def test_penalty_is_the_weighted_sum_of_squared_weights(digits):
    monitor = training.EvaluateAfterEpoch({"train": digits})
    model, _ = training.train(regularised, *digits, callbacks=[monitor], **FIT)
    assert monitor.penalty[-1] == pytest.approx(0.01 * np.sum(model.layers[1].kernel.numpy() ** 2), rel=1e-5)


def test_agrees_with_the_validation_log_of_keras_where_there_is_no_penalty(digits):
    x, y = digits
    monitor = training.EvaluateAfterEpoch({"validation": (x[:200], y[:200])})
    _, history = training.train(
        lambda: network(dropout=0.5), x, y, validation_data=(x[:200], y[:200]), callbacks=[monitor], **FIT
    )
    assert monitor.penalty == [0.0, 0.0]
    assert monitor.history["validation"]["loss"] == pytest.approx(history["val_loss"], rel=1e-5)
    assert monitor.history["validation"]["accuracy"] == pytest.approx(history["val_accuracy"])


def test_evaluate_is_the_loss_of_keras_less_the_penalty(digits):
    model = regularised()
    with_penalty = model.evaluate(*digits, verbose=0, return_dict=True)
    ours = training.evaluate(model, *digits)
    assert training.penalty(model) > 0.1
    assert ours["loss"] == pytest.approx(with_penalty["loss"] - training.penalty(model), abs=1e-5)
    assert ours["accuracy"] == pytest.approx(with_penalty["accuracy"])


def test_one_value_an_epoch_for_each_set_and_metric(digits):
    x, y = digits
    monitor = training.EvaluateAfterEpoch({"train": digits, "validation": (x[:50], y[:50])})
    training.train(network, x, y, callbacks=[monitor], **FIT)
    assert {name: set(values) for name, values in monitor.history.items()} == {
        "train": {"loss", "accuracy"},
        "validation": {"loss", "accuracy"},
    }
    assert [type(value) for value in monitor.history["validation"]["loss"]] == [float, float]


def test_watching_does_not_change_the_training(digits):
    x, y = digits
    monitor = training.EvaluateAfterEpoch({"validation": (x[:50], y[:50])})
    options = FIT | {"validation_data": (x[:200], y[:200])}
    watched, watched_log = training.train(regularised, x, y, callbacks=[monitor], **options)
    alone, alone_log = training.train(regularised, x, y, **options)
    for first, second in zip(watched.get_weights(), alone.get_weights(), strict=True):
        assert np.array_equal(first, second)
    assert watched_log == alone_log


def test_a_new_training_starts_afresh(digits):
    monitor = training.EvaluateAfterEpoch({"train": digits})
    for _ in range(2):
        training.train(network, *digits, callbacks=[monitor], **FIT)
    assert len(monitor.history["train"]["loss"]) == len(monitor.penalty) == 2


def test_curves_have_the_form_of_a_keras_history():
    monitor = training.EvaluateAfterEpoch({"a": ([0], [0]), "b": ([0], [0])})
    monitor.history = {"a": {"loss": [0.3]}, "b": {"loss": [0.4]}}
    assert monitor.curves(training="a", validation="b") == {"loss": [0.3], "val_loss": [0.4]}


def test_curves_name_the_sets_there_are():
    monitor = training.EvaluateAfterEpoch({"train": ([0], [0]), "holdout": ([0], [0])})
    with pytest.raises(KeyError, match="'validation', only 'train', 'holdout'"):
        monitor.curves()


@pytest.mark.parametrize(
    ("sets", "message"), [({}, "nothing to evaluate"), ({"train": ([1, 2], [1])}, "2 images and 1")]
)
def test_refuses_sets_it_cannot_evaluate(sets, message):
    with pytest.raises(ValueError, match=message):
        training.EvaluateAfterEpoch(sets)
