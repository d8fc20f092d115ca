"""Read PNG pictures that someone else made, and show where two of them differ.

What a header claims is checked before anything is decoded: a file of a few bytes can claim a billion pixels.
"""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, PngImagePlugin

from mnist_lab.grading.reading import read_bytes

__all__ = ["MAX_PIXELS", "difference_picture", "differing_pixels", "read_picture"]

MAX_PIXELS = 50_000_000  # decoded, 200 MB

# Against a reference of at least _FADED_BLACK, on a scale to 255, both are seen as darker by everybody.
_MARK = (213, 94, 0)  # vermilion #D55E00 of Okabe and Ito (2008), "Color Universal Design"
_OUTLINE = (0, 0, 0)
_FADED_BLACK = 190

# what Pillow runs into where bytes are missing
_MISSING = (struct.error, IndexError, TypeError, EOFError)


def read_picture(path, inside=None):
    """Read a PNG picture completely, with the checksums of its parts.

    Of 16 bits a channel the upper 8 are kept. An animation is refused: its other pictures would not be judged.

    Parameters
    ----------
    path : path-like
    inside : path-like, optional
        A folder out of which a link must not lead.

    Returns
    -------
    PIL.Image.Image
        Mode RGBA.

    Raises
    ------
    ValueError
        If the file is no whole PNG picture, an animation, or claims more than 50 million pixels; one line with the
        name of the file (without its folder), the cause and the cure.
    OSError
        If the file can't be opened.

    Examples
    --------
    >>> read_picture("results/reference/01_class_histogram/samples.png").size  # doctest: +SKIP
    (800, 900)
    """
    path = Path(path)
    content = read_bytes(path, inside)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a broken animation, say: the first picture is there
        try:
            return _decode(io.BytesIO(content))
        except _TooLargeError as error:
            problem = f"claims {error} pixels, more than the {MAX_PIXELS:,} that are read: store the picture smaller"
        except Exception as error:  # Pillow raises many kinds for a broken file: SyntaxError, OSError, struct.error
            problem = f"is no whole PNG picture ({_cause(error)}): draw it again with its notebook, or copy it again"
    raise ValueError(f"{path.name} {problem}")


class _TooLargeError(Exception):
    pass


def _cause(error):
    if isinstance(error, _MISSING) or isinstance(error.__cause__, _MISSING):
        return "a part is missing"
    return " ".join(str(error).split()) or type(error).__name__


def _decode(file):
    start = file.read(24)
    if start[12:16] == b"IHDR":  # looked at first: a claim is refused even where the rest of the file is missing
        _check_size(*struct.unpack(">II", start[16:]))
    file.seek(0)
    picture = PngImagePlugin.PngImageFile(file)  # reads all before the pixels, without Image.open's own limit
    _check_size(*picture.size)  # a second header is the one that counts
    picture.verify()  # the checksums of the pixels, which load() skips
    if file.read(4) != zlib.crc32(b"IEND").to_bytes(4, "big"):
        raise ValueError("the end is missing")
    file.seek(0)
    picture = PngImagePlugin.PngImageFile(file)
    if picture.is_animated or picture.default_image:
        raise ValueError("it is an animation")
    picture.load()
    if picture.mode.startswith("I"):  # convert() would turn all above 255 of 16 bits into white
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    return picture.convert("RGBA")


def _check_size(width, height):
    if width * height > MAX_PIXELS:
        raise _TooLargeError(f"{width:,} x {height:,}")


def differing_pixels(a, b):
    """Count the pixels in which two pictures differ, however little.

    Parameters
    ----------
    a, b : PIL.Image.Image
        Mode RGBA. Where one is wider or higher than the other, its surplus counts as different, and so does
        the corner that neither covers where one is wider and the other higher.

    Returns
    -------
    int

    Examples
    --------
    >>> differing_pixels(Image.new("RGBA", (3, 2)), Image.new("RGBA", (4, 2)))
    2
    """
    width, height = _canvas(a, b)
    overlap = _differing_overlap(a, b)
    return width * height - overlap.size + int(np.count_nonzero(overlap))


def difference_picture(a, b):
    """Draw where two pictures differ.

    Parameters
    ----------
    a, b : PIL.Image.Image
        Reference and candidate, mode RGBA, of any sizes.

    Returns
    -------
    PIL.Image.Image
        Mode RGBA, as wide and as high as the larger of both: the reference faded to light grey, differing
        pixels vermilion, the pixels around them black. Where less than one in a thousand differs the black is
        wider, so that a single one is found in a picture that is shown small.

    Raises
    ------
    ValueError
        If the shapes differ so much that the picture would have more than 50 million pixels.

    Examples
    --------
    >>> white, black = (Image.new("RGBA", (5, 1), name) for name in ("white", "black"))
    >>> difference_picture(white, black).getpixel((0, 0))
    (213, 94, 0, 255)
    """
    width, height = _canvas(a, b)
    if width * height > MAX_PIXELS:
        raise ValueError(
            f"the difference would have {width:,} x {height:,} pixels, more than {MAX_PIXELS:,}: "
            "draw both pictures in the same shape"
        )
    differing = np.ones((height, width), bool)
    overlap = _differing_overlap(a, b)
    differing[: overlap.shape[0], : overlap.shape[1]] = overlap
    picture = Image.new("RGBA", (width, height), "white")
    picture.alpha_composite(a)
    grey = np.asarray(picture.convert("L"))
    faded = (_FADED_BLACK + (255 - _FADED_BLACK) / 255 * np.arange(256)).astype(np.uint8)[grey]
    pixels = np.dstack([faded] * 3)
    few = np.count_nonzero(differing) < differing.size / 1000
    pixels[_grown(differing, max(1, max(width, height) // 150) if few else 1)] = _OUTLINE
    pixels[differing] = _MARK
    return Image.fromarray(pixels).convert("RGBA")


def _canvas(a, b):
    return max(a.width, b.width), max(a.height, b.height)


def _differing_overlap(a, b):
    """Return a boolean array of the pixels that both pictures have, True where they differ."""
    box = (0, 0, min(a.width, b.width), min(a.height, b.height))
    a, b = (np.asarray(picture.crop(box)).view(np.uint32)[..., 0] for picture in (a, b))  # a pixel is one number
    return a != b


def _grown(mask, width):
    """Return a mask that is `width` pixels wider to all eight sides."""
    return np.asarray(Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * width + 1))) > 0
