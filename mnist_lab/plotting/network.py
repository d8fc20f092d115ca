"""Figures of what a network makes of images: feature maps, and a map of hidden features."""

import numpy as np

from mnist_lab._validation import check_labels
from mnist_lab.plotting.images import draw_mosaic, mosaic
from mnist_lab.plotting.style import TEN_COLORS, axes

__all__ = ["draw_feature_maps", "embedding_scatter"]

COLUMNS, SCALE = 16, 2  # maps in a row; pixels of the figure for one of the largest maps
BAND = 24  # pixels above the maps of each layer, for its name


def draw_feature_maps(maps):
    """Draw the feature maps of several layers as tiles of equal size, sixteen a row, under the names of the layers.

    Brightness is scaled *per layer*: black is the smallest value among all maps of a layer, white what only one value
    in a hundred exceeds (the largest of all would leave the rest nearly black). So a dark tile is a filter that hardly
    responds to this image.

    Parameters
    ----------
    maps : dict of str to array of shape (height, width, n)
        As :func:`mnist_lab.network.feature_maps` gives them. Smaller maps are enlarged to the size of the largest,
        pixel by pixel, as far as a whole number of times allows.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = draw_feature_maps(feature_maps(model, x_val[0]))  # doctest: +SKIP
    """
    side = max(len(layer) for layer in maps.values())
    blocks = [mosaic(_tiles(layer, side), columns=COLUMNS, scale=SCALE) for layer in maps.values()]
    widest = max(block.shape[1] for block in blocks)
    blocks = [np.pad(b, ((BAND, 0), (0, widest - b.shape[1]), (0, 0)), constant_values=255) for b in blocks]
    array = np.concatenate(blocks)
    fig = draw_mosaic(array)
    top = 0
    for (name, layer), block in zip(maps.items(), blocks, strict=True):
        height, width, count = layer.shape
        text = f"{name}: {count} map{'s' if count > 1 else ''} of {height} x {width}"
        fig.text(0.003, 1 - (top + BAND * 0.55) / len(array), text, fontsize=8, va="center")
        top += len(block)
    return fig


def _tiles(layer, side):
    """Return maps of shape (height, width, n) as n images in [0, 1] of about that side, all on one scale."""
    tiles = np.moveaxis(layer, -1, 0).repeat(side // len(layer), axis=1).repeat(side // len(layer), axis=2)
    low, high = tiles.min(), np.quantile(tiles, 0.99)
    return np.clip((tiles - low) / (high - low), 0, 1) if high > low else np.zeros_like(tiles)


def embedding_scatter(points, labels, *, ax=None):
    """Draw points of a map as small digits in ten colours, with each digit written large at its centre.

    Parameters
    ----------
    points : array of shape (n, 2)
    labels : array of shape (n,), digits 0 to 9
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        With one collection and one text for each digit that occurs; the text stands at the median of its points.

    Raises
    ------
    ValueError
        If the points are not two-dimensional or the labels are not as many.

    Examples
    --------
    >>> ax = embedding_scatter(points, y_val[:1000])  # doctest: +SKIP
    """
    points, labels = np.asarray(points), check_labels(labels, 10)
    if points.shape != (len(labels), 2):
        raise ValueError(f"{len(labels)} labels need points of shape ({len(labels)}, 2), not {points.shape}.")
    ax = axes(ax, "embedding_scatter")
    for digit in np.unique(labels):
        own = points[labels == digit]
        ax.scatter(*own.T, s=22, marker=f"${digit}$", color=TEN_COLORS[digit], linewidths=0.2)
    for digit in np.unique(labels):  # in front of all points
        frame = {"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": TEN_COLORS[digit], "alpha": 0.9}
        centre = np.median(points[labels == digit], axis=0)
        ax.text(*centre, str(digit), color=TEN_COLORS[digit], fontsize=15, ha="center", va="center", bbox=frame)
    ax.set(xticks=[], yticks=[])
    return ax
