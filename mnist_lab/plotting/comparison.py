"""Models side by side: accuracy over seeds, error against cost, p-values and discordance of all pairs."""

import itertools

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator, PercentFormatter
from matplotlib.transforms import Bbox
from scipy.cluster.hierarchy import fclusterdata

from mnist_lab.plotting.style import BLACK, BLUE, GREEN, ORANGE, VERMILION, axes, percent
from mnist_lab.significance import detectable_difference, smallest_significant

__all__ = ["accuracy_over_seeds", "cost_scatter", "discordance_scatter", "p_value_heatmap"]

FAMILY_COLORS = {"linear": ORANGE, "dense": GREEN, "convolutional": BLUE, "multi-branch": VERMILION}
_P_LEVELS = (0, 0.001, 0.01, 0.05, 1)
_P_NAMES = ("below 0.001", "below 0.01", "below 0.05", "0.05 and more:\nmay be chance")
_P_COLORS = ("#084594", "#4292C6", "#C6DBEF", "#FDD0A2")


def accuracy_over_seeds(values, *, reference=None, ax=None):
    """Draw accuracies of several models over seeds: each seed a dot, the mean with one standard deviation.

    Parameters
    ----------
    values : dict of str to sequence of float
        Name of a model to its accuracies, in [0, 1], one a seed. Drawn from top to bottom.
    reference : float or dict of str to float, optional
        An accuracy to draw as a vertical line, such as the one to reach; a dict names each line.
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
    >>> ax = accuracy_over_seeds({"baseline": [0.985, 0.987], "augmented": [0.991, 0.990]}, reference=0.99)
    """
    if not values:
        raise ValueError("There is nothing to compare: give at least one name with its accuracies.")
    for name, accuracies in values.items():
        if len(accuracies) == 0 or not all(0 <= accuracy <= 1 for accuracy in accuracies):
            raise ValueError(f"{name!r} needs at least one accuracy, each in [0, 1]: divide percentages by 100.")
    ax = axes(ax, "accuracy_over_seeds")
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
        named = reference if isinstance(reference, dict) else {"reference": reference}
        lines = [
            ax.axvline(value, color=color, linestyle="--", label=f"{name} {percent(value)}")
            for (name, value), color in zip(named.items(), itertools.cycle((VERMILION, GREEN)))
        ]
        ax.legend(handles=lines, loc="lower right", bbox_to_anchor=(1, 1), frameon=False, ncols=len(lines))
    ax.set_yticks(range(len(values)), labels=list(values))
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    ax.set_xlabel("accuracy (dots: seeds, diamond: mean ± standard deviation)")
    ax.grid(axis="x", alpha=0.3)
    return ax


def cost_scatter(table, cost, *, label, ax=None):
    """Draw the error rate of each model over what it costs, both axes logarithmic, one colour a family.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`mnist_lab.comparison.model_table` gives it. Models without a measurement of the cost are left out.
    cost : {"parameters", "seconds"}
        Column of the cost.
    label : str
        Of the horizontal axis.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        With one collection a family; each point is labelled with its model's name. Points that touch share a label: the
        names stand below each other in the order of the points.

    Examples
    --------
    >>> ax = cost_scatter(model_table(), "parameters", label="parameters")  # doctest: +SKIP
    """
    ax = axes(ax, "cost_scatter")
    table = table.dropna(subset=[cost, "test %"])
    x, y = table[cost].to_numpy(float), 100 - table["test %"].to_numpy()
    for family in table["family"].unique():
        here = (table["family"] == family).to_numpy()
        ax.scatter(x[here], y[here], s=45, color=FAMILY_COLORS[family], label=family, zorder=3)
    ax.set(xscale="log", yscale="log", xlabel=label, ylabel="test error in % (log)")
    ax.margins(0.12)
    ax.yaxis.set_major_formatter("{x:g} %")
    ax.grid(alpha=0.3)
    if len(table):
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    _place_labels(ax, x, y, table.index)
    return ax


def _place_labels(ax, x, y, texts):
    """Write each text beside its point, at the first place where it covers nothing and can't be taken for another's."""
    figure = ax.figure
    figure.draw_without_rendering()  # settles the layout: places are found in pixels
    pixels = ax.transData.transform(np.column_stack([x, y]))
    taken, lines = [Bbox.from_bounds(left - 6, bottom - 6, 12, 12) for left, bottom in pixels], []
    sides = [(1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (0.7, -0.7), (-0.7, 0.7), (-0.7, -0.7)]
    places = [(distance * dx, distance * dy) for distance in (10, 18, 30, 44, 60) for dx, dy in sides]
    align = {-1: ("right", "top"), 0: ("center", "center"), 1: ("left", "bottom")}

    def write(text, point, dx, dy):
        style = {"ha": align[np.sign(dx)][0], "va": align[np.sign(dy)][1], "fontsize": 9, "linespacing": 1.0}
        note = ax.annotate(text, point, xytext=(dx, dy), textcoords="offset points", **style)
        return note, note.get_window_extent().padded(1)

    for group in _touching(pixels):
        centre = pixels[group].mean(axis=0)
        point = ax.transData.inverted().transform(centre)
        text = "\n".join(texts[index] for index in sorted(group, key=lambda index: -pixels[index][1]))
        foreign = [box for index, box in enumerate(taken) if index not in group]
        for dx, dy in places:
            note, box = write(text, point, dx, dy)
            line = Path([centre, centre + np.array([dx, dy]) * figure.dpi / 72])
            far = max(abs(dx), abs(dy)) > 12  # needs a line to its point
            if far:
                clear = not any(line.intersects_bbox(other) for other in foreign)
            else:
                gaps = np.hypot(*(pixels - np.clip(pixels, box.min, box.max)).T)
                clear = np.delete(gaps, group).min(initial=np.inf) > 1.5 * gaps[group].min()
            inside = all(ax.bbox.contains(*corner) for corner in (box.min, box.max))
            covers = box.count_overlaps(taken) or any(other.intersects_bbox(box) for other in lines)
            if clear and inside and not covers:
                break
            note.remove()
        else:
            far, (_, box) = False, write(text, point, *places[0])
        taken.append(box)
        if far:
            lines.append(line)
            style = {"arrowstyle": "-", "color": "0.5", "linewidth": 0.7, "shrinkA": 0, "shrinkB": 4}
            ax.annotate("", point, xytext=(dx, dy), textcoords="offset points", arrowprops=style)


def _touching(pixels, distance=13):
    """Group the indices of points that are closer than a distance, or linked by others that are."""
    if len(pixels) < 2:
        return [list(range(len(pixels)))][: len(pixels)]
    labels = fclusterdata(pixels, distance, criterion="distance", method="single")
    return [np.flatnonzero(labels == label).tolist() for label in dict.fromkeys(labels)]


def p_value_heatmap(pairs, *, ax=None):
    """Draw the p-values of all pairs of models: as they are below the diagonal, Holm's above it.

    Parameters
    ----------
    pairs : pandas.DataFrame
        As :func:`mnist_lab.significance.pairwise` gives it; rows and columns of the figure are in its order of models.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        p-values of 0.001 and more are written into their squares.

    Examples
    --------
    >>> ax = p_value_heatmap(pairwise(y_test, predictions))  # doctest: +SKIP
    """
    ax = axes(ax, "p_value_heatmap")
    names = list(dict.fromkeys([*pairs["a"], *pairs["b"]]))
    matrix = np.full((len(names), len(names)), np.nan)
    for pair in pairs.itertuples():
        first, second = sorted((names.index(pair.a), names.index(pair.b)))
        matrix[second, first], matrix[first, second] = pair.p, pair.p_holm
    image = ax.imshow(matrix, cmap=ListedColormap(_P_COLORS), norm=BoundaryNorm(_P_LEVELS, len(_P_COLORS)))
    for (row, column), p in np.ndenumerate(matrix):
        if p >= 0.001:
            text, color = f"{p:.2f}" if p >= 0.1 else f"{p:.3f}", "white" if p < 0.01 else BLACK
            ax.text(column, row, text, ha="center", va="center", fontsize=7, color=color)
    ax.set_xticks(range(len(names)), labels=names, rotation=90)
    ax.set_yticks(range(len(names)), labels=names)
    ax.set_title("p-value of each pair: single (lower left), adjusted by Holm (upper right)", loc="left")
    bar = ax.figure.colorbar(image, ax=ax, spacing="uniform", shrink=0.5)
    bar.set_ticks([(low + high) / 2 for low, high in itertools.pairwise(_P_LEVELS)], labels=_P_NAMES)
    return ax


def discordance_scatter(pairs, *, ax=None):
    """Draw for each pair of models the difference over the discordant images, with what is significant.

    Parameters
    ----------
    pairs : pandas.DataFrame
        As :func:`mnist_lab.significance.pairwise` gives it.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        Its lines are ``smallest_significant`` and ``detectable_difference`` of :mod:`mnist_lab.significance`.

    Examples
    --------
    >>> ax = discordance_scatter(pairwise(y_test, predictions))  # doctest: +SKIP
    """
    ax = axes(ax, "discordance_scatter")
    low = (pairs["p"] < _P_LEVELS[-2]).to_numpy()
    for here, color, text in ((low, BLUE, "p below 0.05"), (~low, ORANGE, "may be chance")):
        points = pairs[here]
        ax.scatter(points["discordant"], points["difference"].abs(), s=25, color=color, alpha=0.7, label=text)
    most = max(100, pairs["discordant"].max())
    counts = np.unique(np.geomspace(5, most / 2, 80).astype(int)) * 2  # even ones: odd ones would make the line jump
    lines = (
        (smallest_significant, "-", "smallest significant"),
        (detectable_difference, "--", "found with 80 % probability"),
    )
    for function, style, text in lines:
        ax.plot(counts, [function(int(count)) for count in counts], linestyle=style, color=BLACK, label=text)
    ax.set(xscale="log", xlabel="discordant images (exactly one model is right)", ylabel="difference in images")
    ax.set_yscale("symlog", linthresh=1)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set_ylim(-0.2, 2 * max(1, pairs["difference"].abs().max()))
    ax.grid(alpha=0.3)
    ax.legend(loc="upper left", frameon=False)
    return ax
