"""Comparison of models: stored measurements, gaps, outcomes, voting."""

import json
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from mnist_lab import comparison
from mnist_lab.models import CATALOGUE
from mnist_lab.plotting.comparison import FAMILY_COLORS


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a function that stores a made-up measurement in a project of its own."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mnist_lab"\n', encoding="utf-8")
    folder = tmp_path / "results" / "measurements"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    times = {"models": {name: {"seconds": 20.0} for name in comparison.compared_models()}}
    (folder / "training_time.json").write_text(json.dumps(times), encoding="utf-8")

    def store(name, runs):
        content = {"command": f"python -m benchmarks.measurements {name}", "runs": runs}
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

    return store


def run(seed=0, *, accuracy=0.99, predicted="7" * 10_000, **more):
    return {
        "seed": seed,
        "parameters": 1000,
        "train": {"accuracy": 0.995},
        "test": {"accuracy": accuracy, "predicted": predicted},
        **more,
    }


def test_a_model_without_measurement_or_time_shows_gaps_and_says_what_to_run(project, monkeypatch):
    monkeypatch.setitem(CATALOGUE, "new", CATALOGUE["dense"]._replace(title="new", original=None))
    project("dense", [run()])
    table = comparison.model_table(["dense", "new"])
    assert table.loc["new", "seeds"] == 0
    assert table.loc["new", ["parameters", "train %", "test %", "spread", "seconds"]].isna().all()
    assert comparison.gaps(table) == [
        "new is not measured yet: run `python -m benchmarks.measurements new`.",
        "new is not timed yet: run `python -m benchmarks.measurements training_time`.",
    ]
    assert table.loc["dense", "parameters"] == 1000


def test_compared_models_have_a_colour_each(project):
    assert {CATALOGUE[name].family for name in comparison.compared_models()} == set(FAMILY_COLORS)
    assert "vgg_cnn" not in comparison.compared_models()


def test_no_tensorflow_is_loaded_by_what_needs_none():
    modules = "kaggle, plotting, results, significance"
    code = f"import sys; from mnist_lab import {modules}; print({{'tensorflow', 'keras'}} & set(sys.modules))"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "set()"


def test_predictions_come_back_as_digits(project):
    project("dense", [run(0), run(1, predicted="0123456789" * 1000)])
    predictions = comparison.stored_predictions("dense")
    assert predictions.dtype == np.uint8
    assert predictions.shape == (2, 10_000)
    assert predictions[0].tolist() == [7] * 10_000
    assert predictions[1, :12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


@pytest.mark.parametrize(
    ("predicted", "fault"),
    [
        (None, "has no test predictions"),
        ("7" * 9_999, "has 9999 test predictions, not 10000"),
        ("", "holds something else than digits"),
        ("7" * 9_999 + "x", "holds something else than digits"),
        ("\u0667" * 10_000, "holds something else than digits"),
        ([7] * 10_000, "holds something else than digits"),
    ],
    ids=["none", "short", "empty", "letter", "Arabic digits", "list"],
)
def test_predictions_that_cannot_be_used_are_named_with_the_cure(project, predicted, fault):
    project("dense", [run(0), run(1, predicted=predicted)])
    with pytest.raises(ValueError, match=rf"Seed 1 of dense {fault}.*benchmarks\.measurements dense"):
        comparison.stored_predictions("dense")


def test_missing_key_of_predictions(project):
    old = run()
    del old["test"]["predicted"]
    project("dense", [old])
    with pytest.raises(ValueError, match="Seed 0 of dense has no test predictions"):
        comparison.stored_predictions("dense")


def test_measurement_without_runs_and_without_file(project):
    project("dense", [])
    with pytest.raises(ValueError, match=r"no run yet: `python -m benchmarks\.measurements dense`"):
        comparison.stored_predictions("dense")
    with pytest.raises(FileNotFoundError, match="marvin"):
        comparison.stored_predictions("marvin")


def test_table_has_mean_spread_and_difference(project):
    project("dense", [run(seed, accuracy=accuracy) for seed, accuracy in enumerate((0.98, 0.97, 0.99))])
    project("branches_5", [run()])
    table = comparison.model_table(["dense", "branches_5"])
    assert list(table.index) == ["dense", "branches_5"]
    dense, branches = table.loc["dense"], table.loc["branches_5"]
    assert (dense["family"], dense["parameters"], dense["seeds"], dense["seconds"]) == ("dense", 1000, 3, 20)
    assert [dense["test %"], dense["spread"], dense["train %"]] == pytest.approx([98, 1, 99.5])
    assert [dense["original %"], dense["difference"]] == pytest.approx([97.86, 0.14])
    assert np.isnan([branches["spread"], branches["original %"], branches["difference"]]).all()


@pytest.mark.parametrize(
    ("name", "accuracy", "expected"),
    [
        ("deep_cnn", 0.9930, "matched"),
        ("deep_cnn", 0.9921, "matched"),
        ("deep_cnn", 0.99208, "short by 0.052 points"),
        ("deep_cnn", 0.9900, "short by 0.260 points"),
        ("improved_cnn", 0.9950, "goal reached"),
        ("improved_cnn", 0.9949, "short by 0.010 points"),
        ("branches_5", 0.1, "no original, no goal"),
    ],
)
def test_outcome(name, accuracy, expected):
    assert comparison.outcome(name, accuracy) == expected


@pytest.mark.parametrize(
    ("votes", "winner"),
    [
        ([3, 5, 5], 5),
        ([3, 5], 3),
        ([5, 3], 5),
        ([1, 2, 3, 3, 2], 2),  # a tie between 2 and 3: the 2 stands first
        ([1, 3, 2, 2, 3], 3),
        ([4], 4),
    ],
)
def test_most_votes_win_and_ties_go_to_the_first_member(votes, winner):
    assert comparison.vote(np.array(votes)[:, np.newaxis]).tolist() == [winner]


def test_vote_agrees_with_counting_by_hand():
    predictions = np.random.default_rng(0).integers(0, 4, (6, 300), dtype=np.uint8)
    # Counter keeps the order of first appearance among equals.
    expected = [Counter(column).most_common(1)[0][0] for column in predictions.T.tolist()]
    voted = comparison.vote(predictions)
    assert voted.dtype == np.uint8
    assert voted.tolist() == expected


@pytest.mark.parametrize(
    ("predictions", "message"),
    [([1, 2, 3], r"\(members, n\)"), (np.zeros((0, 5), int), r"\(members, n\)"), ([[1, 10]], "between 0 and 9")],
)
def test_vote_refuses_what_is_no_table_of_labels(predictions, message):
    with pytest.raises(ValueError, match=message):
        comparison.vote(predictions)
