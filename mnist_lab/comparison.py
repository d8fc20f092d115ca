"""All models side by side, by their stored measurements and test predictions. Nothing is trained here."""

import numpy as np
import pandas as pd

from mnist_lab import results
from mnist_lab._validation import check_labels
from mnist_lab.files import project_root
from mnist_lab.models.catalogue import CATALOGUE

__all__ = ["compared_models", "gaps", "model_table", "outcome", "stored_predictions", "vote"]

IMAGES = {"test": 10_000, "validation": 6_000}
TOLERANCE = 0.0005  # 0.05 points: what "matches the original" allows


def compared_models():
    """Return the names of the models that notebook 11 compares, in the order of the catalogue.

    Examples
    --------
    >>> compared_models()[:2]
    ['logistic_regression', 'logistic_regression_l1']
    """
    return [name for name, entry in CATALOGUE.items() if entry.compared]


def stored_predictions(name, part="test"):
    """Return the stored predictions of a model.

    Parameters
    ----------
    name : str
        Of a model in the catalogue.
    part : {"test", "validation"}, default="test"
        The 10,000 test images, or the 6,000 validation images of :func:`mnist_lab.data.load_split`.

    Returns
    -------
    ndarray of shape (seeds, 10000) or (seeds, 6000), dtype uint8
        Labels from 0 to 9 in the order of the images; one row a seed, the first one first.

    Raises
    ------
    FileNotFoundError
        If there is no such measurement.
    ValueError
        If predictions are missing or are not as many digits as images; the command that makes them anew is named.

    Examples
    --------
    >>> stored_predictions("improved_cnn").shape
    (10, 10000)
    """
    measurement = results.load_measurement(name)
    if not measurement["runs"]:
        raise ValueError(f"The measurement {name} has no run yet: `{measurement['command']}` makes them.")
    return np.stack([_digits(run, part, name, measurement["command"]) for run in measurement["runs"]])


def _digits(run, part, name, command):
    text = run.get(part, {}).get("predicted")
    if text is None:
        fault = f"has no {part} predictions"
    elif not (isinstance(text, str) and text.isascii() and text.isdigit()):
        fault = f"holds something else than digits as {part} predictions"
    elif len(text) != IMAGES[part]:
        fault = f"has {len(text)} {part} predictions, not {IMAGES[part]}"
    else:
        return np.frombuffer(text.encode("ascii"), dtype=np.uint8) - ord("0")
    raise ValueError(
        f"Seed {run['seed']} of {name} {fault}. Restore the file with git, or delete it and run `{command}`."
    )


def model_table(names=None):
    """Return one row a model from the stored measurements.

    Parameters
    ----------
    names : sequence of str, optional
        Names in the catalogue; by default :func:`compared_models`.

    Returns
    -------
    pandas.DataFrame
        Index model; columns ``family``, ``parameters``, ``seeds``, ``train %`` and ``test %`` (mean over
        seeds, both evaluated in inference mode), ``spread`` (standard deviation of ``test %`` with n - 1; NaN for one
        seed), ``original %`` (NaN where there is none), ``difference`` (test minus original, in points), ``seconds``
        (one training alone on the machine, by the measurement ``training_time``). What is not measured yet is missing
        (NaN), and ``seeds`` is 0; :func:`gaps` says so in words.

    Examples
    --------
    >>> model_table()["test %"].idxmax()
    'improved_cnn'
    """
    times = _stored("training_time", "models")
    rows = {}
    for name in compared_models() if names is None else names:
        entry, runs = CATALOGUE[name], _stored(name, "runs")
        # two measurements of an early version have no training accuracy
        train, test = ([100 * run[part]["accuracy"] for run in runs if part in run] for part in ("train", "test"))
        rows[name] = {
            "family": entry.family,
            "parameters": runs[0].get("parameters") if runs else None,
            "seeds": len(runs),
            "train %": np.mean(train) if train else np.nan,
            "test %": np.mean(test) if test else np.nan,
            "spread": np.std(test, ddof=1) if len(runs) > 1 else np.nan,
            "original %": np.nan if entry.original is None else 100 * entry.original,
            "seconds": times[name]["seconds"] if name in times else np.nan,
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model").astype({"parameters": "Int64"})
    table.insert(table.columns.get_loc("seconds"), "difference", table["test %"] - table["original %"])
    return table


def _stored(name, part):
    """Return a part of a stored measurement, empty where there is none yet."""
    project_root()  # outside of a project the measurements are not missing, they are elsewhere
    try:
        return results.load_measurement(name)[part]
    except FileNotFoundError:
        return {}


def gaps(table):
    """Say which models of a table are not measured or not timed yet, and which command does it.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`model_table` gives it.

    Returns
    -------
    list of str
        One sentence a gap; empty where all is there.

    Examples
    --------
    >>> table = pd.DataFrame({"seeds": [3, 0], "seconds": [20.0, 30.0]}, index=["dense", "new"])
    >>> gaps(table)
    ['new is not measured yet: run `python -m benchmarks.measurements new`.']
    """
    return [
        *(
            f"{name} is not measured yet: run `{results.measure_command(name)}`."
            for name in table.index[table["seeds"] == 0]
        ),
        *(
            f"{name} is not timed yet: run `{results.measure_command('training_time')}`."
            for name in table.index[table["seconds"].isna()]
        ),
    ]


def outcome(name, accuracy):
    """Say whether a mean test accuracy matches the original, or reaches our goal where there is no original.

    "Matched" allows 0.05 points below the original; a goal allows nothing.

    Parameters
    ----------
    name : str
        Of a model in the catalogue.
    accuracy : float in [0, 1]

    Returns
    -------
    str

    Examples
    --------
    >>> outcome("deep_cnn", 0.9922), outcome("deep_cnn", 0.9916)
    ('matched', 'short by 0.100 points')
    """
    entry = CATALOGUE[name]
    if entry.original is None and entry.goal is None:
        return "no original, no goal"
    wanted, allowed, word = (
        (entry.goal, 0, "goal reached") if entry.original is None else (entry.original, TOLERANCE, "matched")
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
