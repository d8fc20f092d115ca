"""The clock runs through a training."""

import time

import numpy as np

from benchmarks.training_clock import TrainingClock
from mnist_lab._keras import keras


def test_a_clock_notes_start_and_end():
    clock, model = TrainingClock(), keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    before = time.perf_counter()
    model.fit(np.zeros((6, 1)), np.zeros(6), batch_size=2, verbose=0, callbacks=[clock])
    assert clock.start[0] < before < clock.end[0] < time.perf_counter()
    assert clock.start[1] <= clock.end[1]
