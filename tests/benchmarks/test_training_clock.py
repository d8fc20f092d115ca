"""The clock runs through a training."""

import time

import numpy as np

from benchmarks.training_clock import TrainingClock
from mnist_lab._keras import keras


def test_a_clock_notes_start_steps_and_end():
    clock, model = TrainingClock(), keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    before = time.perf_counter()
    model.fit(np.zeros((6, 1)), np.zeros(6), batch_size=2, verbose=0, callbacks=[clock])
    after = time.perf_counter()
    moments = np.array([clock.start, *clock.steps, clock.end])
    assert moments.shape == (5, 2)
    assert (np.diff(moments[:, 0]) > 0).all()
    assert (np.diff(moments[:, 1]) >= 0).all()
    assert clock.start[0] < before < clock.end[0] < after


def test_seconds_of_a_step_are_the_median():
    clock = TrainingClock()
    clock.steps = [np.array([second, 50.0]) for second in (1, 2, 4, 9)]
    assert clock.step_seconds == 2
