"""The prediction benchmark: every way predicts the same, and a miniature run."""

import json

import numpy as np
import pytest

from benchmarks import prediction_speed, timing
from mnist_lab import data, models


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(prediction_speed, "BATCH_SIZE", 20)
    monkeypatch.setattr(prediction_speed, "ONE_BY_ONE", 4)


def test_batches_cover_all_images():
    seen = []

    def predict(batch):
        seen.append(len(batch))
        return batch + 1

    x = np.arange(50)
    assert np.array_equal(prediction_speed.in_batches(predict, 20, x), x + 1)
    assert seen == [20, 20, 10]


def test_all_ways_predict_the_same(digits, small):
    x = digits[0][:50]
    ways = prediction_speed.ways(models.simple_cnn, x)
    expected = ways[prediction_speed.OURS].predict(x)
    assert expected.shape == (50, 10)
    assert expected.std(axis=0).min() > 1e-3  # so that a way that mixes images up shows
    for way in ways.values():
        assert way.predict(x) == pytest.approx(expected, abs=1e-5)


def test_seconds_are_scaled_to_all_images(monkeypatch):
    monkeypatch.setattr(timing, "timed", lambda function, *arguments: (function(*arguments), 0.5, None))
    seen = []
    way = prediction_speed.Way(lambda x: seen.append(len(x)), 1, 5)
    assert prediction_speed.clocked(way, np.zeros(50))(0) == {"seconds": 5, "images": 5}
    assert seen == [5]


def test_first_calls_find_other_probabilities():
    ways = {
        prediction_speed.OURS: prediction_speed.Way(lambda x: x, 10, 10),
        "same, one image": prediction_speed.Way(lambda x: x, 1, 10),
        "other": prediction_speed.Way(lambda x: x + 0.25, 10, 10),
    }
    seconds, differences = prediction_speed.first_calls(ways, np.arange(10.0))
    assert list(seconds) == list(ways)
    assert differences == {prediction_speed.OURS: 0, "same, one image": 0, "other": 0.25}


def test_miniature_run(digits, small, tmp_path, monkeypatch, capsys):
    settings = {
        "IMAGES": 50,
        "ROUNDS": 2,
        "MODELS": {"improved_cnn": prediction_speed.MODELS["improved_cnn"]},
    }
    for name, value in settings.items():
        monkeypatch.setattr(prediction_speed, name, value)
    images = (255 * digits[0][..., 0]).astype("uint8")
    monkeypatch.setattr(data, "load_mnist", lambda: ((None, None), (images, None)))
    monkeypatch.setattr(timing, "FOLDER", tmp_path)
    prediction_speed.main()
    stored = json.loads((tmp_path / "prediction_speed.json").read_text(encoding="utf-8"))
    found = stored["models"]["improved_cnn"]
    assert stored["images"] == 50
    assert {run["images"] for run in found["runs"]} == {4, 50}
    assert len(found["runs"]) == 2 * len(found["first_call_seconds"]) == 10
    assert max(found["largest_difference_of_probabilities"].values()) < 1e-5
    assert found["ratio_to_evaluation_predict"][prediction_speed.OURS] == 1
    assert "first call s" in capsys.readouterr().out
