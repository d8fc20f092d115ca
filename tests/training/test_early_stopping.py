"""Early stopping on hand-made sequences of losses, without training."""

import warnings

import keras
import numpy as np
import pytest

from mnist_lab import training


class Log:
    """A model that only logs: what Keras's callbacks need of one."""

    def __init__(self):
        self.stop_training = False
        self.weights_now = None

    def get_weights(self):
        return self.weights_now

    def set_weights(self, weights):
        self.weights_now = weights


def run(callback, values, name):
    model = Log()
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        model.weights_now = epoch + 1
        callback.on_epoch_end(epoch, {name: value})
        if model.stop_training:
            break
    callback.on_train_end()
    return model


def test_stops_after_patience_and_restores_the_best_epoch():
    callback = training.EarlyStopping("val_loss", patience=2)
    model = run(callback, [0.5, 0.3, 0.4, 0.35, 0.2], "val_loss")
    assert callback.epochs_run == 4
    assert callback.best_epoch_number == 2
    assert model.weights_now == 2
    assert str(callback) == (
        "Trained 4 epochs; the best is epoch 2 with val_loss 0.3000, and its weights are restored."
    )


def test_restores_the_best_epoch_when_training_ends_before_patience_is_up():
    model = run(training.EarlyStopping("val_loss", patience=5), [0.5, 0.3, 0.4], "val_loss")
    assert model.weights_now == 2


def test_before_training_it_says_that_there_was_none():
    callback = training.EarlyStopping()
    assert str(callback) == "Not trained yet: pass this callback to a training first."
    assert callback.best_epoch_number is None


@pytest.mark.filterwarnings("ignore:Early stopping conditioned")
def test_without_validation_data_it_names_the_cure():
    callback = training.EarlyStopping("val_loss")
    run(callback, [0.5, 0.4], "loss")
    assert str(callback).startswith("No epoch had a value of val_loss: train with validation_data")


@pytest.mark.parametrize(
    ("values", "best", "epochs"),
    [([np.nan, 0.3, 0.4], 2, 3), ([0.3, np.nan, 0.2], 3, 3), ([np.nan] * 4, None, 3), ([0.3, np.nan, np.nan], 1, 3)],
)
def test_a_loss_that_is_no_number_is_never_the_best(values, best, epochs):
    callback = training.EarlyStopping("val_loss", patience=2)
    run(callback, values, "val_loss")
    assert (callback.best_epoch_number, callback.epochs_run) == (best, epochs)


def test_accuracy_is_maximised():
    callback = training.EarlyStopping("val_accuracy", patience=2)
    run(callback, [0.90, 0.95, 0.94, 0.93, 0.99], "val_accuracy")
    assert (callback.best_epoch_number, callback.epochs_run) == (2, 4)


def test_agrees_with_keras_on_random_losses():
    rng = np.random.default_rng(0)
    for _ in range(20):
        losses = rng.uniform(size=30).tolist()
        ours = training.EarlyStopping("val_loss", patience=4)
        theirs = keras.callbacks.EarlyStopping("val_loss", patience=4, mode="min", restore_best_weights=True)
        assert run(ours, losses, "val_loss").weights_now == run(theirs, losses, "val_loss").weights_now


@pytest.mark.parametrize(("monitor", "mode"), [("val_accuracy", "min"), ("val_loss", "max"), ("val_recall", "min")])
def test_refuses_a_mode_that_contradicts_the_metric(monitor, mode):
    with pytest.raises(ValueError, match="contradicts"):
        training.EarlyStopping(monitor, mode=mode)


def test_asks_for_the_direction_of_an_unknown_metric():
    with pytest.raises(ValueError, match="mode='max' or mode='min'"):
        training.EarlyStopping("val_banana")
    assert training.EarlyStopping("val_banana", mode="max").mode == "max"


def test_refuses_an_unknown_mode():
    with pytest.raises(ValueError, match="'auto', 'min' or 'max'"):
        training.EarlyStopping("val_loss", mode="lowest")


@pytest.mark.parametrize(("name", "value", "delta"), [("val_loss", 0.07, 1.0), ("val_accuracy", 0.98, 0.05)])
def test_warns_when_min_delta_is_out_of_reach(name, value, delta):
    with pytest.warns(UserWarning, match="Choose a smaller min_delta"):
        run(training.EarlyStopping(name, min_delta=delta), [value], name)


def test_does_not_warn_about_a_sensible_min_delta():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        callback = training.EarlyStopping("val_loss", min_delta=0.001, patience=2)
        run(callback, [0.5, 0.4, 0.3995, 0.3994], "val_loss")
    assert callback.best_epoch_number == 2


def test_best_checkpoint_keeps_the_best_epoch_only(folders, digits):
    x, y = digits
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    model.compile(keras.optimizers.SGD(0.05), "categorical_crossentropy", metrics=["accuracy"])
    checkpoint = training.best_checkpoint("linear")
    # a negative learning rate from the third epoch on climbs the loss again
    climb = keras.callbacks.LearningRateScheduler(lambda epoch: 0.05 if epoch < 2 else -0.05)
    log = model.fit(x, y, epochs=4, validation_data=(x, y), callbacks=[checkpoint, climb], verbose=0).history
    best = training.load_model("linear")
    assert np.argmin(log["val_loss"]) == 1
    assert best.evaluate(x, y, verbose=0)[0] == pytest.approx(min(log["val_loss"]), rel=1e-5)


@pytest.mark.parametrize(("monitor", "mode"), [("val_accuracy", "max"), ("val_loss", "min")])
def test_best_checkpoint_infers_the_direction(folders, monitor, mode):
    assert training.best_checkpoint("a", monitor=monitor).mode == mode


@pytest.mark.parametrize(
    ("history", "metric", "epoch"),
    [
        ({"val_loss": [0.3, 0.1, 0.2, 0.4]}, "loss", 3),
        ({"val_loss": [0.3, 0.2, 0.1]}, "loss", None),
        ({"val_accuracy": [0.9, 0.95, 0.95, 0.94]}, "accuracy", 3),
        ({"val_loss": [float("nan"), 0.2, 0.3]}, "loss", 3),
    ],
)
def test_overfitting_epoch_follows_the_best_validation_epoch(history, metric, epoch):
    assert training.overfitting_epoch(history, metric) == epoch


def test_overfitting_epoch_needs_validation_values():
    with pytest.raises(KeyError, match="validation_data"):
        training.overfitting_epoch({"loss": [1.0]})


def test_overfitting_epoch_of_what_fit_returns():
    history = keras.callbacks.History()
    history.history = {"val_loss": [0.3, 0.1, 0.2]}
    assert training.overfitting_epoch(history) == 3


def test_overfitting_epoch_of_losses_that_are_no_numbers_names_the_cure():
    with pytest.raises(ValueError, match="val_loss is nan in every epoch: lower the learning rate"):
        training.overfitting_epoch({"val_loss": [np.nan, np.nan]})
