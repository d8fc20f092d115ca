"""The list of models: each entry can be built, and its training is the one it states."""

import keras
import numpy as np
import pytest

from mnist_lab import models, reproducibility
from mnist_lab.models import CATALOGUE

NETWORKS = {name: entry for name, entry in CATALOGUE.items() if entry.family != "linear"}


def test_the_compared_models_are_those_of_the_coursework():
    names = {"simple_cnn", "deep_cnn", "improved_cnn", "marvin", "dropout_cnn", "dropout_cnn_augmented"}
    names |= {"logistic_regression", "logistic_regression_l1", "logistic_regression_l2"}
    names |= {"dense", "dense_dropout", "dense_512", "dense_512_regularised"}
    names |= {f"branches_{number}" for number in range(1, 7)}
    assert names <= {name for name, entry in CATALOGUE.items() if entry.compared}


def test_every_title_is_its_own_and_accuracies_are_shares():
    assert len({entry.title for entry in CATALOGUE.values()}) == len(CATALOGUE)
    accuracies = [value for entry in CATALOGUE.values() for value in (entry.original, entry.goal) if value is not None]
    assert all(0 < value < 1 for value in accuracies)


@pytest.mark.parametrize("name", NETWORKS)
def test_augmentation_comes_first_and_only_where_an_entry_has_it(name):
    layers = [
        layer for layer in NETWORKS[name].builder(1000)().layers if not isinstance(layer, keras.layers.InputLayer)
    ]
    augmenting = [isinstance(layer, models.RandomAffine) for layer in layers]
    assert augmenting == [bool(NETWORKS[name].augmentation), *[False] * (len(layers) - 1)]


@pytest.mark.parametrize("name", ["fast_cnn", "improved_cnn_unaugmented"])
def test_augmentation_does_not_change_the_initial_weights(name):
    weights = []
    for ranges in (None, {"rotation": 8}):
        reproducibility.set_seed(0)
        model = CATALOGUE[name].builder(1000, epochs=1, augmentation=ranges)()
        weights.append([variable.numpy() for variable in model.trainable_variables])
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))


def test_schedule_ends_with_the_training():
    entry = CATALOGUE["dense"]
    assert entry.builder(1000)().optimizer._learning_rate.steps == entry.epochs * 8  # eight batches of at most 128
    assert entry.builder(1000, epochs=2)().optimizer._learning_rate.steps == 2 * 8
    assert entry.schedule(1000).peak == entry.peak


def test_without_a_peak_the_builder_keeps_its_own_rate():
    assert float(CATALOGUE["simple_cnn"].builder(1000)().optimizer.learning_rate) == pytest.approx(0.001)


@pytest.mark.parametrize("name", CATALOGUE.keys() - NETWORKS.keys())
def test_linear_entries_take_a_seed(name):
    assert CATALOGUE[name].build(seed=3)[-1].random_state == 3
