"""Long measurements can be interrupted and resumed; the deep CNN's one training stands for two."""

import importlib.util
import json

import numpy as np
import pytest

from benchmarks.measurements import __main__ as measurements
from benchmarks.measurements import measure
from mnist_lab import data, evaluation, results
from mnist_lab.models import CATALOGUE


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """Replace the measurement of a model by one that is interrupted at its third seed the first time."""
    made = []

    def quick(entry, seed):
        """Made up for the test."""
        made.append(seed)
        if made == [0, 1, 2]:
            raise KeyboardInterrupt
        return {"seed": seed, "test": {"accuracy": 0.5}, "fit": {"seconds": 1.0}}

    monkeypatch.setattr(measure, "FOLDER", tmp_path)
    monkeypatch.setattr(measure, "SPECIAL", {"fast_cnn": quick})
    monkeypatch.setitem(CATALOGUE, "fast_cnn", CATALOGUE["fast_cnn"]._replace(seeds=4))
    return made


def test_an_interrupted_measurement_goes_on_where_it_stopped(calls, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        measure.measure("fast_cnn")
    measure.measure("fast_cnn")
    assert calls == [0, 1, 2, 2, 3]
    content = json.loads((tmp_path / "fast_cnn.json").read_text(encoding="utf-8"))
    assert [run["seed"] for run in content["runs"]] == [0, 1, 2, 3]
    assert content["command"] == "python -m benchmarks.measurements fast_cnn"


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


STORED = sorted(path.stem for path in measure.FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", STORED)
def test_each_stored_measurement_names_a_command_that_exists(name):
    command = results.load_measurement(name)["command"].split()
    assert command[:2] == ["python", "-m"]
    assert importlib.util.find_spec(command[2])
    if command[2] == "benchmarks.measurements":
        assert command[3:] == [name]
        assert name in (*CATALOGUE, *measurements.OTHERS)


@pytest.mark.parametrize("name", sorted(set(STORED) & set(CATALOGUE)))
def test_stored_measurements_are_whole(name, labels):
    content = results.load_measurement(name)
    assert content["command"] == f"python -m benchmarks.measurements {name}"
    seeds = [run["seed"] for run in content["runs"]]
    assert seeds == list(range(CATALOGUE[name].seeds))
    for run in content["runs"]:
        matrix = np.array(run["test"]["confusion_matrix"])
        assert matrix.sum() == 10_000
        assert matrix.trace() == 10_000 - run["test"]["errors"]
        assert run["test"]["accuracy"] == pytest.approx(matrix.trace() / 10_000)
        if "predicted" in run["test"]:
            predicted = np.array(list(run["test"]["predicted"]), dtype=int)
            assert np.array_equal(evaluation.confusion_matrix(labels, predicted), matrix)


def test_every_model_is_measured():
    assert set(CATALOGUE) <= set(STORED)


@pytest.fixture(scope="module")
def labels():
    return data.load_mnist()[1][1]


def test_score_by_hand():
    y = np.eye(10)[[3, 5, 5]]
    probabilities = np.full((3, 10), 0.02)
    probabilities[[0, 1, 2], [3, 5, 0]] = 0.82
    score = measure.score(y, probabilities, loss=0.25)
    assert (score["accuracy"], score["errors"], score["loss"]) == (pytest.approx(2 / 3), 1, 0.25)
    assert score["predicted"] == "350"
    assert score["confusion_matrix"][5][0] == 1


def test_predictions_of_training_images_are_not_stored():
    y = np.eye(10)[np.zeros(10_001, dtype=int)]
    assert "predicted" not in measure.score(y, y, loss=0)


def test_one_epoch_is_kept():
    callback, model = measure._KeepEpoch(2), Model()
    callback.set_model(model)
    for epoch in range(3):
        model.epochs = epoch + 1
        callback.on_epoch_end(epoch)
    assert callback.weights == 2


def test_shifted_images():
    x = np.zeros((2, 28, 28, 1), "float32")
    x[0, 0, 27] = x[1, 5, 7] = 1
    found = np.stack(list(measure.shifted(x)))
    assert found.shape == (9, 2, 28, 28, 1)
    assert np.array_equal(found[4], x)
    places = {tuple(place) for place in np.argwhere(found[:, 1, :, :, 0])[:, 1:].tolist()}
    assert places == {(row, column) for row in (4, 5, 6) for column in (6, 7, 8)}
    assert found[:, 0].sum() == 4  # at the corner, five of nine shifts move it out
