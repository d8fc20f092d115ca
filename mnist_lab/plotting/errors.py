"""A classifier's errors: confusion matrix, errors of each class, class probabilities."""

import numpy as np
import seaborn as sns
from matplotlib.ticker import MaxNLocator

from mnist_lab.plotting.style import BLACK, BLUE, DIGITS, ORANGE, SKY, axes, percent

__all__ = [
    "confusion_matrix_heatmap",
    "errors_per_class_bars",
    "predicted_against_true",
    "probability_fractions",
    "probability_histogram",
]


def confusion_matrix_heatmap(matrix, *, class_names=None, mask_diagonal=False, cmap="viridis", vmax=None, ax=None):
    """Draw a confusion matrix as it is given: rows are true classes, columns predicted classes.

    Parameters
    ----------
    matrix : array-like of shape (n_classes, n_classes)
        Counts (integers), or a normalised matrix (floating point, written with three decimals).
    class_names : sequence of length n_classes, optional
        Names at the axes; 0, 1, 2, ... by default.
    mask_diagonal : bool, default False
        Leave the diagonal blank, so that the colours spread over the errors alone.
    cmap : str or matplotlib.colors.Colormap, default "viridis"
    vmax : float, optional
        Value at the upper end of the colours, so that several matrices share one scale; the largest value by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the matrix is not square, or the names are not as many as the classes.

    Examples
    --------
    >>> ax = confusion_matrix_heatmap([[50, 1], [3, 46]], class_names=["even", "odd"])
    """
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(f"A confusion matrix is square, this one has the shape {matrix.shape}: one row a true class.")
    names = range(len(matrix)) if class_names is None else class_names
    if len(names) != len(matrix):
        raise ValueError(f"There are {len(names)} class names for {len(matrix)} classes: give one name a class.")
    ax = axes(ax, "confusion_matrix_heatmap")
    counts = np.issubdtype(matrix.dtype, np.integer)
    sns.heatmap(
        matrix,
        mask=np.eye(len(matrix), dtype=bool) if mask_diagonal else None,
        annot=True,
        fmt="d" if counts else ".3f",
        annot_kws={"fontsize": 9 if counts else 8},
        cmap=cmap,
        vmin=0,
        vmax=vmax,
        square=True,
        linewidths=0.5,
        linecolor="white",
        xticklabels=names,
        yticklabels=names,
        cbar_kws={"label": "images" if counts else "fraction", "ticks": MaxNLocator(integer=counts, min_n_ticks=1)},
        ax=ax,
    )
    ax.set(xlabel="predicted class", ylabel="true class")
    ax.tick_params(axis="y", labelrotation=0)
    return ax


def errors_per_class_bars(error_counts, class_sizes, *, ax=None):
    """Draw the number of errors of each digit; each bar says its count and its error rate.

    Parameters
    ----------
    error_counts : array-like of shape (10,)
        Wrongly classified images of each true digit.
    class_sizes : array-like of shape (10,)
        All images of each digit.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there are not ten of each, a digit has no image, or more errors than images.

    Examples
    --------
    >>> ax = errors_per_class_bars([1, 2, 9, 8, 8, 9, 10, 11, 7, 9], np.bincount(y_test))  # doctest: +SKIP
    """
    errors, sizes = np.asarray(error_counts), np.asarray(class_sizes)
    if errors.shape != (10,) or sizes.shape != (10,):
        raise ValueError(
            f"error_counts and class_sizes must hold ten numbers each, not shapes {errors.shape} and {sizes.shape}: "
            "count with np.bincount(labels, minlength=10)."
        )
    if np.any(sizes <= 0) or np.any(errors < 0) or np.any(errors > sizes):
        raise ValueError("Each digit needs at least one image and 0 to all of them wrong: are the arguments swapped?")
    ax = axes(ax, "errors_per_class_bars")
    bars = ax.bar(np.arange(10), errors, color=BLUE)
    labels = [f"{count}\n{percent(count / size)}" for count, size in zip(errors, sizes, strict=True)]
    ax.bar_label(bars, labels=labels, padding=2, fontsize=9)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.margins(y=0.2)  # room for the labels on the highest bar
    ax.set(xticks=np.arange(10), xlabel="true digit", ylabel="errors", title="Errors and error rate of each digit")
    return ax


def predicted_against_true(y_true, y_pred, *, ax=None):
    """Draw the predicted class of the wrong images over their true class, as violins with one dot an image.

    The dots are shifted a little at random, with a fixed seed, so that equal ones do not hide each other.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,), int
        True and predicted digits, 0 to 9, of all images or of the wrong ones alone. Right ones are left out.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        Its last collection holds the dots.

    Raises
    ------
    ValueError
        If the lengths differ, a value is no digit, or nothing is wrong.

    Examples
    --------
    >>> ax = predicted_against_true([5, 5, 7, 1], [3, 3, 2, 1])
    """
    true, predicted = np.asarray(y_true), np.asarray(y_pred)
    if true.ndim != 1 or true.shape != predicted.shape:
        raise ValueError(
            "y_true and y_pred must be equally long lists of digits, not of shapes "
            f"{true.shape} and {predicted.shape}: turn probabilities into digits with .argmax(axis=1)."
        )
    if not np.isin(np.concatenate([true, predicted]), DIGITS).all():
        raise ValueError("y_true and y_pred must hold digits from 0 to 9 only.")
    wrong = true != predicted
    if not wrong.any():
        raise ValueError("No prediction is wrong, so there is no error to draw: leave this figure out.")
    true, predicted = true[wrong].astype(int), predicted[wrong].astype(int)
    ax = axes(ax, "predicted_against_true")
    sns.violinplot(
        x=true,
        y=predicted,
        order=DIGITS,
        color=SKY,
        alpha=0.6,
        inner=None,
        cut=0,
        density_norm="width",
        linewidth=0.8,
        ax=ax,
    )
    shift_x, shift_y = np.random.default_rng(0).uniform(-0.2, 0.2, size=(2, len(true)))
    ax.scatter(true + shift_x, predicted + shift_y, s=14, color=BLACK, alpha=0.7, linewidths=0, zorder=3)
    ax.set(xlim=(-0.6, 9.6), ylim=(-0.6, 9.6), yticks=DIGITS, xlabel="true class", ylabel="predicted class")
    ax.set_title(f"Predicted against true class of {len(true)} errors")
    ax.grid(axis="y", alpha=0.3)
    return ax


def probability_fractions(probabilities, *, bins=10):
    """Return which fraction of the probabilities falls into each of equally wide bins from 0 to 1.

    Parameters
    ----------
    probabilities : array-like of shape (n,)
        In [0, 1].
    bins : int, default 10
        Number of bins.

    Returns
    -------
    ndarray of shape (bins,), dtype float64
        Its sum is 1.

    Raises
    ------
    ValueError
        If there are no probabilities or some lie outside [0, 1].

    Examples
    --------
    >>> probability_fractions([0.0, 0.1, 0.9, 1.0], bins=2)
    array([0.5, 0.5])
    """
    probabilities = np.asarray(probabilities, dtype=float)
    if probabilities.ndim != 1 or probabilities.size == 0:
        raise ValueError(
            f"Probabilities must be a list of at least one number, not of shape {probabilities.shape}: "
            "take one class, as in probabilities[:, 0]."
        )
    # Softmax in float32 may end a rounding error above 1.
    if not (probabilities.min() >= -1e-6 and probabilities.max() <= 1 + 1e-6):
        raise ValueError("Probabilities must lie in [0, 1]: put logits through a softmax first.")
    counts, _ = np.histogram(probabilities.clip(0, 1), bins=bins, range=(0, 1))
    return counts / probabilities.size


def probability_histogram(probability_true_class, probability_others, *, digit, bins=10, log=True, ax=None):
    """Draw how sure a model is that an image shows a digit: images of that digit against all others.

    Parameters
    ----------
    probability_true_class : array-like of shape (n,)
        Probability of the digit, in [0, 1], for images that show it.
    probability_others : array-like of shape (m,)
        Probability of the digit for all other images.
    digit : int
        The digit asked for, named in the figure.
    bins : int, default 10
        Number of equally wide bins from 0 to 1.
    log : bool, default True
        Logarithmic vertical axis, on which the few uncertain images are seen.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        With two bar containers whose heights are those of `probability_fractions`.

    Raises
    ------
    ValueError
        As in `probability_fractions`.

    Examples
    --------
    >>> zero = y_test == 0  # doctest: +SKIP
    >>> ax = probability_histogram(probabilities[zero, 0], probabilities[~zero, 0], digit=0)  # doctest: +SKIP
    """
    groups = (
        (probability_true_class, f"images of a {digit}", BLUE, ""),
        (probability_others, "all other digits", ORANGE, "//"),
    )
    heights = [probability_fractions(probabilities, bins=bins) for probabilities, *_ in groups]
    ax = axes(ax, "probability_histogram")
    width = 0.42 / bins
    centres = (np.arange(bins) + 0.5) / bins
    for side, height, (_, label, color, hatch) in zip((-0.5, 0.5), heights, groups, strict=True):
        ax.bar(centres + side * width, height, width=width, color=color, hatch=hatch, edgecolor="white", label=label)
    if log:
        ax.set_yscale("log")
    ax.set(xlim=(0, 1), xticks=np.linspace(0, 1, 11), xlabel=f"predicted probability of a {digit}")
    ax.set(ylabel="fraction of the images")
    ax.set_title(f"Is it a {digit}?", loc="left")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
    return ax
