"""The vote over stored trainings: counted right on made-up digits, and the stored file is what the command makes."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from benchmarks import timing
from benchmarks.measurements import ensemble
from mnist_lab import data, results


def run(seed, predicted, shifted):
    return {"seed": seed, "test": {"predicted": predicted}, "test_shifted": {"predicted": shifted}}


def test_vote_and_single_models():
    runs = [run(0, "1234", "1299"), run(1, "1299", "1234"), run(2, "1934", "1234")]
    found = ensemble.voted(runs, np.array([1, 2, 3, 4]))
    assert found["one position"] == {
        "single_accuracies": [1.0, 0.5, 0.75],
        "single_mean": 0.75,
        "single_standard_deviation": 0.25,
        "vote_accuracy": 1.0,
        "vote_wrong": [],
        "vote_taken_for": [],
        "wrong_for_all": [],
    }
    assert found["shifted"]["vote_wrong"] == []
    runs = [run(0, "1999", "1999"), *runs[1:]]
    assert ensemble.voted(runs, np.array([1, 2, 3, 4]))["one position"]["wrong_for_all"] == []
    assert ensemble.voted(runs[:2], np.array([1, 2, 3, 4]))["one position"]["wrong_for_all"] == [2, 3]
    entry = ensemble.voted(runs, np.array([1, 2, 3, 4]))["one position"]
    assert (entry["vote_wrong"], entry["vote_taken_for"]) == ([1, 2, 3], [9, 9, 9])


def test_errors_are_drawn_with_label_and_vote():
    x = np.arange(3, dtype=np.uint8)[:, None, None] * np.ones((28, 28), np.uint8)
    figure = ensemble.draw(x, np.array([4, 5, 6]), {"vote_wrong": [0, 2], "vote_taken_for": [9, 0]})
    drawn = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title() for ax in drawn] == ["4, taken for 9", "6, taken for 0"]
    assert [ax.images[0].get_array()[0, 0] for ax in drawn] == [0, 2]
    plt.close(figure)


def test_stored_vote_follows_from_the_stored_trainings():
    stored = results.load_measurement("ensemble")
    runs = results.load_measurement("vgg_cnn")["runs"]
    assert stored["members"] == [run["seed"] for run in runs]
    _, (_, y_true) = data.load_mnist()
    found = ensemble.voted(runs, y_true)
    assert stored["predictions"] == found
    for kind, entry in found.items():
        accuracies = [run[ensemble.PREDICTIONS[kind]]["accuracy"] for run in runs]
        assert entry["single_accuracies"] == pytest.approx(accuracies)


def test_readme_tells_the_stored_vote():
    text = " ".join((timing.FOLDER / "README.md").read_text(encoding="utf-8").split())
    one, shifted = results.load_measurement("ensemble")["predictions"].values()
    single = [round(10_000 * (1 - accuracy)) for accuracy in one["single_accuracies"]]
    assert "make {}, {} and {} errors".format(*single) in text
    vote = f"{100 * one['vote_accuracy']:.2f}"
    assert (
        f"vote makes {len(one['vote_wrong'])} errors ({vote} %). {len(one['wrong_for_all'])} images are wrong" in text
    )
    mean, spread = 100 * shifted["single_mean"], 100 * shifted["single_standard_deviation"]
    assert f"reaches {mean:.2f} ± {spread:.2f} %, and the vote makes {len(shifted['vote_wrong'])} errors" in text
    assert f"The {len(one['vote_wrong'])} test images that the vote gets wrong" in text
