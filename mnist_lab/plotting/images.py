"""Grids of images: mosaics without text, made as one array, and small grids with titles.

A mosaic is computed first, as an RGB array, and drawn afterwards pixel for pixel. No resampling, no colour map
and no text is left to matplotlib, so the saved picture holds the same pixels with every release of it.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb

from mnist_lab.plotting.style import BLUE, DPI, MOSAIC_DPI, VERMILION

__all__ = ["draw_mosaic", "mosaic", "prediction_mosaic", "sample_grid", "weight_mosaic"]

# A bluish green and a darker red: a red-green weakness still leaves blue against brown, and light against dark.
RIGHT_COLOR = (0, 158, 115)
WRONG_COLOR = (200, 30, 30)
# The second cue beside the colour: the frame of a wrong one is more than twice as thick.
RIGHT_WIDTH, WRONG_WIDTH = 2, 5
BACKGROUND = 255


def mosaic(images, *, columns, scale=3, gap=1, frame_colors=None, frame_widths=1):
    """Lay images out in rows, as one RGB array.

    Every image becomes a tile; with frames a tile is widened by the widest frame on each side, and a frame lies
    directly around its image. Unused places of the last row and the gaps are white.

    Parameters
    ----------
    images : array-like of shape (n, height, width) or (n, height, width, 1)
        Grey images, uint8, or floating point in [0, 1].
    columns : int
        Images in a row.
    scale : int, default 3
        Each pixel of an image becomes a square of this many pixels.
    gap : int, default 1
        Space between the tiles and around the whole, in pixels of the images (it is scaled too).
    frame_colors : array-like of shape (n, 3), optional
        Red, green and blue, 0 to 255, of the frame of each image. No frames by default.
    frame_widths : int or array-like of shape (n,), default 1
        Width of each frame in pixels of the images. Without effect where there are no frames.

    Returns
    -------
    ndarray of shape (rows * (height + 2 * frame + gap) * scale + gap * scale, ..., 3), dtype uint8

    Raises
    ------
    ValueError
        If the images are no stack of grey images, their values do not fit, a number is no whole number in its
        range, or the frames are not as many as the images.

    Examples
    --------
    >>> mosaic(np.zeros((4, 28, 28), dtype=np.uint8), columns=2, scale=3, gap=1).shape
    (177, 177, 3)
    """
    for name, number, smallest in (("columns", columns, 1), ("scale", scale, 1), ("gap", gap, 0)):
        _check_whole(name, number, smallest)
    grey = _as_grey(images)
    count, height, width = grey.shape
    colors, widths = _check_frames(frame_colors, frame_widths, count)

    border = int(widths.max())
    tile_height, tile_width = height + 2 * border, width + 2 * border
    rows = -(-count // columns)
    shape = (rows * (tile_height + gap) + gap, columns * (tile_width + gap) + gap, 3)
    canvas = np.full(shape, BACKGROUND, dtype=np.uint8)
    for index, image in enumerate(grey):
        row, column = divmod(index, columns)
        top = gap + row * (tile_height + gap) + border
        left = gap + column * (tile_width + gap) + border
        ring = widths[index]
        canvas[top - ring : top + height + ring, left - ring : left + width + ring] = colors[index]
        canvas[top : top + height, left : left + width] = image[:, :, np.newaxis]
    return canvas.repeat(scale, axis=0).repeat(scale, axis=1)


def prediction_mosaic(images, correct, *, columns=14, scale=2):
    """Lay images out framed thin and green where the prediction is right, thick and red where it is wrong.

    Parameters
    ----------
    images : array-like of shape (n, height, width) or (n, height, width, 1)
        Grey images, uint8, or floating point in [0, 1].
    correct : array-like of shape (n,), bool
        True where the prediction is right.
    columns : int, default 14
        Images in a row.
    scale : int, default 2
        Each pixel of an image becomes a square of this many pixels.

    Returns
    -------
    ndarray of shape (height of the mosaic, width of the mosaic, 3), dtype uint8
        Draw it with `draw_mosaic`.

    Raises
    ------
    ValueError
        If `correct` is not of type bool or not as long as `images`, and as in `mosaic`.

    Examples
    --------
    >>> array = prediction_mosaic(x_test[:196], predicted[:196] == y_test[:196])  # doctest: +SKIP
    >>> fig = draw_mosaic(array)  # doctest: +SKIP
    """
    correct = _check_flags("correct", correct, len(images))
    return mosaic(
        images,
        columns=columns,
        scale=scale,
        gap=1,
        frame_colors=np.where(correct[:, np.newaxis], RIGHT_COLOR, WRONG_COLOR),
        frame_widths=np.where(correct, RIGHT_WIDTH, WRONG_WIDTH),
    )


def weight_mosaic(images, *, limit, columns=5, scale=4):
    """Lay weights out as coloured images: orange-red for positive, blue for negative, white for 0.

    Parameters
    ----------
    images : array-like of shape (n, height, width)
        Weights of a linear model, ``model[-1].coef_.reshape(-1, 28, 28)``.
    limit : float
        The weight with the full colour; larger ones look the same. The scale is symmetric, so 0 is white.
    columns, scale : int
        As in :func:`mosaic`.

    Returns
    -------
    ndarray of shape (height of the mosaic, width of the mosaic, 3), dtype uint8
        Draw it with :func:`draw_mosaic`.

    Raises
    ------
    ValueError
        If the limit is not positive, and as in :func:`mosaic`.

    Examples
    --------
    >>> fig = draw_mosaic(weight_mosaic(images, limit=1))  # doctest: +SKIP
    """
    if not limit > 0:
        raise ValueError(f"limit must be positive, not {limit}: give the largest weight to tell apart.")
    strength = np.clip(np.asarray(images, dtype=float) / limit, -1, 1)
    channels = []
    for positive, negative in zip(to_rgb(VERMILION), to_rgb(BLUE), strict=True):
        color = np.where(strength > 0, positive, negative)
        # From white, 1, towards the colour; each channel is a grey image to the mosaic.
        channel = 1 - np.abs(strength) * (1 - color)
        channels.append(mosaic(channel, columns=columns, scale=scale, gap=2)[:, :, 0])
    return np.stack(channels, axis=2)


def draw_mosaic(array):
    """Draw an RGB array so that one value is one pixel of the figure.

    Parameters
    ----------
    array : ndarray of shape (height, width, 3), dtype uint8
        What `mosaic` or `prediction_mosaic` made.

    Returns
    -------
    matplotlib.figure.Figure
        As large as the array; its axes fill it. ``fig.savefig("name.png")`` holds exactly the array.

    Raises
    ------
    ValueError
        If the array is no RGB image of bytes.

    Examples
    --------
    >>> fig = draw_mosaic(mosaic(x_train[:100], columns=10))  # doctest: +SKIP
    """
    array = np.asarray(array)
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8 or array.size == 0:
        raise ValueError(
            f"draw_mosaic needs a uint8 array of shape (height, width, 3), not {array.dtype} of shape {array.shape}. "
            "Make it with mosaic(...) or prediction_mosaic(...)."
        )
    height, width = array.shape[:2]
    fig = plt.figure(figsize=(width / MOSAIC_DPI, height / MOSAIC_DPI), dpi=MOSAIC_DPI, layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.imshow(array, interpolation="nearest", aspect="auto")
    return fig


def sample_grid(images, titles, *, columns, wrong=None):
    """Draw images in a grid, each under its title.

    Parameters
    ----------
    images : array-like of shape (n, height, width) or (n, height, width, 1)
        Grey images, uint8, or floating point in [0, 1].
    titles : sequence of length n
        One title an image: a label, or a text such as ``"true 5, predicted 3 (87 %)"``.
    columns : int
        Images in a row. The size of the figure follows from it and from n.
    wrong : array-like of shape (n,), bool, optional
        True for images that get a thick red frame and a red title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the images are no stack of grey images, or titles or `wrong` are not as many as the images.

    Examples
    --------
    >>> fig = sample_grid(x_train[:16], y_train[:16], columns=4)  # doctest: +SKIP
    """
    _check_whole("columns", columns, 1)
    grey = _as_grey(images)
    if len(titles) != len(grey):
        raise ValueError(f"There are {len(titles)} titles for {len(grey)} images: give one title an image.")
    wrong = np.zeros(len(grey), dtype=bool) if wrong is None else _check_flags("wrong", wrong, len(grey))

    rows = -(-len(grey) // columns)
    cell = min(2.0, 11 / columns)  # inches: room for a title with a percentage, the whole no wider than a page
    fig, axes = plt.subplots(
        rows,
        columns,
        figsize=(columns * cell, rows * (cell + 0.25)),
        dpi=DPI,
        layout="constrained",
        squeeze=False,
    )
    fig.get_layout_engine().set(w_pad=0.07, h_pad=0.05)  # inches: keeps titles of neighbours apart
    red = tuple(value / 255 for value in WRONG_COLOR)
    for index, ax in enumerate(axes.flat):
        if index >= len(grey):
            ax.set_axis_off()
            continue
        ax.imshow(grey[index], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        ax.set(xticks=[], yticks=[])
        ax.set_title(str(titles[index]), fontsize=8.5)
        if wrong[index]:
            ax.title.set_color(red)
            for spine in ax.spines.values():
                spine.set(color=red, linewidth=4)
    return fig


def _as_grey(images):
    """Return images as a uint8 array of shape (n, height, width)."""
    images = np.asarray(images)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[:, :, :, 0]
    if images.ndim != 3 or images.size == 0:
        raise ValueError(
            f"Images must have the shape (n, height, width) or (n, height, width, 1) with n of at least 1, "
            f"not {images.shape}. Wrap a single image: images[np.newaxis]."
        )
    if images.dtype == np.uint8:
        return images
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(f"Images must be uint8, or floating point in [0, 1], not {images.dtype}: convert them.")
    if not (images.min() >= 0 and images.max() <= 1):  # written so that NaN is refused too
        raise ValueError(
            f"Floating-point images must lie in [0, 1], but these range from {images.min():.4g} to {images.max():.4g}. "
            "Pass the images from before standardisation."
        )
    return np.round(images * 255).astype(np.uint8)


def _check_whole(name, number, smallest):
    if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < smallest:
        raise ValueError(f"{name} must be a whole number of at least {smallest}, not {number!r}.")


def _check_flags(name, flags, count):
    flags = np.asarray(flags)
    if flags.dtype != bool or flags.shape != (count,):
        raise ValueError(
            f"{name} must be {count} values of type bool, one an image, not {flags.dtype} of shape {flags.shape}: "
            "compare the labels, as in predicted == y_test."
        )
    return flags


def _check_frames(frame_colors, frame_widths, count):
    """Return colours of shape (count, 3) and widths of shape (count,); widths of 0 where there are no frames."""
    if frame_colors is None:
        return np.zeros((count, 3), dtype=np.uint8), np.zeros(count, dtype=int)
    colors = np.asarray(frame_colors)
    if colors.shape != (count, 3) or colors.min() < 0 or colors.max() > 255:
        raise ValueError(
            f"frame_colors must have the shape ({count}, 3), one colour an image, with values from 0 to 255, "
            f"not the shape {colors.shape}."
        )
    widths = np.asarray(frame_widths)
    if widths.shape not in ((), (count,)) or not np.issubdtype(widths.dtype, np.integer) or widths.min() < 0:
        raise ValueError(f"frame_widths must be one whole number of at least 0, or {count} of them, one an image.")
    return colors, np.broadcast_to(widths, count)
