"""Long measurements can be interrupted and resumed; the deep CNN's one training stands for two."""

import importlib.util
import json

import numpy as np
import pytest

from mnist_lab import results

SPEC = importlib.util.spec_from_file_location("measure", results.project_root(__file__) / "benchmarks" / "measure.py")
measure = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(measure)


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """Replace the measurements by one that is interrupted at its third seed the first time."""
    made = []

    def quick(seed):
        """Made up for the test."""
        made.append(seed)
        if made == [0, 1, 2]:
            raise KeyboardInterrupt
        return {"seed": seed, "test": {"accuracy": 0.5}, "fit": {"seconds": 1.0}}

    monkeypatch.setattr(measure, "FOLDER", tmp_path)
    monkeypatch.setattr(measure, "MEASUREMENTS", {"quick": (quick, range(4))})
    return made


def test_an_interrupted_measurement_goes_on_where_it_stopped(calls, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        measure.measure("quick")
    measure.measure("quick")
    assert calls == [0, 1, 2, 2, 3]
    content = json.loads((tmp_path / "quick.json").read_text(encoding="utf-8"))
    assert [run["seed"] for run in content["runs"]] == [0, 1, 2, 3]
    assert content["command"] == "python benchmarks/measure.py quick"


class Model:
    """Stands for a model whose only weight is the number of epochs it has seen."""

    stop_training = False

    def get_weights(self):
        return self.epochs

    def set_weights(self, weights):
        self.epochs = weights


@pytest.mark.parametrize(
    ("losses", "best", "stopped", "trained"),
    [
        # early stopping ends it after epoch 7, the benchmark goes on to epoch 10 and finds a lower loss
        ([5, 1, 2, 2, 2, 2, 2, 0, 0, 0, 0], 2, 7, 10),
        # early stopping needs longer than the benchmark
        ([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 3, 3, 3, 3, 3, 3], 11, 16, 16),
    ],
)
def test_one_training_gives_early_stopping_and_the_tenth_epoch(losses, best, stopped, trained):
    callback, model = measure._EarlyStoppingPastTenEpochs(patience=5), Model()
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        model.epochs = epoch + 1
        callback.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            break
    assert model.epochs == trained
    callback.on_train_end()
    assert model.epochs == callback.best_epoch_number == best
    assert callback.stopped_epoch + 1 == stopped
    assert callback.tenth_epoch == 10


@pytest.mark.parametrize("name", sorted(measure.MEASUREMENTS))
def test_stored_measurements_are_whole(name):
    content = results.load_measurement(name)
    _, seeds = measure.MEASUREMENTS[name]
    assert [run["seed"] for run in content["runs"]] == list(seeds)
    for run in content["runs"]:
        matrix = np.array(run["test"]["confusion_matrix"])
        assert matrix.sum() == 10_000
        assert matrix.trace() == 10_000 - run["test"]["errors"]
        assert run["test"]["accuracy"] == pytest.approx(matrix.trace() / 10_000)
