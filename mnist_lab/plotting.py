"""Charts, one function a figure. They draw what they are given and compute nothing a result depends on.

A function that takes `ax` draws into it, or into a new figure of a fixed size, and returns the Axes; a function that
draws several Axes returns the Figure. None calls ``show()``, none changes matplotlib's settings.

In a notebook write ``ax = class_histogram(...)`` or ``fig = learning_curves(...)``: the inline backend shows an open
figure once at the end of its cell, and it can still be saved later. A cell that ends with ``fig`` alone would show it
twice. Grids of images are in `mnist_lab.mosaics`.
"""

import contextlib
import io
import warnings
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mnist_lab._drawing import BLACK, BLUE, CYCLE, DIGITS, DPI, ORANGE, VERMILION, axes, percent

__all__ = [
    "class_histogram",
    "comparison",
    "interactive_class_histogram",
    "learning_curves",
    "overfitting_sketch",
]

TRAINING_LINE = {"linestyle": "--", "linewidth": 1.2}
VALIDATION_LINE = {"linestyle": "-", "linewidth": 1.8}


def class_histogram(table, *, ax=None):
    """Draw the number of training and test images of each digit, in digit order.

    Parameters
    ----------
    table : pandas.DataFrame with the index 0 to 9 and the columns "train" and "test"
        Counts.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        With two bar containers, train and test.

    Raises
    ------
    ValueError
        If a column or a digit is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"train": np.bincount(y_train), "test": np.bincount(y_test)})  # doctest: +SKIP
    >>> ax = class_histogram(table)  # doctest: +SKIP
    """
    table = _in_digit_order(table)
    ax = axes(ax, (8, 4))
    positions = np.arange(10)
    for offset, column, color in ((-0.2, "train", BLUE), (0.2, "test", ORANGE)):
        ax.bar(positions + offset, table[column], width=0.4, color=color, label=column)
    ax.set(xticks=positions, xlabel="digit", ylabel="images")
    ax.set_title("Images of each digit", loc="left")
    # Above the bars, not over them: the bars are about equally high, so no corner is free.
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
    return ax


def interactive_class_histogram(table):
    """Make the class histogram as an interactive chart, from the traces of cufflinks.

    cufflinks is no longer maintained: its ``iplot`` fails with plotly 6, and its colours are unreadable under
    NumPy 2 unless numbers are printed in the old way. Its traces are still good; the layout is our own.

    Parameters
    ----------
    table : pandas.DataFrame with the index 0 to 9 and the columns "train" and "test"
        Counts.

    Returns
    -------
    plotly.graph_objects.Figure
        Show it with ``fig.show(renderer="plotly_mimetype")``, which stores the numbers and not the megabytes of
        plotly.js.

    Raises
    ------
    ValueError
        If a column or a digit is missing.

    Examples
    --------
    >>> interactive_class_histogram(table).show(renderer="plotly_mimetype")  # doctest: +SKIP
    """
    table = _in_digit_order(table)
    # Importing cufflinks warns, and prints in some environments; a notebook must store neither.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.printoptions(legacy="1.25"):
        warnings.simplefilter("ignore")
        import cufflinks  # noqa: F401 (adds to_iplot to pandas.DataFrame)
        import plotly.graph_objects as go

        traces = table.to_iplot(kind="bar", colors=[BLUE, ORANGE])
    for trace in traces:
        # Plain lists: arrays would be stored as base64, which older viewers of notebooks do not read.
        trace.update(x=trace["x"].tolist(), y=trace["y"].tolist())
    fig = go.Figure(data=traces)
    fig.update_layout(
        barmode="group",
        template="plotly_white",
        height=420,
        title={"text": "Images of each digit"},
        xaxis={"title": {"text": "digit"}, "dtick": 1},
        yaxis={"title": {"text": "images"}},
        hovermode="x unified",
    )
    return fig


def learning_curves(histories, *, metrics=("loss", "accuracy"), mark_epoch=None, mark_label="epoch {epoch}"):
    """Draw metrics over the epochs: training dashed, validation solid, one colour a model.

    Parameters
    ----------
    histories : dict of str to dict
        Name of a model to its history, as Keras gives it: ``{"loss": [...], "val_loss": [...], ...}``. Validation
        is drawn where there is some.
    metrics : sequence of str, default ("loss", "accuracy")
        One Axes each, side by side.
    mark_epoch : int or dict of str to int, optional
        Epoch, counted from 1, to mark by a vertical line; a dict gives a metric its own.
    mark_label : str, default "epoch {epoch}"
        Text at that line.

    Returns
    -------
    matplotlib.figure.Figure
        With one Axes a metric.

    Raises
    ------
    ValueError
        If there is no history or no metric, a history lacks a metric, or the epoch to mark is out of range.

    Examples
    --------
    >>> history = {"loss": [0.5, 0.2], "val_loss": [0.3, 0.25]}
    >>> fig = learning_curves({"first model": history}, metrics=["loss"], mark_epoch=2)
    """
    if not histories or not metrics:
        raise ValueError("There is nothing to draw: give at least one history and one metric.")
    marks = mark_epoch if isinstance(mark_epoch, Mapping) else dict.fromkeys(metrics, mark_epoch)
    longest = max(len(_curve(history, name, metrics[0])) for name, history in histories.items())
    for epoch in marks.values():
        if epoch is not None and not 1 <= epoch <= longest:
            raise ValueError(f"Epoch {epoch} cannot be marked: epochs count from 1 and the histories end at {longest}.")

    fig, axes = plt.subplots(1, len(metrics), figsize=(11, 4), dpi=DPI, layout="constrained", squeeze=False)
    for ax, metric in zip(axes.flat, metrics, strict=True):
        for index, (name, history) in enumerate(histories.items()):
            curves = (
                ("training", _curve(history, name, metric), TRAINING_LINE),
                ("validation", history.get(f"val_{metric}", ()), VALIDATION_LINE),
            )
            for data, values, line in curves:
                if len(values):
                    epochs = np.arange(1, len(values) + 1)
                    color = CYCLE[index % len(CYCLE)]
                    ax.plot(epochs, values, marker=".", markersize=5, color=color, label=f"{name}, {data}", **line)
        _finish_curves(ax, metric, marks.get(metric), mark_label)
    fig.legend(handles=_curve_legend(histories, metrics), loc="outside right upper", frameon=False)
    return fig


def overfitting_sketch(*, ax=None):
    """Sketch overfitting: the training loss goes on falling while the validation loss rises again. Not data.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        Without numbers at the axes: it shows shapes.

    Examples
    --------
    >>> ax = overfitting_sketch()
    """
    ax = axes(ax, (7, 4))
    epoch = np.linspace(0, 10, 201)
    training = 0.05 + 0.95 * np.exp(-0.55 * epoch)
    validation = training + 0.1 + 0.045 * epoch
    lowest = validation.argmin()
    best = epoch[lowest]
    ax.plot(epoch, training, linestyle="--", color=BLUE, label="training loss")
    ax.plot(epoch, validation, color=VERMILION, linewidth=2, label="validation loss")
    ax.axvspan(best, epoch[-1], color=ORANGE, alpha=0.2, label="overfitting")
    ax.axvline(best, color=BLACK, linewidth=1, linestyle=":")
    ax.plot([best], [validation[lowest]], "o", color=BLACK)
    ax.annotate(
        "best epoch: lowest validation loss",
        (best, validation[lowest]),
        xytext=(best + 0.5, validation[lowest] + 0.32),
        arrowprops={"arrowstyle": "->"},
    )
    ax.set(xlim=(0, 10), ylim=(0, 1.15), xticks=[], yticks=[], xlabel="epochs", ylabel="loss")
    ax.set_title("Overfitting (sketch)")
    ax.legend(loc="upper right")
    return ax


def comparison(values, *, reference=None, ax=None):
    """Draw accuracies of several models over seeds: each seed a dot, the mean with one standard deviation.

    Parameters
    ----------
    values : dict of str to sequence of float
        Name of a model to its accuracies, in [0, 1], one a seed. Drawn from top to bottom.
    reference : float, optional
        An accuracy to draw as a vertical line, such as the one to reach.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        Means, standard deviations (with n - 1; none for a single seed) and numbers of seeds are written beside it.

    Raises
    ------
    ValueError
        If there is no model, a model has no values, or a value is outside [0, 1].

    Examples
    --------
    >>> ax = comparison({"baseline": [0.985, 0.987], "augmented": [0.991, 0.990]}, reference=0.99)
    """
    if not values:
        raise ValueError("There is nothing to compare: give at least one name with its accuracies.")
    for name, accuracies in values.items():
        if len(accuracies) == 0 or not all(0 <= accuracy <= 1 for accuracy in accuracies):
            raise ValueError(f"{name!r} needs at least one accuracy, each in [0, 1]: divide percentages by 100.")
    ax = axes(ax, (9, 4.5))
    for row, (name, accuracies) in enumerate(values.items()):
        count, mean = len(accuracies), np.mean(accuracies)
        spread = np.std(accuracies, ddof=1) if count > 1 else None
        # Each seed a little lower than the one before, all above the mean, so that none hides another.
        heights = row + np.linspace(-0.3, -0.1, count)
        ax.scatter(accuracies, heights, s=30, color=BLUE, alpha=0.6, linewidths=0, label=name)
        ax.errorbar(mean, row + 0.1, xerr=spread, fmt="D", color=BLACK, markersize=5, capsize=4)
        text = percent(mean) if spread is None else f"{percent(mean)} ± {percent(spread)}"
        text = f"{text}  (n = {count})"
        ax.text(1.02, row, text, transform=ax.get_yaxis_transform(), va="center", fontsize=9)
    if reference is not None:
        line = ax.axvline(reference, color=VERMILION, linestyle="--", label=f"reference {percent(reference)}")
        ax.legend(handles=[line], loc="lower right", bbox_to_anchor=(1, 1), frameon=False)
    ax.set_yticks(range(len(values)), labels=list(values))
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    ax.set_xlabel("accuracy (dots: seeds, diamond: mean ± standard deviation)")
    ax.grid(axis="x", alpha=0.3)
    return ax


def _in_digit_order(table):
    missing = {"train", "test"} - set(table.columns)
    if missing or sorted(table.index) != list(DIGITS):
        raise ValueError(
            'The table needs the columns "train" and "test" and one row for each digit from 0 to 9, not the columns '
            f"{list(table.columns)} and the rows {list(table.index)}. Build it with "
            "np.bincount(labels, minlength=10)."
        )
    return table.loc[list(DIGITS), ["train", "test"]]


def _curve(history, name, metric):
    if metric not in history or len(history[metric]) == 0:
        raise ValueError(
            f"The history {name!r} has no values of {metric!r}, only of {sorted(history)}: "
            "name one of these in metrics, or compile the model with that metric."
        )
    return history[metric]


def _finish_curves(ax, metric, epoch, mark_label):
    """Label one Axes of the learning curves and mark an epoch."""
    ax.set(xlabel="epoch", ylabel=metric)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.grid(alpha=0.3)
    if epoch is not None:
        ax.axvline(epoch, color=BLACK, linestyle=":", linewidth=1.2)
        # Above the Axes, where no curve runs.
        text = mark_label.format(epoch=epoch)
        ax.text(epoch, 1.02, text, transform=ax.get_xaxis_transform(), ha="center", va="bottom")


def _curve_legend(histories, metrics):
    """Return legend entries: a colour for each model, then what dashed and solid mean."""
    entries = [
        Line2D([], [], color=CYCLE[index % len(CYCLE)], linewidth=3, label=name) for index, name in enumerate(histories)
    ]
    entries.append(Line2D([], [], color="0.3", label="training", **TRAINING_LINE))
    if any(f"val_{metric}" in history for history in histories.values() for metric in metrics):
        entries.append(Line2D([], [], color="0.3", label="validation", **VALIDATION_LINE))
    return entries
