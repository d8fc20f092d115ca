"""All models of the coursework side by side, by their stored measurements and test predictions.

Nothing is trained here and no TensorFlow is needed.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from mnist_lab import results
from mnist_lab._validation import check_labels

__all__ = ["MODELS", "model_table", "stored_predictions", "verdict", "vote"]


class Model(NamedTuple):
    """Kind of a model, the original's test accuracy in [0, 1], and our own goal where there is no original."""

    kind: str
    original: float | None = None
    goal: float | None = None


MODELS = {
    "logistic_regression": Model("linear", 0.8987),
    "logistic_regression_l1": Model("linear", 0.9070),
    "logistic_regression_l2": Model("linear", 0.9152),
    "dense": Model("dense", 0.9786),
    "dense_dropout": Model("dense", 0.9829),
    "dense_512": Model("dense", 0.9805),
    "dense_512_regularised": Model("dense", 0.9831),
    "simple_cnn": Model("convolutional", 0.9836),
    "deep_cnn": Model("convolutional", 0.9926),
    "improved_cnn": Model("convolutional", goal=0.9950),
    "marvin": Model("convolutional", goal=0.9900),
    "dropout_cnn": Model("convolutional", 0.9950),
    "dropout_cnn_augmented": Model("convolutional", 0.9938),
    "branches_1": Model("multi-branch", 0.9860),
    "branches_2": Model("multi-branch", 0.9888),
    "branches_3": Model("multi-branch", 0.9857),
    "branches_4": Model("multi-branch", 0.1135),
    "branches_5": Model("multi-branch"),
    "branches_6": Model("multi-branch", 0.9901),
}
TEST_IMAGES = 10_000
TOLERANCE = 0.0005  # 0.05 points: what "matches the original" allows


def stored_predictions(name):
    """Return the stored test predictions of a model.

    Parameters
    ----------
    name : str
        Name of the measurement, as in `MODELS`.

    Returns
    -------
    ndarray of shape (seeds, 10000), dtype uint8
        Labels from 0 to 9 in the order of the test images; one row a seed, the first one first.

    Raises
    ------
    FileNotFoundError
        If there is no such measurement.
    ValueError
        If predictions are missing or are not 10,000 digits; the command that makes them anew is named.

    Examples
    --------
    >>> stored_predictions("improved_cnn").shape  # doctest: +SKIP
    (10, 10000)
    """
    measurement = results.load_measurement(name)
    if not measurement["runs"]:
        raise ValueError(f"The measurement {name} has no run yet: `{measurement['command']}` makes them.")
    return np.stack([_digits(run, name, measurement["command"]) for run in measurement["runs"]])


def _digits(run, name, command):
    text = run["test"].get("predicted")
    if text is None:
        fault = "has no test predictions"
    elif not (isinstance(text, str) and text.isascii() and text.isdigit()):
        fault = "holds something else than digits as test predictions"
    elif len(text) != TEST_IMAGES:
        fault = f"has {len(text)} test predictions, not {TEST_IMAGES}"
    else:
        return np.frombuffer(text.encode("ascii"), dtype=np.uint8) - ord("0")
    raise ValueError(
        f"Seed {run['seed']} of {name} {fault}. Restore the file with git, or delete it and run `{command}`."
    )


def model_table(names=tuple(MODELS)):
    """Return one row a model from the stored measurements.

    Parameters
    ----------
    names : sequence of str
        Names of `MODELS`.

    Returns
    -------
    pandas.DataFrame
        Index model; columns ``kind``, ``parameters``, ``seeds``, ``train %`` and ``test %`` (mean over
        seeds, both evaluated in inference mode), ``spread`` (standard deviation of ``test %`` with n - 1; NaN for one
        seed), ``original %`` (NaN where there is none), ``difference`` (test minus original, in points), ``seconds``
        (one training alone on the machine, by the measurement ``training_time``).

    Examples
    --------
    >>> model_table()["test %"].idxmax()  # doctest: +SKIP
    'improved_cnn'
    """
    times = results.load_measurement("training_time")["models"]
    rows = {}
    for name in names:
        runs = results.load_measurement(name)["runs"]
        test = [100 * run["test"]["accuracy"] for run in runs]
        rows[name] = {
            "kind": MODELS[name].kind,
            "parameters": runs[0]["parameters"],
            "seeds": len(runs),
            "train %": np.mean([100 * run["train"]["accuracy"] for run in runs]),
            "test %": np.mean(test),
            "spread": np.std(test, ddof=1) if len(runs) > 1 else np.nan,
            "original %": np.nan if MODELS[name].original is None else 100 * MODELS[name].original,
            "seconds": times[name]["seconds"],
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
    table.insert(table.columns.get_loc("seconds"), "difference", table["test %"] - table["original %"])
    return table


def verdict(name, accuracy):
    """Say whether a mean test accuracy matches the original, or reaches our goal where there is no original.

    "Matched" allows 0.05 points below the original; a goal allows nothing.

    Parameters
    ----------
    name : str
        Name of a model in `MODELS`.
    accuracy : float in [0, 1]

    Returns
    -------
    str

    Examples
    --------
    >>> verdict("deep_cnn", 0.9922), verdict("deep_cnn", 0.9916)
    ('matched', 'short by 0.100 points')
    """
    model = MODELS[name]
    if model.original is None and model.goal is None:
        return "no original, no goal"
    wanted, allowed, word = (
        (model.goal, 0, "goal reached") if model.original is None else (model.original, TOLERANCE, "matched")
    )
    short = wanted - accuracy
    return word if short <= allowed + 1e-9 else f"short by {100 * short:.3f} points"


def vote(predictions):
    """Let several models vote on each image; a tie goes to the choice of the member that stands first.

    Parameters
    ----------
    predictions : array-like of shape (members, n), integers from 0 to 9
        Better members first, better by what was known before the test.

    Returns
    -------
    ndarray of shape (n,), dtype of the predictions

    Raises
    ------
    ValueError
        If this is not a table of labels with at least one member.

    Examples
    --------
    >>> vote([[3, 3], [5, 8], [5, 5]])
    array([5, 3])

    References
    ----------
    L. Hansen, P. Salamon (1990), https://doi.org/10.1109/34.58871
    """
    predictions = np.asarray(predictions)
    if predictions.ndim != 2 or not len(predictions):
        raise ValueError(f"predictions have shape {predictions.shape}: give (members, n), one row of labels a member.")
    check_labels(predictions.ravel(), 10)
    counts = (predictions[:, np.newaxis] == np.arange(10)[:, np.newaxis]).sum(axis=0)
    support = np.take_along_axis(counts, predictions.astype(int), axis=0)  # votes for each member's own choice
    return predictions[support.argmax(axis=0), np.arange(predictions.shape[1])]
