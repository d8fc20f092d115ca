import gzip
import hashlib
import io
import math
import subprocess
import sys
import textwrap
import time
import zipfile
import zlib

import numpy as np
import pytest
from local_server import closed_address, serve, silent_server

from mnist_lab import data
from mnist_lab.sources import DataError, cache_folder, fetch_digits, fetching, sources_used
from mnist_lab.sources import archive as remote_archive
from mnist_lab.sources import emnist as emnist_source

LABELS = "gzip/emnist-digits-train-labels-idx1-ubyte.gz"
IMAGES = "gzip/emnist-digits-train-images-idx3-ubyte.gz"
IN_PARTS = "EMNIST (official archive, read in parts)"
ENLARGED = "scikit-learn load_digits, enlarged"


def made_digits(n):
    """Noise, which does not compress: reading too much shows."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (n, 28, 28), dtype=np.uint8), rng.integers(0, 10, n).astype(np.uint8)


def member_bytes(images, labels):
    """The two members, written independently of the code under test. Pixel (row, column) is stored at (column, row)."""
    stored = np.stack([image.T for image in images])
    headers = bytes.fromhex("00000803"), bytes.fromhex("00000801"), len(images).to_bytes(4, "big")
    sides = (28).to_bytes(4, "big") * 2
    return {
        IMAGES: gzip.compress(headers[0] + headers[2] + sides + stored.tobytes(), 1),
        LABELS: gzip.compress(headers[1] + headers[2] + labels.tobytes()),
    }


def zip_bytes(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("gzip/emnist-balanced-train-images-idx3-ubyte.gz", *members, "gzip/emnist-mapping.txt"):
            archive.writestr(name, members.get(name, b"\x00" * 100_000))
    return buffer.getvalue()


def bytes_in_archive(name, member):
    """Bytes from where a member's entry in the archive begins (30 bytes and its name) to the member's end."""
    return 30 + len(name) + len(member)


def beginning(member, images):
    """The part of the images member that the first images are unpacked from."""
    unpacker = zlib.decompressobj(wbits=31)
    unpacker.decompress(member, 16 + images * 784)
    return member[: len(member) - len(unpacker.unconsumed_tail)]


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def expected(images, labels, counts):
    """The first digits of each class in file order, found the slow way."""
    left, positions = dict(counts), []
    for position, digit in enumerate(labels.tolist()):
        if left.get(digit, 0):
            left[digit] -= 1
            positions.append(position)
    return images[positions], labels[positions]


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """Empty caches, no network."""
    import emnist

    monkeypatch.delenv("MNIST_LAB_DATA", raising=False)
    monkeypatch.setenv("MNIST_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(emnist, "CACHE_FILE_PATH", str(tmp_path / "package" / "emnist.zip"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    monkeypatch.setattr(emnist_source, "EMNIST_URL", closed_address())
    return tmp_path


@pytest.fixture(scope="module")
def archive():
    """Images, labels, members and the bytes of a made archive of 9 MB."""
    images, labels = made_digits(12_000)
    members = member_bytes(images, labels)
    return images, labels, members, zip_bytes(members)


@pytest.fixture
def official(offline, archive, monkeypatch):
    """The made archive passes for the official one."""
    _, _, members, content = archive
    monkeypatch.setattr(emnist_source, "EMNIST_BYTES", len(content))
    monkeypatch.setattr(emnist_source, "LABELS_SHA256", sha256(members[LABELS]))
    monkeypatch.setattr(emnist_source, "IMAGES_SHA256", sha256(members[IMAGES]))
    return archive


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# The official archive in parts


@pytest.mark.parametrize("counts", [{3: 20, 5: 20}, {7: 1}, {0: 0, 9: 300}])
def test_parts_hold_the_first_digits_of_each_class(official, monkeypatch, counts):
    images, labels, _, content = official
    with serve(content) as server:
        monkeypatch.setattr(emnist_source, "EMNIST_URL", server.url)
        x, y, source = fetch_digits(counts, verbose=False)
    wanted = expected(images, labels, counts)
    assert np.array_equal(x, wanted[0])
    assert np.array_equal(y, wanted[1])
    assert (x.dtype, y.dtype, source) == (np.uint8, np.uint8, IN_PARTS)
    assert sources_used()["EMNIST digits"] == IN_PARTS


def test_only_what_is_needed_is_transferred_and_the_bytes_are_printed(official, monkeypatch, capsys):
    _, labels, members, content = official
    with serve(content) as server:
        monkeypatch.setattr(emnist_source, "EMNIST_URL", server.url)
        x, _, _ = fetch_digits({3: 20, 5: 20})
        time.sleep(0.1)  # the server counts after it has sent
        sent = server.sent
    output = capsys.readouterr()
    assert f"{sent:,} of {len(content):,} bytes transferred" in output.out
    assert output.err == ""
    assert len(x) == 40
    # The archive's end with its directory (64 KiB), the labels, and whole pieces of the images: those that hold what is
    # wanted, and one more at most, because gzip reads ahead (128 KiB since Python 3.12, 8 KiB before).
    wanted = 1 + max(np.flatnonzero(labels == digit)[19] for digit in (3, 5))
    needed = bytes_in_archive(IMAGES, beginning(members[IMAGES], int(wanted)))
    pieces = math.ceil(needed / remote_archive.PIECE_BYTES) + 1
    assert sent <= 2**16 + bytes_in_archive(LABELS, members[LABELS]) + pieces * remote_archive.PIECE_BYTES
    assert sent < len(content) / 10
    with capsys.disabled():
        print(f"\n{sent:,} of {len(content):,} bytes transferred for {len(x)} digits")


def test_all_digits_in_small_pieces_are_the_whole_member(official, monkeypatch):
    images, labels, _, content = official
    monkeypatch.setattr(remote_archive, "PIECE_BYTES", 2**20)
    with serve(content) as server:
        monkeypatch.setattr(emnist_source, "EMNIST_URL", server.url)
        x, y, _ = fetch_digits(dict.fromkeys(range(10), 12_000), verbose=False)
        assert len(server.requests) > 8
    assert np.array_equal(x, images)
    assert np.array_equal(y, labels)


def test_parts_are_kept_and_serve_smaller_requests_without_network(official, monkeypatch):
    images, labels, _, content = official
    with serve(content) as server:
        monkeypatch.setattr(emnist_source, "EMNIST_URL", server.url)
        fetch_digits({3: 20, 5: 20}, verbose=False)
        before = len(server.requests)
        x, y, source = fetch_digits({5: 10}, verbose=False)
        assert (source, len(server.requests)) == ("EMNIST (own cache)", before)
        assert np.array_equal(x, expected(images, labels, {5: 10})[0])
        x, y, source = fetch_digits({5: 200}, verbose=False)  # more than is kept: read and kept anew
        assert source == IN_PARTS
        assert fetch_digits({5: 200}, verbose=False)[2] == "EMNIST (own cache)"
    assert y.tolist() == [5] * 200


@pytest.mark.parametrize("kind", ["empty", "truncated", "other labels", "other shape"])
def test_damaged_cache_is_named_and_replaced(official, monkeypatch, capsys, kind):
    images, _, members, content = official

    def kept(images, member):
        buffer = io.BytesIO()
        np.savez(buffer, images=images, labels_member=np.frombuffer(member, np.uint8))
        return buffer.getvalue()

    damaged = {
        "empty": b"",
        "truncated": kept(images[:500], members[LABELS])[:-2000],
        "other labels": kept(images[:500], gzip.compress(b"other")),
        "other shape": kept(images[:500, :20], members[LABELS]),
    }[kind]
    cached = put(cache_folder() / "emnist-digits.npz", damaged)
    with serve(content) as server:
        monkeypatch.setattr(emnist_source, "EMNIST_URL", server.url)
        assert fetch_digits({3: 5})[2] == IN_PARTS
    assert f"EMNIST (own cache) not used: {cached}: " in capsys.readouterr().out
    assert fetch_digits({3: 5}, verbose=False)[2] == "EMNIST (own cache)"


def test_two_processes_at_once_read_the_archive_once(official):
    _, _, members, content = official
    with serve(content, pause=0.05) as server:
        code = f"""
            from mnist_lab.sources import emnist
            emnist.EMNIST_URL = {server.url!r}
            emnist.EMNIST_BYTES = {len(content)}
            emnist.LABELS_SHA256 = {sha256(members[LABELS])!r}
            print(emnist.fetch_digits({{3: 5}}, verbose=False)[2], flush=True)
        """
        command = [sys.executable, "-c", textwrap.dedent(code)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
        processes = [subprocess.Popen(command, **pipes) for _ in range(2)]
        answers = [process.communicate(timeout=50) for process in processes]
        assert len(server.requests) == 3  # directory, labels, one piece of the images
    assert [error for _, error in answers] == ["", ""]
    assert sorted(output.strip() for output, _ in answers) == [IN_PARTS, "EMNIST (own cache)"]


# What can be wrong with the server: each ends in the fallback, with nothing kept


def wrong_header(members):
    header_only = gzip.decompress(members[IMAGES])
    return {**members, IMAGES: gzip.compress(header_only[:4] + b"\x00\x00\x00\x09" + header_only[8:], 1)}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("no ranges", "range requests"),
        ("other size", "bytes instead of"),
        ("no zip", "BadZipFile"),
        ("other labels", "official checksum"),
        ("other header", "header of 12000 images"),
        ("cut gzip", "EOFError"),
    ],
)
def test_wrong_archive_is_not_used(official, monkeypatch, capsys, kind, reason):
    _, _, members, content = official
    sent = {
        "no zip": b"<html>Please log in to this network</html>",
        "other size": content + b"\x00",
        "other labels": zip_bytes({**members, LABELS: gzip.compress(bytes(1000))}),
        "other header": zip_bytes(wrong_header(members)),
        "cut gzip": zip_bytes({**members, IMAGES: members[IMAGES][:3000]}),
    }.get(kind, content)
    if kind != "other size":
        monkeypatch.setattr(emnist_source, "EMNIST_BYTES", len(sent))
    with serve(sent, ranges=kind != "no ranges") as server:
        monkeypatch.setattr(emnist_source, "EMNIST_URL", server.url)
        assert fetch_digits({3: 5})[2] == ENLARGED
    output = capsys.readouterr()
    assert reason in output.out
    assert output.err == ""
    assert not (cache_folder() / "emnist-digits.npz").exists()


def test_transfer_that_breaks_off_is_not_used(official, monkeypatch, capsys):
    *_, content = official
    with serve(content, cut_from=2) as server:
        monkeypatch.setattr(emnist_source, "EMNIST_URL", server.url)
        assert fetch_digits({3: 5})[2] == ENLARGED
    assert "IncompleteRead" in capsys.readouterr().out
    assert not (cache_folder() / "emnist-digits.npz").exists()


def test_short_piece_is_noticed():
    class Short:
        def read(self):
            return b"abc"

        def close(self):
            pass

    pieces = io.BufferedReader(remote_archive._Pieces(lambda data_range: Short(), 0, 9), 4)
    with pytest.raises(remote_archive.remotezip.RemoteIOError, match="3 bytes instead of 4"):
        pieces.read(2)


def test_server_that_never_answers_costs_a_short_wait(official, monkeypatch, capsys):
    monkeypatch.setattr(fetching, "READ_SECONDS", 0.3)
    started = time.monotonic()
    with silent_server() as url:
        monkeypatch.setattr(emnist_source, "EMNIST_URL", url)
        assert fetch_digits({3: 5})[2] == ENLARGED
    assert time.monotonic() - started < 5
    assert "timed out" in capsys.readouterr().out


# Local archives


@pytest.mark.parametrize("name", ["gzip.zip", "emnist.zip", "emnist-other.zip", "members", "gzip/members"])
def test_official_archive_in_the_users_folder(official, offline, monkeypatch, name, capsys):
    images, labels, members, content = official
    if name.endswith(".zip"):
        put(offline / "mine" / name, content)
    else:
        for member in (IMAGES, LABELS):
            put((offline / "mine" / name).parent / member.removeprefix("gzip/"), members[member])
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    x, y, source = fetch_digits({3: 20, 5: 20}, verbose=False)
    wanted = expected(images, labels, {3: 20, 5: 20})
    assert np.array_equal(x, wanted[0])
    assert np.array_equal(y, wanted[1])
    assert source == "EMNIST (MNIST_LAB_DATA)"
    assert capsys.readouterr().out == ""


def test_official_archive_in_the_cache_of_the_package_emnist(official, offline):
    images, labels, _, content = official
    put(offline / "package" / "emnist.zip", content)
    x, _, source = fetch_digits({4: 9}, verbose=False)
    assert source == "EMNIST (cache of the package emnist)"
    assert np.array_equal(x, expected(images, labels, {4: 9})[0])


def test_unofficial_archive_is_used_from_the_users_folder_but_never_called_emnist(
    offline, archive, monkeypatch, capsys
):
    images, labels, _, content = archive
    put(offline / "mine" / "emnist-standin.zip", content)
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    x, _, source = fetch_digits({4: 9}, verbose=False)
    assert np.array_equal(x, expected(images, labels, {4: 9})[0])
    assert source == sources_used()["EMNIST digits"] == "unofficial archive emnist-standin.zip"
    assert "NOTICE: these extra digits are NOT from EMNIST, but from: unofficial archive" in capsys.readouterr().out


def test_unofficial_archive_in_the_cache_of_the_package_emnist_is_not_used(offline, archive, capsys):
    put(offline / "package" / "emnist.zip", archive[3])
    assert fetch_digits({4: 9})[2] == ENLARGED
    assert "is not the official archive" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["truncated", "one byte", "no zip", "member missing"])
@pytest.mark.parametrize("place", ["mine/emnist.zip", "package/emnist.zip"])
def test_damaged_local_archive_is_not_used(official, offline, monkeypatch, capsys, kind, place):
    _, _, members, content = official
    middle = content.index(members[IMAGES]) + len(members[IMAGES]) // 2
    damaged = {
        "truncated": content[: len(content) // 2],
        "one byte": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "no zip": b"<html>log in</html>",
        "member missing": zip_bytes({LABELS: members[LABELS]}),
    }[kind]
    path = put(offline / place, damaged)
    if place.startswith("mine"):
        monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
        with pytest.raises(DataError, match=r"its EMNIST archive cannot be used: .*emnist\.zip.*take it out"):
            fetch_digits({3: 5}, verbose=False)
    else:
        assert fetch_digits({3: 5})[2] == ENLARGED
        assert "cache of the package emnist) not used" in capsys.readouterr().out
    assert path.exists()


def test_official_labels_with_other_images_are_damage(official, offline, monkeypatch):
    images, labels, members, _ = official
    other = member_bytes(images[::-1], labels)
    put(offline / "mine" / "emnist.zip", zip_bytes({IMAGES: other[IMAGES], LABELS: members[LABELS]}))
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    with pytest.raises(DataError, match="images member does not match its official checksum"):
        fetch_digits({3: 5}, verbose=False)


def test_missing_labels_file_is_named(official, offline, monkeypatch):
    put(offline / "mine" / IMAGES.removeprefix("gzip/"), official[2][IMAGES])
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    with pytest.raises(DataError, match=r"emnist-digits-train-labels-idx1-ubyte\.gz is missing"):
        fetch_digits({3: 5}, verbose=False)


def test_users_folder_with_mnist_alone_leads_to_the_next_source(official, offline, monkeypatch):
    put(offline / "mine" / "mnist.npz", b"not looked into")
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    with serve(official[3]) as server:
        monkeypatch.setattr(emnist_source, "EMNIST_URL", server.url)
        assert fetch_digits({3: 5}, verbose=False)[2] == IN_PARTS


def test_users_folder_that_is_missing_is_an_error(offline, monkeypatch):
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "nowhere"))
    with pytest.raises(DataError, match="no such folder"):
        fetch_digits({3: 5}, verbose=False)


# The fallback


def test_without_network_scikit_learns_digits_are_used_with_a_notice(offline, capsys):
    x, y, source = fetch_digits({3: 200, 5: 10})
    assert (x.shape, x.dtype, y.dtype, source) == ((193, 28, 28), np.uint8, np.uint8, ENLARGED)
    assert np.bincount(y).tolist() == [0, 0, 0, 183, 0, 10]
    output = capsys.readouterr()
    assert "no connection to 127.0.0.1" in output.out
    assert "NOTICE: these extra digits are NOT from EMNIST" in output.out
    assert "NOTICE: only 183 of the 200 digits asked for of class 3 are available." in output.out
    assert "of class 5 are available" not in output.out
    assert output.err == ""
    assert sources_used()["EMNIST digits"] == ENLARGED


def test_notice_is_printed_even_when_quiet(offline, capsys):
    fetch_digits({3: 2}, verbose=False)
    assert "NOT from EMNIST" in capsys.readouterr().out


def test_enlarged_digits_are_centred_in_a_20x20_box_with_as_much_ink_as_mnist(offline):
    x, _, _ = fetch_digits(dict.fromkeys(range(10), 100), verbose=False)
    grid = np.arange(28)
    mass = x.sum(axis=(1, 2), dtype=float)
    rows = (x.sum(axis=2) * grid).sum(axis=1) / mass
    columns = (x.sum(axis=1) * grid).sum(axis=1) / mass
    assert np.abs(rows - 14).max() < 1
    assert np.abs(columns - 14).max() < 1
    for axis in (1, 2):
        inked = x.any(axis=axis)
        assert (28 - inked.argmax(axis=1) - inked[:, ::-1].argmax(axis=1)).max() <= 20
    assert 28 < x.mean() < 38  # MNIST: 33
    assert x.max() == 255


# Orientation


def neighbour_accuracy(x, y):
    """Accuracy on `x` of the three nearest neighbours among 2,000 images of real MNIST."""
    from sklearn.neighbors import KNeighborsClassifier

    (x_train, y_train), _ = data.load_mnist()
    model = KNeighborsClassifier(3).fit(x_train[:2000].reshape(2000, -1) / 255, y_train[:2000])
    return model.score(x.reshape(len(x), -1) / 255, y)


def test_stored_columns_become_rows(official, offline, monkeypatch):
    stored = np.zeros((28, 28), np.uint8)
    stored[3, :] = 255  # first index: the image's column, as EMNIST stores it
    content = gzip.compress(bytes.fromhex("00000803 00000001 0000001c 0000001c") + stored.tobytes())
    labels = gzip.compress(bytes.fromhex("00000801 00000001 01"))
    put(offline / "mine" / "emnist.zip", zip_bytes({IMAGES: content, LABELS: labels}))
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    x, y, _ = fetch_digits({1: 1}, verbose=False)
    assert (y.tolist(), x.shape) == ([1], (1, 28, 28))
    assert (x[0][:, 3] == 255).all()  # an upright stroke
    assert x.sum() == 28 * 255


def test_enlarged_digits_stand_upright_like_mnist(offline, monkeypatch):
    x, y, _ = fetch_digits(dict.fromkeys(range(10), 50), verbose=False)
    monkeypatch.undo()  # real MNIST comes from the user's own cache
    assert neighbour_accuracy(x, y) > 0.65
    for turned in (x.transpose(0, 2, 1), x[:, ::-1], x[:, :, ::-1]):
        assert neighbour_accuracy(turned, y) < 0.4


# Arguments


@pytest.mark.parametrize("counts", [{10: 1}, {-1: 1}, {3: -1}, {3: 1.5}, {3: None}, {"3": 1}])
def test_wrong_counts_are_refused(offline, counts):
    with pytest.raises(ValueError, match="counts must map digits 0 to 9"):
        fetch_digits(counts)


@pytest.mark.parametrize("counts", [{}, {3: 0}])
def test_no_digits_need_no_source(offline, counts):
    x, y, source = fetch_digits(counts)
    assert (x.shape, y.shape, source) == ((0, 28, 28), (0,), "none needed")
