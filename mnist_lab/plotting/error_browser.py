"""Browse a classifier's wrong predictions, one digit at a time, with or without a front end.

`errors_of` and `draw_errors` need no kernel and no browser; `choose_errors` adds the two drop-down lists.
"""

import io

import matplotlib.pyplot as plt
import numpy as np

from mnist_lab._validation import check_labels, check_pair
from mnist_lab.plotting.images import sample_grid

__all__ = ["choose_errors", "draw_errors", "errors_of"]

COLUMNS = 10
MOST_SHOWN = 50  # a model that is always wrong would make a figure of a hundred rows


def errors_of(y_true, y_pred, digit):
    """Return which images of a digit are classified wrongly, those with the same wrong label together.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,), labels 0 to 9
    digit : int
        The true class.

    Returns
    -------
    ndarray of shape (errors,), dtype int
        Positions in ``y_true``, sorted by the wrong label, then by position.

    Raises
    ------
    ValueError
        If the labels are no digits or not equally many.

    Examples
    --------
    >>> errors_of([5, 5, 5, 3], [8, 5, 3, 5], 5)
    array([2, 0])
    """
    y_true, y_pred = check_labels(y_true, 10), check_labels(y_pred, 10)
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_true has {len(y_true)} labels and y_pred {len(y_pred)}: give those of the same images.")
    positions = np.flatnonzero((y_true == digit) & (y_pred != digit))
    return positions[np.argsort(y_pred[positions], kind="stable")]


def draw_errors(x, y_true, y_pred, digit):
    """Draw the wrongly classified images of a digit, ten a row, each under its wrong label.

    Parameters
    ----------
    x : array-like of shape (n, height, width) or (n, height, width, 1)
        Grey images, uint8, or floating point in [0, 1].
    y_true, y_pred, digit
        As in :func:`errors_of`.

    Returns
    -------
    matplotlib.figure.Figure
        With the first ``MOST_SHOWN`` images of :func:`errors_of`.

    Raises
    ------
    ValueError
        If no image of the digit is classified wrongly, and as in :func:`errors_of`.

    Examples
    --------
    >>> fig = draw_errors(x_test, y_test, y_pred, 5)  # doctest: +SKIP
    """
    x, y_pred = check_pair(x, y_pred)
    shown = errors_of(y_true, y_pred, digit)[:MOST_SHOWN]
    if not len(shown):
        raise ValueError(f"No {digit} is classified wrongly, so there is nothing to draw: choose another digit.")
    return sample_grid(x[shown], [f"as {label}" for label in y_pred[shown]], columns=COLUMNS)


def choose_errors(x, y_true, predictions):
    """Make two drop-down lists, model and digit, with the wrongly classified images of the choice below.

    Parameters
    ----------
    x, y_true
        As in :func:`draw_errors`.
    predictions : dict of str to array-like of shape (n,)
        Name of a model to its predicted labels.

    Returns
    -------
    ipywidgets.VBox
        Shown by a notebook with a running kernel if it is the last expression of a cell. Its children are the
        lists, a line that counts the errors, and the picture (PNG).

    Raises
    ------
    ValueError
        If there is no model, and as in :func:`errors_of`.

    Examples
    --------
    >>> choose_errors(x_test, y_test, {"model 2": y_pred})  # doctest: +SKIP
    """
    import ipywidgets

    if not predictions:
        raise ValueError("There is nothing to choose from: give at least one model with its predicted labels.")
    model = ipywidgets.Dropdown(options=list(predictions), description="model")
    digit = ipywidgets.Dropdown(options=range(10), description="digit")
    count = ipywidgets.Label()
    picture = ipywidgets.Image(format="png")

    def show(_=None):
        y_pred = predictions[model.value]
        errors = len(errors_of(y_true, y_pred, digit.value))
        more = f", the first {MOST_SHOWN} are shown" if errors > MOST_SHOWN else ""
        count.value = f"{errors} of {np.count_nonzero(np.asarray(y_true) == digit.value)} wrong{more}"
        picture.value = _png(draw_errors(x, y_true, y_pred, digit.value)) if errors else b""
        picture.layout.display = None if errors else "none"

    for chooser in (model, digit):
        chooser.observe(show, names="value")
    show()
    return ipywidgets.VBox([ipywidgets.HBox([model, digit]), count, picture])


def _png(figure):
    content = io.BytesIO()
    figure.savefig(content, format="png")
    plt.close(figure)  # the picture is shown by its widget, not by the inline backend
    return content.getvalue()
