"""Results of notebooks and their format: figures with the numbers they draw, metrics with their tolerances.

A notebook's folder holds::

    metrics.json        {"name": {"value": ..., "atol": ...}}, an exact value has no atol, a set of indices an
                        overlap instead, and what no tolerance fits has "compare": false with a "why"
    <figure>.png        the picture
    <figure>.json       the numbers it draws, in the format of metrics.json
    environment.json    what made the files: libraries, processor, threads, seed, data sources
    times.json          seconds, never compared
"""

import io
import json
from pathlib import Path

import numpy as np

from mnist_lab import files

__all__ = [
    "ENVIRONMENT",
    "SCHEMA",
    "TIMES",
    "Results",
    "confusion_matrix_entries",
    "index_set",
    "load_measurement",
    "measure_command",
    "not_compared",
    "number",
    "read_numbers",
]

# What `mnist-lab diff` reads. A change of the format raises the number.
SCHEMA = 1
ENVIRONMENT, TIMES = "environment.json", "times.json"


def number(value, *, atol=None):
    """Return the entry of a number (or an array of numbers) for the results.

    Parameters
    ----------
    value : number or array of numbers
        What was found.
    atol : float, optional
        Absolute tolerance; without it the value is compared exactly.

    Returns
    -------
    dict

    Examples
    --------
    >>> number(0.9871, atol=0.003)
    {'value': 0.9871, 'atol': 0.003}
    """
    if atol is not None and not atol >= 0:
        raise ValueError(f"atol={atol} is no tolerance: give a number of at least 0, or leave it out for exact values.")
    return {"value": value} if atol is None else {"value": value, "atol": atol}


def confusion_matrix_entries(matrix, *, atol):
    """Return the entries of a confusion matrix: its counts, and how many images each true class has.

    Counts of errors are small, so a transposed matrix is within the tolerance of a good model; but the rows of a
    matrix of counts add up to the images of each class, and these are exact.

    Parameters
    ----------
    matrix : array of shape (n_classes, n_classes), int
        Rows are true classes, columns predicted ones.
    atol : float
        Absolute tolerance of each count.

    Returns
    -------
    dict of str to dict
        Entries ``matrix`` and ``images`` for :meth:`Results.save_figure`.

    Examples
    --------
    >>> confusion_matrix_entries(np.array([[9, 1], [0, 10]]), atol=1)["images"]["value"].tolist()
    [10, 10]
    """
    return {"matrix": number(matrix, atol=atol), "images": number(np.sum(matrix, axis=1))}


def index_set(indices, *, overlap):
    """Return the entry of a list that another machine meets only in part, such as which images are wrong.

    Parameters
    ----------
    indices : sequence
        What was found; order and repetitions do not count when it is compared.
    overlap : float
        Least share that two such lists have in common, in (0, 1]: the size of their intersection over that of
        their union (P. Jaccard, 1912, https://doi.org/10.1111/j.1469-8137.1912.tb05611.x).

    Returns
    -------
    dict

    Examples
    --------
    >>> index_set([8, 247], overlap=0.5)
    {'value': [8, 247], 'overlap': 0.5}
    """
    if not 0 < overlap <= 1:
        raise ValueError(f"overlap={overlap} is no share: give a number above 0 and up to 1.")
    return {"value": indices, "overlap": overlap}


def not_compared(value, *, why):
    """Return the entry of a value that no tolerance fits, with the reason.

    Examples
    --------
    >>> not_compared([8, 247], why="which images are wrong differs by machine")
    {'value': [8, 247], 'compare': False, 'why': 'which images are wrong differs by machine'}
    """
    return {"value": value, "compare": False, "why": why}


class Results:
    """The results of one notebook.

    Making one records the environment in ``environment.json``.

    Parameters
    ----------
    notebook : str
        Name of the notebook without ending; its folder in the results.
    seed : int
        Seed the notebook uses, for the record.

    Examples
    --------
    >>> out = Results("01_class_histogram", seed=0)  # doctest: +SKIP
    >>> out.save_metrics({"test_images": 10000, "accuracy": number(0.983, atol=0.002)})  # doctest: +SKIP
    """

    def __init__(self, notebook, *, seed):
        self.folder = files.results_folder() / notebook
        self._seed = seed
        self._metrics, self._times = {}, {}
        self._write_environment()

    def save_metrics(self, metrics):
        """Add to ``metrics.json``: a dict of values or entries as :meth:`save_numbers` takes them."""
        metrics = self._metrics | metrics
        self.save_numbers("metrics", **metrics)
        self._metrics = metrics
        self._write_environment()  # data sources become known as the notebook goes on

    def save_figure(self, name, figure, *, atol=None, **numbers):
        """Save a figure as PNG with the numbers it draws beside it.

        Parameters
        ----------
        name : str
            File name without ending.
        figure : matplotlib.figure.Figure or matplotlib.axes.Axes
            Saved in its own size and resolution (no tight box), without version text.
        atol : float, optional
            Absolute tolerance of the plain values among the numbers; without it they are compared exactly.
        **numbers : number, array or dict
            What the figure draws, as :meth:`save_numbers` takes it; at least one.

        Raises
        ------
        TypeError
            If there are no numbers.
        """
        if not numbers:
            raise TypeError(
                f"save_figure({name!r}, ...) needs the numbers that the figure draws: save_figure({name!r}, fig, "
                "counts=counts)."
            )
        figure = getattr(figure, "figure", figure)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=figure.dpi, metadata={"Software": None})
        files.write_atomically(self.folder / f"{name}.png", picture.getvalue())
        self.save_numbers(name, atol=atol, **numbers)

    def save_numbers(self, name, *, atol=None, **numbers):
        """Save numbers as ``<name>.json`` and return its path.

        Each is a plain value (a number, a text or an array; all of them with the tolerance ``atol``), or an entry made
        with :func:`number`, :func:`index_set` or :func:`not_compared`.
        """
        numbers = {key: _entry(value, atol) for key, value in numbers.items()}
        for key, entry in numbers.items():
            if not _all_finite(entry["value"]):
                raise ValueError(
                    f"{name}: {key} holds nan or an infinite number, which can't be compared: find out where it comes "
                    "from (a loss of nan often means that the learning rate is too high)."
                )
        path = self.folder / f"{name}.json"
        files.write_json(path, numbers)
        return path

    def save_times(self, **seconds):
        """Add durations in seconds to ``times.json``, which is never compared."""
        self._times |= {name: round(value, 2) for name, value in seconds.items()}
        files.write_json(self.folder / TIMES, self._times)

    def _write_environment(self):
        from mnist_lab.reproducibility import environment_record  # needs Keras, which reading results does not

        files.write_json(self.folder / ENVIRONMENT, {"schema": SCHEMA} | environment_record(seed=self._seed))


def _entry(value, atol):
    if not isinstance(value, dict | set):
        return number(value, atol=atol)
    if "value" not in value:
        raise TypeError(f"{value!r:.80} is no number, text or array: save its values under a name each.")
    return value


def _all_finite(value):
    try:
        return bool(np.all(np.isfinite(np.asarray(value, dtype=float))))
    except (TypeError, ValueError):  # texts, lists of unequal length
        return not isinstance(value, list | tuple) or all(map(_all_finite, value))


def read_numbers(path):
    """Read the values of a file that :meth:`Results.save_numbers` wrote.

    Returns
    -------
    dict of str to number, list or text

    Examples
    --------
    >>> read_numbers("results/reference/04_error_analysis/test_predictions.json")["predicted"]  # doctest: +SKIP
    """
    entries = json.loads(Path(path).read_text(encoding="utf-8"))
    return {name: entry["value"] for name, entry in entries.items()}


def load_measurement(name):
    """Load a long measurement that is stored with the project.

    Parameters
    ----------
    name : str
        File name without ending in ``results/measurements``.

    Returns
    -------
    dict
        As ``benchmarks/measurements`` wrote it; ``"command"`` says how to make it again.

    Raises
    ------
    FileNotFoundError
        If there is no such measurement.

    Examples
    --------
    >>> load_measurement("improved_cnn")["command"]  # doctest: +SKIP
    """
    path = files.project_root() / "results" / "measurements" / f"{name}.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"The measurement {path} is missing. Restore it with git, or make it again with "
            f"`{measure_command(name)}` (this can take hours)."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def measure_command(name):
    """Return the command that makes a measurement, to be typed in the project's folder.

    Examples
    --------
    >>> measure_command("marvin")
    'python -m benchmarks.measurements marvin'
    """
    return f"python -m benchmarks.measurements {name}"
