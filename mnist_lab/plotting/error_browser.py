"""Browse a classifier's wrong predictions, in a widget, or as pictures where no kernel runs.

`errors_of`, `draw_errors` and `draw_one_error` need no kernel and no browser; `explore_errors` adds the lists to
choose from.
"""

import io

import matplotlib.pyplot as plt
import numpy as np

from mnist_lab._validation import check_labels, check_pair
from mnist_lab.plotting.images import sample_grid
from mnist_lab.plotting.style import BLUE, DIGITS, DPI, SKY

__all__ = [
    "draw_errors",
    "draw_one_error",
    "errors_of",
    "explore_errors",
    "figure_png",
    "nearest_of_class",
    "probability_bars",
]

COLUMNS = 10
MOST_SHOWN = 50  # a model that is always wrong would make a figure of a hundred rows
NEIGHBOURS = 5


def errors_of(y_true, y_pred, digit, predicted=None):
    """Return which images of a digit are classified wrongly, those with the same wrong label together.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,), labels 0 to 9
    digit : int
        The true class.
    predicted : int, optional
        Only those that were taken for this class.

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
    >>> errors_of([5, 5, 5, 3], [8, 5, 3, 5], 5, predicted=8)
    array([0])
    """
    y_true, y_pred = check_labels(y_true, 10), check_labels(y_pred, 10)
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_true has {len(y_true)} labels and y_pred {len(y_pred)}: give those of the same images.")
    positions = np.flatnonzero((y_true == digit) & (y_pred != digit))
    if predicted is not None:
        positions = positions[y_pred[positions] == predicted]
    return positions[np.argsort(y_pred[positions], kind="stable")]


def draw_errors(x, y_true, y_pred, digit, predicted=None):
    """Draw the wrongly classified images of a digit, ten a row, each under its wrong label.

    Parameters
    ----------
    x : array-like of shape (n, height, width) or (n, height, width, 1)
        Grey images, uint8, or floating point in [0, 1].
    y_true, y_pred, digit, predicted
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
    shown = errors_of(y_true, y_pred, digit, predicted)[:MOST_SHOWN]
    if not len(shown):
        how = "classified wrongly" if predicted is None else f"taken for a {predicted}"
        raise ValueError(f"No {digit} is {how}, so there is nothing to draw: choose another digit.")
    return sample_grid(x[shown], [f"as {label}" for label in y_pred[shown]], columns=COLUMNS)


def probability_bars(probabilities, marked, ax):
    """Draw the ten probabilities of one image as horizontal bars, that of the class `marked` darker."""
    ax.barh(DIGITS, probabilities, color=[BLUE if digit == marked else SKY for digit in DIGITS])
    ax.set(yticks=DIGITS, xlim=(0, 1), xlabel="probability", ylabel="digit")
    ax.invert_yaxis()
    return ax


def nearest_of_class(image, x_train, y_train, digit, *, count=5):
    """Find the images of a digit that are most like one image.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1)
    x_train : ndarray of shape (m, height, width) or (m, height, width, 1)
        In the unit of `image`.
    y_train : ndarray of shape (m,), labels
    digit : int
    count : int, default=5

    Returns
    -------
    ndarray of shape (count,), or fewer where the digit is rarer, dtype int
        Positions in `x_train`, by growing Euclidean distance of the pixels.

    Raises
    ------
    ValueError
        If the images are of another size.

    Examples
    --------
    >>> images = np.array([[[0.0]], [[0.5]], [[0.9]], [[1.0]]])
    >>> nearest_of_class(np.array([[0.8]]), images, np.array([7, 7, 7, 1]), 7, count=2)
    array([2, 1])
    """
    if np.size(image) != np.prod(np.shape(x_train)[1:]):
        raise ValueError(f"The image has {np.size(image)} pixels, those of x_train {np.prod(np.shape(x_train)[1:])}.")
    positions = np.flatnonzero(np.asarray(y_train) == digit)
    candidates = np.asarray(x_train)[positions].reshape(-1, np.size(image)).astype(np.float32)
    distances = np.linalg.norm(candidates - np.asarray(image, np.float32).reshape(1, -1), axis=1)
    return positions[np.argsort(distances, kind="stable")[:count]]


def draw_one_error(image, true, predicted, *, x_train, y_train, probabilities=None):
    """Draw a wrongly classified image, its ten probabilities, and the training images that are most like it.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 1)
    true, predicted : int
        The two classes.
    x_train, y_train : ndarray of shape (m, height, width) or (m, height, width, 1), and of shape (m,)
        Images like `image`, with their labels.
    probabilities : array-like of shape (10,), optional
        Drawn as bars, the true class darker. Without them there are no bars.

    Returns
    -------
    matplotlib.figure.Figure
        Nearest is meant as in :func:`nearest_of_class`.

    Examples
    --------
    >>> fig = draw_one_error(x_test[8], 5, 6, x_train=x_train, y_train=y_train)  # doctest: +SKIP
    """
    fig = plt.figure(figsize=(11, 3.2), dpi=DPI, layout="constrained")
    left, middle, right = fig.subfigures(1, 3, width_ratios=(2.2, 3, 5))
    _show(left.subplots(), image, f"true {true}, predicted {predicted}")
    if probabilities is not None:
        probability_bars(probabilities, true, middle.subplots())
    rows = right.subplots(2, NEIGHBOURS, squeeze=False)
    for row, digit in zip(rows, (true, predicted), strict=True):
        nearest = nearest_of_class(image, x_train, y_train, digit, count=NEIGHBOURS)
        for ax in row:
            ax.set_axis_off()
        for ax, position in zip(row, nearest, strict=False):
            _show(ax, x_train[position], f"nearest {digit}" if ax is row[0] else f"{digit}")
    return fig


def _show(ax, image, title):
    brightest = 255 if np.issubdtype(image.dtype, np.integer) else 1
    ax.imshow(np.squeeze(image), cmap="gray", vmin=0, vmax=brightest, interpolation="nearest")
    ax.set_title(title, fontsize=9)
    ax.set_axis_off()


def explore_errors(x, y_true, models, *, x_train, y_train):
    """Make lists of models, true and predicted digits; below, the errors of the choice and one of them closely.

    Parameters
    ----------
    x, y_true
        As in :func:`draw_errors`.
    models : dict of str to array-like of shape (n, 10) or (n,)
        Name of a model to its probabilities; or to its predicted labels, then there are no bars.
    x_train, y_train
        As in :func:`draw_one_error`.

    Returns
    -------
    ipywidgets.VBox
        Shown by a notebook with a running kernel if it is the last expression of a cell. Its children are the lists
        (model, true digit, predicted digit), a line that counts the errors, the picture of all, a slider that
        chooses one, and the picture of that one (both PNG).

    Raises
    ------
    ValueError
        If there is no model, and as in :func:`errors_of`.

    Examples
    --------
    >>> explore_errors(x_test, y_test, {"mine": probabilities}, x_train=x_train, y_train=y_train)  # doctest: +SKIP
    """
    import ipywidgets

    if not models:
        raise ValueError("There is nothing to choose from: give at least one model with its probabilities.")
    models = {name: np.asarray(values) for name, values in models.items()}
    labels = {name: values.argmax(axis=1) if values.ndim == 2 else values for name, values in models.items()}
    model = ipywidgets.Dropdown(options=list(models), description="model")
    true = ipywidgets.Dropdown(options=range(10), description="true digit")
    predicted = ipywidgets.Dropdown(options=[("any", None), *((str(n), n) for n in range(10))], description="taken for")
    which = ipywidgets.IntSlider(1, 1, 1, description="look at", continuous_update=False)
    count, all_of_them, one_of_them = ipywidgets.Label(), ipywidgets.Image(format="png"), ipywidgets.Image(format="png")

    def choose(_=None):
        errors = errors_of(y_true, labels[model.value], true.value, predicted.value)
        more = f", the first {MOST_SHOWN} are shown" if len(errors) > MOST_SHOWN else ""
        how = "wrong" if predicted.value is None else f"taken for a {predicted.value}"
        count.value = f"{len(errors)} of {np.count_nonzero(np.asarray(y_true) == true.value)} {how}{more}"
        for part in (all_of_them, which, one_of_them):
            part.layout.display = None if len(errors) else "none"
        if len(errors):
            choice = true.value, predicted.value
            all_of_them.value = figure_png(draw_errors(x, y_true, labels[model.value], *choice))
            if which.value == 1:
                look()
            else:
                which.value = 1  # it looks
            which.max = min(len(errors), MOST_SHOWN)

    def look(_=None):
        errors = errors_of(y_true, labels[model.value], true.value, predicted.value)
        position = errors[which.value - 1]
        values = models[model.value]
        figure = draw_one_error(
            x[position],
            true.value,
            labels[model.value][position],
            x_train=x_train,
            y_train=y_train,
            probabilities=values[position] if values.ndim == 2 else None,
        )
        one_of_them.value = figure_png(figure)

    for chooser in (model, true, predicted):
        chooser.observe(choose, names="value")
    which.observe(look, names="value")
    choose()
    return ipywidgets.VBox([ipywidgets.HBox([model, true, predicted]), count, all_of_them, which, one_of_them])


def figure_png(figure):
    """Return a figure as PNG and close it: its widget shows it, not the inline backend."""
    content = io.BytesIO()
    figure.savefig(content, format="png")
    plt.close(figure)
    return content.getvalue()
