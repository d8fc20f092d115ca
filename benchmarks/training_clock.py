"""A clock for trainings of Keras, which several of the speed benchmarks use."""

import time

import numpy as np

from mnist_lab._keras import keras


class TrainingClock(keras.callbacks.Callback):
    """Notes when it is made (``start``) and when the last step ends (``end``).

    The end is not when ``fit`` returns: on arrays that sometimes sleeps first (a missed wake-up of tf.data's tuning
    thread). Each moment is an array of wall-clock and processor seconds, so differences of two are durations.
    """

    def __init__(self):
        super().__init__()
        self.start = _now()

    def on_train_end(self, logs=None):
        """Note that the last step has ended."""
        self.end = _now()


def _now():
    return np.array([time.perf_counter(), time.process_time()])
