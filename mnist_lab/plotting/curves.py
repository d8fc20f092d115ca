"""Curves over the epochs of a training."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mnist_lab.plotting.style import BLACK, CYCLE, DPI, FIGURE_SIZES

__all__ = ["learning_curves"]

TRAINING_LINE = {"linestyle": "--", "linewidth": 1.2}
VALIDATION_LINE = {"linestyle": "-", "linewidth": 1.8}


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

    fig, axes = plt.subplots(
        1, len(metrics), figsize=FIGURE_SIZES["learning_curves"], dpi=DPI, layout="constrained", squeeze=False
    )
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
