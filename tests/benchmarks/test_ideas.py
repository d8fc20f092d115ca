"""The measurements of single ideas and of more data are complete, and all ideas together are the improved CNN."""

import numpy as np
import pytest

from benchmarks.measurements import ideas, more_data
from mnist_lab import models, results


def settings(model):
    return [{key: value for key, value in layer.get_config().items() if key != "name"} for layer in model.layers]


def test_all_ideas_together_are_the_improved_cnn():
    ours = ideas.network(*ideas.IDEAS["all ideas"], images=54_000, epochs=12, batch_size=256)
    library = models.CATALOGUE["improved_cnn"].builder(54_000, 12)()
    assert settings(ours) == settings(library)
    assert ours.loss.get_config() == library.loss.get_config()
    optimizers = [model.optimizer.get_config() | {"name": ""} for model in (ours, library)]
    assert optimizers[0] == optimizers[1]


@pytest.mark.parametrize("name", ideas.IDEAS)
def test_each_idea_changes_the_network_and_can_learn(name):
    model = ideas.network(*ideas.IDEAS[name], images=64, epochs=1, batch_size=32)
    x, y = np.random.default_rng(0).random((64, 28, 28, 1), np.float32), np.eye(10)[np.arange(64) % 10]
    assert np.isfinite(model.fit(x, y, batch_size=32, epochs=1, verbose=0).history["loss"][0])


def test_the_ideas_are_measured_for_each_seed():
    stored = results.load_measurement("ideas")
    assert list(stored["ideas"]) == list(ideas.IDEAS)
    for runs in stored["ideas"].values():
        assert [run["seed"] for run in runs] == list(range(ideas.SEEDS))
        assert {len(run["predicted"]) for run in runs} == {6_000}


def test_more_data_is_measured_for_each_seed_with_and_without():
    stored = results.load_measurement("more_data")
    assert len(stored["runs"]) == 2
    for runs in stored["runs"].values():
        assert [run["seed"] for run in runs] == list(range(more_data.SEEDS))
        assert {part: len(digits) for part, digits in runs[0]["predicted"].items()} == {
            "validation": 6000,
            "test": 10_000,
        }
