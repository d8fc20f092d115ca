"""Smaller steps on a plateau, on made-up losses."""

import pytest

from mnist_lab import models, training


def test_plateau_halves_after_patience_and_counts_anew_after_an_improvement():
    losses = [0.5, 0.4, 0.45, 0.3, 0.3, 0.3, 0.3, 0.3, 0.2]
    expected = [1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.25]
    assert training.plateau_learning_rates(losses, start=1.0, factor=0.5, patience=2) == expected


def test_plateau_stops_at_the_smallest_rate():
    assert training.plateau_learning_rates([1.0] * 5, start=1.0, factor=0.25, patience=1, smallest=0.125)[-2:] == [
        0.125,
        0.125,
    ]


def test_plateau_writes_the_rate_of_each_epoch_into_the_history(digits):
    images, labels = digits[0][:5], digits[1][:5]
    model = models.dropout_cnn(0.5)
    callback = training.reduce_on_plateau(factor=0.5, patience=1)
    options = {"validation_data": (images, labels[::-1]), "epochs": 4, "verbose": 0, "callbacks": [callback]}
    history = model.fit(images, labels, **options).history
    assert history["learning_rate"] == training.plateau_learning_rates(
        history["val_loss"], start=0.5, factor=0.5, patience=1
    )


def test_plateau_refuses_a_factor_that_does_not_reduce():
    with pytest.raises(ValueError, match=r"factor=1.0 does not reduce"):
        training.reduce_on_plateau(factor=1.0)
