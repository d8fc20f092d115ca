import re

import keras
import numpy as np
import pytest

from mnist_lab import training


def fit(epochs=3, **options):
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.ones((8, 2), "float32")
    model.fit(x, x[:, :1], epochs=epochs, verbose=0, callbacks=[training.Progress()], **options)


def last_lines(text):
    """Return what a reader sees: of each line the last version."""
    return [line[line.rfind("\r") + 1 :] for line in text.split("\n")]


def test_a_training_leaves_one_line(capsys):
    fit(validation_data=(np.ones((4, 2), "float32"), np.ones((4, 1), "float32")))
    printed = capsys.readouterr()
    first, rest = last_lines(printed.out)
    number = r"\d\.\d{4}"
    names = rf"loss {number}, mae {number}, val_loss {number}, val_mae {number}"
    assert re.fullmatch(rf"3/3 epochs in \d\d:\d\d, {names} *", first)
    assert rest == printed.err == ""


def test_the_line_is_written_after_each_epoch(capsys):
    fit()
    versions = capsys.readouterr().out.split("\r")
    assert [f"{epoch}/3" for epoch in range(4)] == sorted({version[:3] for version in versions if version.strip()})


def test_a_training_that_stops_early_says_how_far_it_came(capsys):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((8, 2), "float32")
    model.fit(x, x[:, :1], epochs=9, verbose=0, callbacks=[Stop(), training.Progress()])
    assert last_lines(capsys.readouterr().out)[0].startswith("2/9 epochs")


def test_after_a_training_that_failed_the_next_line_is_as_ever(capsys):
    class Fail(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((8, 2), "float32")
    with pytest.raises(KeyboardInterrupt) as kept:
        model.fit(x, x[:, :1], epochs=9, verbose=0, callbacks=[training.Progress(), Fail()])
    capsys.readouterr()
    fit(epochs=1)
    assert kept and capsys.readouterr().out.count("\n") == 1


def test_two_trainings_leave_two_lines(capsys):
    fit()
    fit(epochs=1)
    assert [line[:3] for line in last_lines(capsys.readouterr().out)] == ["3/3", "1/1", ""]
