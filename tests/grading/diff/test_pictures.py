import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from mnist_lab.grading.diff.pictures import (
    MAX_PIXELS,
    difference_picture,
    differing_pixels,
    read_picture,
)

VERMILION, BLACK = (213, 94, 0, 255), (0, 0, 0, 255)


def png(picture):
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def header(width, height):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def flipped(content, position):
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def colours(picture):
    return {colour: count for count, colour in picture.getcolors(picture.width * picture.height)}


NOISE = np.random.default_rng(0).integers(0, 256, (40, 60, 4), dtype=np.uint8)
WHOLE = png(Image.fromarray(NOISE))


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a picture from bytes."""

    def read_bytes(content):
        (tmp_path / "curves.png").write_bytes(content)
        return read_picture(tmp_path / "curves.png")

    return read_bytes


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_becomes_rgba_with_the_same_pixels(read, mode):
    picture = Image.fromarray(NOISE).convert(mode)
    found = read(png(picture))
    assert found.mode == "RGBA"
    assert np.array_equal(np.asarray(found), np.asarray(picture.convert("RGBA")))


def test_sixteen_bits_keep_their_upper_half(read):
    found = read(png(Image.fromarray(np.array([[0, 256, 32768, 65535]], np.uint16))))
    assert np.asarray(found)[0, :, 0].tolist() == [0, 1, 128, 255]


BROKEN = {
    "text": (b"accuracy 0.98\n", "not a PNG"),
    "nothing": (b"", "not a PNG"),
    "signature": (WHOLE[:8], "a part is missing"),
    "cut in the header": (WHOLE[:20], "a part is missing"),
    "JPEG": (b"\xff\xd8\xff\xe0" + bytes(100), "not a PNG"),
    "half": (WHOLE[: len(WHOLE) // 2], "Truncated"),
    "without its last bytes": (WHOLE[:-3], "the end is missing"),
    "without its end": (WHOLE[:-12], "a part is missing"),
    "wrong checksum of the header": (flipped(WHOLE, 29), "IHDR"),
    "wrong checksum of the pixels": (flipped(WHOLE, len(WHOLE) - 13), "IDAT"),
    "one bit of the pixels": (flipped(WHOLE, len(WHOLE) // 2), "IDAT"),
    "no pixels": (header(4, 4) + chunk(b"IEND", b""), "a part is missing"),
    "no width": (header(0, 5) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""), ""),
}


@pytest.mark.parametrize(("content", "cause"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_gives_one_line_with_name_cause_and_cure(read, content, cause):
    with pytest.raises(ValueError, match="is no whole PNG picture") as caught:
        read(content)
    text = str(caught.value)
    assert text.startswith("curves.png ")
    assert cause in text
    assert "copy it again" in text
    assert "\n" not in text


@pytest.mark.parametrize("ending", [b"", chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")])
def test_a_claim_of_a_billion_pixels_is_refused_before_decoding(read, ending):
    with pytest.raises(
        ValueError, match=r"^curves\.png claims 100,000 x 100,000 pixels, .*: store the picture smaller$"
    ):
        read(header(100_000, 100_000) + ending)


def test_the_last_claim_of_two_counts(read):
    with pytest.raises(ValueError, match="claims 100,000 x 100,000"):
        read(header(4, 4) + header(100_000, 100_000)[8:] + chunk(b"IDAT", b"") + chunk(b"IEND", b""))


def test_a_large_picture_is_read_up_to_the_limit(read, monkeypatch):
    monkeypatch.setattr("mnist_lab.grading.diff.pictures.MAX_PIXELS", 2400)
    assert read(WHOLE).size == (60, 40)
    monkeypatch.setattr("mnist_lab.grading.diff.pictures.MAX_PIXELS", 2399)
    with pytest.raises(ValueError, match="60 x 40"):
        read(WHOLE)


def test_a_missing_file_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_picture(tmp_path / "curves.png")


def test_an_animation_is_refused_and_a_broken_one_is_a_picture(read, recwarn):
    stream = io.BytesIO()
    first, second = (Image.new("RGBA", (3, 2), name) for name in ("red", "blue"))
    first.save(stream, "PNG", save_all=True, append_images=[second])
    with pytest.raises(ValueError, match="it is an animation"):
        read(stream.getvalue())
    broken = header(1, 1) + chunk(b"acTL", bytes(8)) + chunk(b"IDAT", zlib.compress(bytes(4))) + chunk(b"IEND", b"")
    assert read(broken).getpixel((0, 0)) == BLACK
    assert not recwarn.list


def test_equal_pictures_do_not_differ():
    picture = Image.fromarray(NOISE)
    assert differing_pixels(picture, picture.copy()) == 0
    assert not {VERMILION, BLACK} & colours(difference_picture(picture, picture)).keys()


@pytest.mark.parametrize("channel", range(4))
def test_the_smallest_difference_of_any_channel_counts(channel):
    other = NOISE.copy()
    other[7, 30, channel] ^= 1
    assert differing_pixels(Image.fromarray(NOISE), Image.fromarray(other)) == 1


def test_a_difference_is_vermilion_outlined_in_black_on_light_grey():
    a = Image.new("RGBA", (20, 10), "black")
    b = a.copy()
    b.putpixel((5, 4), (255, 255, 255, 255))
    b.putpixel((19, 9), (255, 255, 255, 255))
    found = np.asarray(difference_picture(a, b))
    expected = np.full((10, 20, 4), (190, 190, 190, 255))
    expected[3:6, 4:7] = BLACK
    expected[8:10, 18:20] = BLACK
    expected[4, 5] = expected[9, 19] = VERMILION
    assert np.array_equal(found, expected)


def test_a_single_pixel_of_a_large_picture_gets_a_wide_outline():
    a = Image.new("RGBA", (600, 300), "white")
    b = a.copy()
    b.putpixel((300, 150), (255, 255, 255, 254))
    found = np.asarray(difference_picture(a, b))
    assert tuple(found[150, 300]) == VERMILION
    assert (found == BLACK).all(axis=2).sum() == 9 * 9 - 1
    assert (found[146:155, 296:305, 3] == 255).all()


def test_many_pixels_of_a_large_picture_get_a_thin_outline():
    a = Image.new("RGBA", (600, 300), "white")
    b = a.copy()
    b.paste("red", (100, 100, 200, 200))
    assert colours(difference_picture(a, b))[BLACK] == 102**2 - 100**2


def test_transparent_parts_of_the_reference_are_white():
    assert difference_picture(*[Image.new("RGBA", (1, 1))] * 2).getpixel((0, 0)) == (255, 255, 255, 255)


@pytest.mark.parametrize(("sizes", "count"), [(((4, 3), (6, 3)), 6), (((4, 5), (4, 3)), 8), (((4, 3), (2, 5)), 14)])
def test_what_only_one_picture_covers_counts_as_different(sizes, count):
    a, b = (Image.new("RGBA", size, "white") for size in sizes)
    picture = difference_picture(a, b)
    assert differing_pixels(a, b) == count
    assert picture.size == (max(sizes[0][0], sizes[1][0]), max(sizes[0][1], sizes[1][1]))
    assert colours(picture)[VERMILION] == count


def test_shapes_too_different_to_draw_are_counted_but_refused():
    a, b = Image.new("RGBA", (200_000, 1)), Image.new("RGBA", (1, 200_000))
    assert differing_pixels(a, b) == 200_000**2 - 1
    with pytest.raises(ValueError, match="200,000 x 200,000 pixels, more than 50,000,000: draw"):
        difference_picture(a, b)


def test_every_mark_is_seen_without_colour():
    def luminance(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in colour[:3])]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    black = Image.new("RGBA", (1, 1), "black")
    darkest = luminance(difference_picture(black, black).getpixel((0, 0)))
    assert (darkest + 0.05) / (luminance(BLACK) + 0.05) > 7
    assert (darkest + 0.05) / (luminance(VERMILION) + 0.05) > 2


def test_nothing_heavy_is_imported():
    code = (
        "import sys, mnist_lab.grading.diff.pictures; print({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_the_limit_is_what_the_documentation_says():
    assert f"{MAX_PIXELS // 10**6} million" in read_picture.__doc__
