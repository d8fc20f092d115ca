import numpy as np
import pytest
from small_mnist import copied, scaled

from mnist_lab import checks


def run(y, seed):
    """Return predictions with ten errors, three of them a 7 for a 2."""
    rng = np.random.default_rng(seed)
    predicted = y.copy()
    wrong = rng.choice(np.flatnonzero(y != 2), 7, replace=False)
    predicted[wrong] = (predicted[wrong] + 1) % 10
    predicted[rng.choice(np.flatnonzero(y == 2), 3, replace=False)] = 7
    return predicted


@pytest.fixture
def task(small):
    """Return all that task 5 needs, right."""
    y = small[1][1]
    names = ("plain", "more data", "augmented")
    predictions = {name: np.stack([run(y, 3 * k + seed) for seed in range(3)]) for k, name in enumerate(names)}
    return {"y_test": y, "predictions": predictions, "pair": (2, 7), "pair_counts": {key: [3, 3, 3] for key in names}}


def each(task, change):
    return {"predictions": {name: change(rows) for name, rows in task["predictions"].items()}}


RIGHT = {
    "as it should be": lambda task: {},
    "another order": lambda task: {"pair_counts": dict(reversed(task["pair_counts"].items()))},
    "lists": lambda task: each(task, np.ndarray.tolist),
    "probabilities": lambda task: each(task, lambda rows: np.eye(10)[rows]),
    "counts of both directions": lambda task: {
        "pair_counts": {
            name: [
                int(((row == 7) & (task["y_test"] == 2)).sum() + ((row == 2) & (task["y_test"] == 7)).sum())
                for row in rows
            ]
            for name, rows in task["predictions"].items()
        }
    },
    "a fourth strategy": lambda task: {
        "predictions": task["predictions"] | {"both": np.stack([run(task["y_test"], seed) for seed in (20, 21, 22)])},
        "pair_counts": task["pair_counts"] | {"both": (3, 3, 3)},
    },
    "one strategy in other words": lambda task: {
        "predictions": {name.upper(): rows for name, rows in task["predictions"].items()},
        "pair_counts": {name.upper(): rows for name, rows in task["pair_counts"].items()},
    },
}
WRONG = {
    "one run three times": (
        lambda task: each(task, lambda rows: np.stack([rows[0]] * 3)),
        1,
        "exactly the same",
    ),
    "one strategy three times": (
        lambda task: {"predictions": dict.fromkeys(task["predictions"], task["predictions"]["plain"])},
        1,
        "exactly the same",
    ),
    "texts": (lambda task: {key: {"plain": "99 %"} for key in ["predictions", "pair_counts"]}, 0, "no file"),
    "accuracies": (lambda task: each(task, lambda rows: [0.99, 0.98, 0.99]), 0, "digits from 0 to 9"),
    "percent": (lambda task: each(task, lambda rows: [99.1, 99.2, 99.3]), 0, "digits from 0 to 9"),
    "two strategies": (
        lambda task: {"predictions": {name: task["predictions"][name] for name in ("plain", "augmented")}},
        1,
        "compare three",
    ),
    "one seed": (
        lambda task: each(task, lambda rows: rows[:1]) | {"pair_counts": {key: [3] for key in task["predictions"]}},
        1,
        "3 seeds or more",
    ),
    "other numbers of seeds": (
        lambda task: {
            "predictions": task["predictions"]
            | {"plain": np.stack([run(task["y_test"], seed) for seed in range(30, 34)])},
            "pair_counts": task["pair_counts"] | {"plain": [3, 3, 3, 3]},
        },
        1,
        "differ",
    ),
    "labels": (lambda task: each(task, lambda rows: np.stack([task["y_test"]] * 3)), 0, "these are the labels"),
    "noise": (lambda task: each(task, lambda rows: (rows + 1) % 10), 0, "has not learned"),
    "half of the images": (lambda task: each(task, lambda rows: rows[:, :150]), 0, "300 are needed"),
    "wrong counts": (lambda task: {"pair_counts": {key: [1, 1, 1] for key in task["pair_counts"]}}, 1, "count again"),
    "no counts for one": (lambda task: {"pair_counts": {"plain": [3, 3, 3]}}, 1, "no counts for 'more data'"),
    "no pair": (lambda task: {"pair": None}, 1, "give pair"),
    "a pair of one digit": (lambda task: {"pair": (2, 2)}, 1, "one digit twice"),
    "a digit for a pair": (lambda task: {"pair": 2}, 1, "pair"),
    "a list of predictions": (lambda task: {"predictions": list(task["predictions"].values())}, 0, "as a dict"),
    "other labels": (lambda task: {"y_test": task["y_test"][::-1]}, 0, "in their order"),
    "nothing": (lambda task: dict.fromkeys(task), 0, "give y_test"),
}


def call(task):
    others = dict(task)
    return checks.task_5(others.pop("y_test"), others.pop("predictions"), **others)


@pytest.mark.parametrize("name", RIGHT)
def test_right_in_whatever_form(task, name):
    assert call(task | RIGHT[name](task)) == "Task 5 met: 2 of 2 points"


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gets_a_hint(task, name):
    change, points, hint = WRONG[name]
    outcome = call(task | change(task))
    assert outcome.points == points, outcome
    assert hint in outcome, outcome


@pytest.fixture
def networks(trained):
    """Return three networks that differ a little, by the name of a strategy."""
    found = {}
    for scale, name in zip((0.5, 0.8, 1.1), ("plain", "more data", "augmented"), strict=True):
        found[name] = copied(trained[0])
        rng = np.random.default_rng(1)
        found[name].set_weights([w + scale * w.std() * rng.normal(size=w.shape) for w in found[name].get_weights()])
    return found


def test_first_rows_are_computed_again_from_their_networks(small, task, networks):
    x, y = scaled(small[1][0]), task["y_test"]
    rows = {name: model.predict(x, verbose=0).argmax(axis=1) for name, model in networks.items()}
    predictions = {name: np.stack([rows[name], *task["predictions"][name][1:]]) for name in rows}
    outcome = checks.task_5(y, predictions, models=networks, x_test=x)
    assert outcome.points == 1, outcome
    outcome = checks.task_5(y, predictions | {"plain": task["predictions"]["plain"]}, models=networks, x_test=x)
    assert outcome.points == 0
    assert "is not what its network predicts" in outcome.hints[0]
    outcome = checks.task_5(y, predictions, models={"plain": networks["plain"]}, x_test=x)
    assert "give models['more data']" in outcome.hints[0]
