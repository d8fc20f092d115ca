"""Is it still this figure? Pictures compared by their blocks of 16 x 16 pixels.

Where numbers moved within their tolerance, curves, bars and digits are elsewhere; the frame, the texts and most of
the ink are not. Measured with 1 minus the correlation of the blocks (``unlikeness``) on 39 redrawn figures:
each number moved at random in its tolerance, or all by the whole tolerance; mosaics with half or all of their digits
exchanged; two releases of matplotlib (3.10 with FreeType 2.6, 3.11 with FreeType 2.14):

=================================================  ==================  =========================
pair                                               unlikeness          decides
=================================================  ==================  =========================
equal numbers, two releases                        at most 0.06        limit 0.15
equal numbers, two releases: the strongest block   0.13                limit 0.30
numbers moved, digits exchanged                    at most 0.57        limit 0.75
the same, map of t-SNE (points not compared)       0.67 to 0.89        limit 0.95
blank or black; inverted                           1; 2                both limits
nearest mirrored or other figure / own figure      at least 0.51       limit 0.40; a copy has 0
contrast of a quarter / that of the reference      at least 0.16       limit 0.08; a blank one 0
=================================================  ==================  =========================

So a picture is judged twice: it must not be too unlike its own figure, and not much more like another one (another
figure of its size in the reference, or itself mirrored or turned). The second finds what the first can't: two digit
mosaics differ by 0.2, as honest runs do.
"""

import numpy as np
from PIL import Image

__all__ = ["blocks", "more_like", "no_longer", "strongest_block", "unlikeness"]

BLOCK = 16  # pixels
MOST_UNLIKE, MOST_UNLIKE_FREE, MOST_UNLIKE_REDRAWN = 0.75, 0.95, 0.15
STRONGEST_REDRAWN = 0.30
MUCH_MORE_LIKE = 0.40
LEAST_CONTRAST = 0.08
_CLEARLY_OTHER = 0.005  # unlikeness; nearer than this to its own figure, nothing else is looked for
_FLAT = 1.0  # standard deviation on the scale to 255 below which a picture shows nothing


def blocks(picture):
    """Return the mean colours of the blocks of a picture, on white.

    Parameters
    ----------
    picture : PIL.Image.Image
        Mode RGBA.

    Returns
    -------
    ndarray of shape (rows, columns, 3), dtype float32
        On a scale to 255.

    Examples
    --------
    >>> blocks(Image.new("RGBA", (800, 650), "black")).shape
    (41, 50, 3)
    """
    if picture.getextrema()[3] != (255, 255):
        white = Image.new("RGBA", picture.size, "white")
        white.alpha_composite(picture)
        picture = white
    size = [max(1, round(side / BLOCK)) for side in picture.size]
    return np.asarray(picture.convert("RGB").resize(size, Image.Resampling.BOX), np.float32)


def unlikeness(a, b):
    """Return 1 minus the correlation of two arrays of blocks: 0 for equal ones, 1 for nothing in common.

    One without any contrast has nothing in common with another; two of them differ by their brightness.

    Examples
    --------
    >>> ramp = np.arange(12.0).reshape(2, 2, 3)
    >>> [round(float(unlikeness(ramp, other)), 3) for other in (ramp + 1, np.zeros((2, 2, 3)), -ramp)]
    [0.0, 1.0, 2.0]
    """
    flat = [values.std() < _FLAT for values in (a, b)]
    if all(flat):
        return abs(a.mean() - b.mean()) / 255
    if any(flat):
        return 1.0
    a, b = a - a.mean(), b - b.mean()
    return 1 - (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())


def strongest_block(a, b):
    """Return by how much the colour of a block differs most, as a share of the brightest."""
    return np.abs(a - b).max() / 255


def no_longer(reference, candidate, *, redrawn, free=False):
    """Say why a picture can't be this figure any more.

    Parameters
    ----------
    reference, candidate : ndarray
        Of :func:`blocks`, of equal shape.
    redrawn : bool
        Whether the same numbers were drawn, so that only texts and edges may differ.
    free : bool, default=False
        Whether the picture shows what no tolerance fits, such as the points of a map.

    Returns
    -------
    str
        Empty where it can be this figure.

    Examples
    --------
    >>> ramp = np.arange(12.0).reshape(2, 2, 3) * 20
    >>> no_longer(ramp, ramp + 3, redrawn=True), no_longer(ramp, np.zeros((2, 2, 3)), redrawn=False)
    ('', 'it shows nothing any more')
    """
    if reference.std() >= _FLAT > candidate.std():
        return "it shows nothing any more"
    limit = MOST_UNLIKE_REDRAWN if redrawn else MOST_UNLIKE_FREE if free else MOST_UNLIKE
    distance = unlikeness(reference, candidate)
    if distance > limit:
        return f"no longer this figure ({distance:.2f} unlike it, at most {limit:.2f} expected)"
    if redrawn and (strongest := strongest_block(reference, candidate)) > STRONGEST_REDRAWN:
        return f"a part is another (its colour differs by {strongest:.0%}, at most {STRONGEST_REDRAWN:.0%} expected)"
    for name, ours, theirs in zip(_QUARTERS, _quarters(reference), _quarters(candidate), strict=True):
        if ours.size and theirs.std() < LEAST_CONTRAST * ours.std():
            return f"the {name} quarter shows nothing any more"
    return ""


_QUARTERS = ("upper left", "upper right", "lower left", "lower right")


def _quarters(values):
    rows, columns = values.shape[0] // 2, values.shape[1] // 2
    return [part for half in (values[:rows], values[rows:]) for part in (half[:, :columns], half[:, columns:])]


def more_like(reference, candidate, others):
    """Return the name of a picture that the candidate is much more like than its own figure; empty for none.

    Parameters
    ----------
    reference, candidate : ndarray
        Of :func:`blocks`.
    others : dict of str to ndarray
        Blocks of other figures of this size. The own figure mirrored and turned is looked at too.

    Examples
    --------
    >>> ramp = np.arange(12.0).reshape(2, 2, 3) ** 2
    >>> more_like(ramp, ramp[:, ::-1], {})
    'its own mirror image'
    """
    turned = {
        "its own mirror image": reference[:, ::-1],
        "itself upside down": reference[::-1],
        "itself turned": reference[::-1, ::-1],
    }
    own = unlikeness(reference, candidate)
    if own < _CLEARLY_OTHER:
        return ""
    distances = {name: unlikeness(other, candidate) for name, other in (others | turned).items()}
    nearest = min(distances, key=distances.get)
    # A figure that is its own mirror image, but for its texts, is no nearer to it.
    return nearest if distances[nearest] < MUCH_MORE_LIKE * own else ""
