"""The learning rate over a training."""

import keras
import pytest

from mnist_lab import models


def test_schedule_rises_to_its_peak_and_falls_to_zero():
    schedule = models.WarmupThenLinear(0.01, steps=100)
    rates = [float(schedule(step)) for step in (0, 15, 30, 65, 100, 120)]
    assert rates == pytest.approx([0.0004, 0.0052, 0.01, 0.005, 0.0, 0.0], abs=1e-7)


def test_schedule_survives_saving():
    schedule = models.WarmupThenLinear(0.01, steps=100, warmup=0.2)
    optimizer = keras.optimizers.Adam(schedule)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert again._learning_rate.get_config() == schedule.get_config()


@pytest.mark.parametrize("wrong", [{"steps": 1}, {"steps": 10, "warmup": 0}, {"steps": 10, "warmup": 1}])
def test_schedule_refuses_senseless_lengths(wrong):
    with pytest.raises(ValueError, match="at least 2 steps"):
        models.WarmupThenLinear(0.01, **wrong)
