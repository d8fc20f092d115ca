"""Digits that you draw yourself: from the lines of a pen to an image like those of MNIST, and to files."""

import io
import re

import numpy as np
from PIL import Image, ImageDraw

from mnist_lab import files
from mnist_lab._validation import check_labels

__all__ = ["DRAWN", "centre_by_mass", "draw_in_box", "keep_digit", "load_my_digits", "strokes_to_image"]

# Ten digits, drawn quickly. A digit is a list of strokes, a stroke a list of points (x, y); y grows downwards.
DRAWN = {
    0: [[(50, 10), (32, 19), (22, 50), (32, 81), (50, 90), (68, 81), (78, 50), (68, 19), (50, 10)]],
    1: [[(52, 10), (48, 90)]],
    2: [[(25, 30), (35, 14), (55, 10), (72, 22), (70, 40), (50, 62), (25, 88), (80, 88)]],
    3: [[(28, 16), (50, 10), (70, 20), (68, 38), (46, 48), (70, 58), (74, 75), (55, 90), (28, 84)]],
    4: [[(35, 10), (25, 55), (78, 55)], [(65, 30), (65, 90)]],
    5: [[(72, 12), (35, 12), (32, 45), (55, 42), (74, 55), (72, 78), (52, 90), (28, 84)]],
    6: [[(65, 10), (40, 30), (28, 60), (35, 85), (55, 90), (70, 75), (62, 58), (42, 58), (30, 70)]],
    7: [[(22, 14), (78, 14), (55, 50), (45, 90)]],
    8: [[(68, 20), (50, 10), (32, 22), (40, 42), (62, 58), (70, 78), (50, 90), (30, 78), (38, 58), (62, 40), (68, 20)]],
    9: [[(70, 30), (55, 12), (34, 20), (32, 40), (48, 50), (68, 40), (70, 30), (68, 60), (60, 90)]],
}

_BOX, _SIZE = 20, 28  # pixels
_PEN = 2.6  # pixels: the mean pixel of the ten digits above is then that of MNIST, 33
_FINE = 10  # lines are drawn so many times larger, then made smaller, which gives them grey edges


def draw_in_box(strokes):
    """Draw strokes with a pen into a box of 20 x 20 pixels, as large as fits, with their proportions.

    Parameters
    ----------
    strokes : list of list of (x, y)
        In any unit; y grows downwards. A stroke of one point is a dot.

    Returns
    -------
    ndarray of shape (20, 20), dtype uint8
        White lines on black.

    Raises
    ------
    ValueError
        If there is no point, or a coordinate is no finite number.

    Examples
    --------
    >>> box = draw_in_box([[(0, 0), (0, 50)]])
    >>> bool((box.max(axis=1) > 200).all())  # a vertical line fills the height
    True
    """
    strokes = [np.array(stroke, dtype=float).reshape(-1, 2) for stroke in strokes if len(stroke)]
    if not strokes:
        raise ValueError("There is nothing to draw: give at least one stroke with a point.")
    points = np.concatenate(strokes)
    if not np.isfinite(points).all():
        raise ValueError("A coordinate is no finite number: give points as (x, y).")
    low, high = points.min(axis=0), points.max(axis=0)
    scale = _FINE * (_BOX - _PEN) / max(high - low).clip(1e-9)
    middle = _FINE * _BOX / 2
    picture = Image.new("L", (_FINE * _BOX, _FINE * _BOX))
    draw, radius = ImageDraw.Draw(picture), _FINE * _PEN / 2
    for stroke in strokes:
        placed = [tuple(point) for point in middle + scale * (stroke - (low + high) / 2)]
        draw.line(placed, fill=255, width=round(2 * radius))
        for x, y in placed:  # round ends and joints
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture.resize((_BOX, _BOX), Image.Resampling.BOX))


def centre_by_mass(box):
    """Place a box in an empty image, with its centre of mass in the middle.

    Parameters
    ----------
    box : ndarray of shape (20, 20), dtype uint8

    Returns
    -------
    ndarray of shape (28, 28), dtype uint8

    Notes
    -----
    The authors of MNIST did the same: a box of 20 x 20 pixels, then the centre of mass (Y. LeCun, C. Cortes and
    C. J. C. Burges, http://yann.lecun.com/exdb/mnist/).

    Examples
    --------
    >>> from scipy.ndimage import center_of_mass
    >>> [round(float(place)) for place in center_of_mass(centre_by_mass(draw_in_box(DRAWN[7])))]
    [14, 14]
    """
    weights = np.maximum(box, 1e-9)  # an empty box lies in the middle
    mass = [np.average(np.arange(_BOX), weights=weights.sum(axis=axis)) for axis in (1, 0)]
    top, left = (int(np.clip(round(_SIZE / 2 - place), 0, _SIZE - _BOX)) for place in mass)
    image = np.zeros((_SIZE, _SIZE), np.uint8)
    image[top : top + _BOX, left : left + _BOX] = box
    return image


def strokes_to_image(strokes):
    """Return strokes as an image like those of MNIST: :func:`draw_in_box`, then :func:`centre_by_mass`."""
    return centre_by_mass(draw_in_box(strokes))


def keep_digit(image, label):
    """Keep an image as a picture in ``results/my_digits``; the file's name begins with the digit.

    Parameters
    ----------
    image : ndarray of shape (28, 28), dtype uint8
    label : int
        The digit that was meant.

    Returns
    -------
    pathlib.Path
        The new file. An older one is never replaced.

    Raises
    ------
    ValueError
        If the label is no digit, or the image is not uint8 of this shape.

    Examples
    --------
    >>> keep_digit(strokes_to_image(DRAWN[7]), 7).name  # doctest: +SKIP
    '7_001.png'
    """
    label = int(check_labels([label], 10)[0])
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.shape != (_SIZE, _SIZE):
        raise ValueError(f"The image is {image.dtype} of shape {image.shape}: give uint8 of shape (28, 28).")
    content = io.BytesIO()
    Image.fromarray(image).save(content, format="PNG")
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = folder / f"{label}_{number:03d}.png"
        try:
            with path.open("xb") as file:
                file.write(content.getvalue())
            return path
        except FileExistsError:
            number += 1


def load_my_digits():
    """Load the digits that :func:`keep_digit` kept, as a test set of your own.

    Returns
    -------
    x : ndarray of shape (n, 28, 28), dtype uint8
    y : ndarray of shape (n,), dtype uint8
        Sorted by label.

    Raises
    ------
    FileNotFoundError
        If none was kept.
    ValueError
        If a picture in the folder is not named after a digit, or is no image of 28 x 28 pixels.

    Examples
    --------
    >>> x_mine, y_mine = load_my_digits()  # doctest: +SKIP
    """
    paths = sorted(_folder().glob("*.png"))
    if not paths:
        raise FileNotFoundError(f"No digit was kept in {_folder()}: draw one in notebook 04 and press Keep.")
    images = []
    for path in paths:
        if not re.match(r"[0-9]_", path.name):
            raise ValueError(f"{path.name} in {_folder()} names no digit: call it 7_001.png if it shows a 7.")
        try:
            with Image.open(path) as picture:
                image = np.asarray(picture.convert("L"))
        except OSError as error:
            raise ValueError(f"{path.name} in {_folder()} is no picture ({error}): delete it.") from None
        if image.shape != (_SIZE, _SIZE):
            raise ValueError(f"{path.name} in {_folder()} has {image.shape[1]} x {image.shape[0]} pixels, not 28 x 28.")
        images.append(image)
    return np.stack(images), np.array([int(path.name[0]) for path in paths], np.uint8)


def _folder():
    return files.results_folder() / "my_digits"
