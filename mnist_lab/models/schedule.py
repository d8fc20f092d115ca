"""The learning rate over a training: part of a model, because Keras compiles it into the optimizer."""

from mnist_lab._keras import keras

__all__ = ["WarmupThenLinear"]


@keras.saving.register_keras_serializable(package="mnist_lab")
class WarmupThenLinear(keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate that rises linearly to a peak, then falls linearly to zero.

    Parameters
    ----------
    peak : float
        Highest learning rate.
    steps : int
        Optimiser steps of the whole training: epochs times batches an epoch.
    warmup : float, default=0.3
        Share of the steps until the peak, in (0, 1).
    start : float, default=0.04
        First learning rate as a share of the peak.

    Raises
    ------
    ValueError
        If ``warmup`` is not between 0 and 1 or ``steps`` is below 2.

    Examples
    --------
    >>> schedule = WarmupThenLinear(0.01, steps=100)
    >>> float(schedule(30))
    0.009999999776482582

    References
    ----------
    L. N. Smith, N. Topin (2018), Super-convergence, https://arxiv.org/abs/1708.07120
    """

    def __init__(self, peak, *, steps, warmup=0.3, start=0.04):
        if steps < 2 or not 0 < warmup < 1:
            raise ValueError(f"steps={steps}, warmup={warmup}: give at least 2 steps and a warm-up between 0 and 1.")
        self.peak, self.steps, self.warmup, self.start = peak, steps, warmup, start

    def __call__(self, step):
        """Return the learning rate of an optimiser step, counted from 0."""
        step = keras.ops.cast(step, "float32")
        top = self.warmup * self.steps
        rising = self.start + (1 - self.start) * step / top
        falling = (self.steps - step) / (self.steps - top)
        return self.peak * keras.ops.maximum(keras.ops.minimum(rising, falling), 0.0)

    def get_config(self):
        """Return the arguments that make this schedule again."""
        return {"peak": self.peak, "steps": self.steps, "warmup": self.warmup, "start": self.start}
