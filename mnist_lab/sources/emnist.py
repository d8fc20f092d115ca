"""Where extra handwritten digits come from: EMNIST whole or in parts, or real digits of scikit-learn.

EMNIST (Cohen et al. 2017, https://arxiv.org/abs/1702.05373) is an archive of half a gigabyte. A few hundred digits
are had for about a megabyte, because only the part that holds them is read, by HTTP range requests.
"""

import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np

from mnist_lab.sources import fetching
from mnist_lab.sources.fetching import DataError, cache_folder, data_folder

__all__ = ["fetch_digits", "find_archive"]

EMNIST_URL = "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip"
EMNIST_BYTES = 561_753_746
# SHA-256 of the members (gzip files) with the digits' training set, and how many digits it holds.
IMAGES_SHA256 = "f7c95004d14d81af89522e67d8f0c781dfb3bd544181c81bfe1eb6b41c35b726"
LABELS_SHA256 = "6638a6ff5fe2eefd9cca2471995b46c82986b8e4b2a70d2f5ce8e05d7edb319e"

_CACHE_NAME = "emnist-digits.npz"


def fetch_digits(counts, *, verbose=True):
    """Return more real handwritten digits, so many of each class, from the first source that has them.

    Tried in turn: an EMNIST archive in the folder ``MNIST_LAB_DATA`` (``gzip.zip``, ``emnist*.zip`` or the gzipped
    members), the cache of the package emnist, our own cache of digits read earlier, the official archive in parts,
    and at last scikit-learn's 1,797 digits of 8x8 pixels, enlarged and centred like MNIST, with a printed notice.

    A local archive is verified by the checksums of the official members. Of the official archive on the network the
    labels are verified; of the images only the beginning is read, which no checksum covers: there the archive's size,
    the header and the number of images are checked. An archive whose labels are not the official ones is used only
    from ``MNIST_LAB_DATA``, and is called "unofficial archive" here, in a printed notice and in `sources_used`.

    Parameters
    ----------
    counts : dict of int to int
        How many digits of each class: ``{3: 200, 5: 200}``. They are the first of their class in the file.
    verbose : bool, default=True
        Print what is tried and how many bytes were transferred. Notices about another source than EMNIST are
        always printed.

    Returns
    -------
    images : ndarray of shape (n, 28, 28), dtype uint8
        Upright, white on black, in file order.
    labels : ndarray of shape (n,), dtype uint8
    source : str
        Name of the source used; `mnist_lab.sources.sources_used` returns it too.

    Raises
    ------
    ValueError
        If `counts` is not a mapping from digits 0 to 9 to numbers from 0 up.
    DataError
        If the archive in ``MNIST_LAB_DATA`` cannot be used: who puts it there wants that copy and no other.

    Examples
    --------
    >>> images, labels, source = fetch_digits({3: 200, 5: 200}, verbose=False)  # doctest: +SKIP
    """
    _check_counts(counts)
    if not any(counts.values()):
        return np.empty((0, 28, 28), np.uint8), np.empty(0, np.uint8), "none needed"
    folder = data_folder()
    if folder and find_archive(folder):
        path = find_archive(folder)
        try:
            images, labels, official = _read_local(path, counts)
        except Exception as error:
            reason = fetching.short_reason(error)
            raise DataError(
                f"MNIST_LAB_DATA is set, but its EMNIST archive cannot be used: {path}: {reason}. "
                f"Put a complete copy of {EMNIST_URL} there, or take it out of that folder."
            ) from error
        source = "EMNIST (MNIST_LAB_DATA)" if official else f"unofficial archive {path.name}"
    else:
        source, (images, labels) = _from_cache_or_network(counts, verbose=verbose)
    fetching.remember_source("EMNIST digits", source)
    _report(source, counts, labels, verbose=verbose)
    return images, labels, source


def find_archive(folder):
    """Return the EMNIST archive in `folder` (or the folder that holds its members), None where there is none."""
    for name in ("gzip.zip", "emnist.zip"):
        if (folder / name).is_file():
            return folder / name
    archives = sorted(folder.glob("emnist*.zip"))
    if archives:
        return archives[0]
    for place in (folder, folder / "gzip"):
        if (place / Path(_member("images")).name).is_file():
            return place
    return None


def _member(matrix):
    """Return the name of an archive member; the package emnist knows the archive's layout."""
    import emnist

    dimensions = {"images": 3, "labels": 1}[matrix]
    return emnist.ZIP_PATH_TEMPLATE.format(dataset="digits", usage="train", matrix=matrix, dim=dimensions)


def _check_counts(counts):
    for digit, number in counts.items():
        if digit not in range(10) or not isinstance(number, (int, np.integer)) or number < 0:
            raise ValueError(
                f"counts must map digits 0 to 9 to numbers of images from 0 up, for example {{3: 200, 5: 200}}; "
                f"got {digit!r}: {number!r}"
            )


def _report(source, counts, labels, *, verbose):
    """Say what was used: always where it is not EMNIST or not enough, else only on request."""
    if not source.startswith("EMNIST"):
        fetching.say(f"NOTICE: these extra digits are NOT from EMNIST, but from: {source}.")
    elif verbose:
        fetching.say(f"EMNIST digits: {source}.")
    for digit, number in counts.items():
        available = int(np.count_nonzero(labels == digit))
        if available < number:
            fetching.say(f"NOTICE: only {available} of the {number} digits asked for of class {digit} are available.")


def _from_cache_or_network(counts, *, verbose):
    """Return name, images and labels of the first good source that is not ``MNIST_LAB_DATA``."""
    cached = cache_folder() / _CACHE_NAME
    failures = {}

    def package_cache():
        import emnist

        path = Path(emnist.get_cached_data_path())
        if not path.is_file():
            raise FileNotFoundError(path)
        images, labels, official = _read_local(path, counts)
        if not official:
            raise DataError(f"{path} is not the official archive (wrong checksum of its labels)")
        return images, labels

    local = {
        "EMNIST (cache of the package emnist)": package_cache,
        "EMNIST (own cache)": lambda: _read_cache(cached, counts),
    }
    network = {"EMNIST (official archive, read in parts)": lambda: _read_in_parts(cached, counts, verbose=verbose)}
    fallback = {"scikit-learn load_digits, enlarged": lambda: _sklearn_digits(counts)}
    found = fetching.first_good("EMNIST digits", local, failures, verbose=verbose)
    if found is None:
        with fetching.locked(cached, verbose=verbose):
            # Another process may have filled the cache while this one waited for the lock.
            found = fetching.first_good("EMNIST digits", local | network, failures, verbose=verbose)
    if found is None:
        found = fetching.first_good("EMNIST digits", fallback, failures, verbose=verbose)
    if found is None:
        cure = f"install scikit-learn, or put {EMNIST_URL} into a folder and set MNIST_LAB_DATA to that folder."
        raise fetching.all_failed("Extra digits", failures, cure)
    return found


def _first_of_each(labels, counts):
    """Return the positions of the first ``counts[digit]`` examples of each digit, in file order."""
    return np.sort(np.concatenate([np.flatnonzero(labels == digit)[:number] for digit, number in counts.items()]))


def _read_labels(member):
    """Return the labels in the bytes of the labels member."""
    labels = fetching.parse_idx(gzip.decompress(member))
    if labels.ndim != 1 or labels.max(initial=0) > 9:
        raise DataError("the labels member does not hold digits")
    return labels


def _read_images(stream, *, total, wanted, bar=None):
    """Return the first `wanted` images, upright, of a gzipped IDX stream that must announce `total` images."""
    with gzip.GzipFile(fileobj=stream) as file:
        if file.read(16) != fetching.idx_header((total, 28, 28)):
            raise DataError(f"the images member does not start with the header of {total} images of 28x28")
        data = bytearray()
        while len(data) < wanted * 784:
            part = file.read(min(256 * 784, wanted * 784 - len(data)))
            if not part:
                raise DataError("the images member is truncated")
            data += part
            if bar is not None:
                bar.update(len(part) / 784)
    # EMNIST stores each image transposed: rows and columns are swapped back.
    return np.frombuffer(data, dtype=np.uint8).reshape(-1, 28, 28).transpose(0, 2, 1).copy()


def _read_local(path, counts):
    """Return images, labels and whether they are official, from an archive or a folder with its members."""
    members = {}
    if path.is_dir():
        for matrix in ("labels", "images"):
            file = path / Path(_member(matrix)).name
            if not file.is_file():
                raise DataError(f"{file.name} is missing")
            members[matrix] = file.read_bytes()
    else:
        with zipfile.ZipFile(path) as archive:
            for matrix in ("labels", "images"):
                members[matrix] = archive.read(_member(matrix))
    official = hashlib.sha256(members["labels"]).hexdigest() == LABELS_SHA256
    if official and hashlib.sha256(members["images"]).hexdigest() != IMAGES_SHA256:
        raise DataError("the images member does not match its official checksum (wrong or damaged file)")
    labels = _read_labels(members["labels"])
    positions = _first_of_each(labels, counts)
    # Without an official checksum all is unpacked, so that gzip's own checksum finds damage.
    wanted = int(positions.max(initial=-1)) + 1 if official else len(labels)
    images = _read_images(io.BytesIO(members["images"]), total=len(labels), wanted=wanted)
    return images[positions], labels[positions], official


def _read_cache(path, counts):
    """Return images and labels from our own copy of the archive's beginning."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            images, member = archive["images"], archive["labels_member"].tobytes()
    except FileNotFoundError:
        raise
    except Exception as error:
        raise DataError(f"{path}: unreadable ({fetching.short_reason(error)})") from error
    if hashlib.sha256(member).hexdigest() != LABELS_SHA256 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        raise DataError(f"{path}: wrong checksum or layout")
    labels = _read_labels(member)
    positions = _first_of_each(labels, counts)
    if positions.max(initial=-1) >= len(images):
        raise DataError(f"{path.name} holds only the first {len(images)} digits, more are needed")
    return images[positions], labels[positions]


def _read_in_parts(cached, counts, *, verbose):
    """Return images and labels from the official archive, of which only the needed part is transferred, and kept."""
    import requests

    from mnist_lab.sources.archive import open_archive

    fetching.check_reachable(EMNIST_URL)
    answers = []
    with requests.Session() as session:
        session.hooks["response"].append(lambda response, **_: answers.append(response.raw))
        timeout = (fetching.CONNECT_SECONDS, fetching.READ_SECONDS)
        with open_archive(EMNIST_URL, session, timeout=timeout) as archive:
            if archive.size() != EMNIST_BYTES:
                raise DataError(f"the archive has {archive.size():,} bytes instead of {EMNIST_BYTES:,}")
            member = archive.read(_member("labels"))
            if hashlib.sha256(member).hexdigest() != LABELS_SHA256:
                raise DataError("the labels member does not match its official checksum")
            labels = _read_labels(member)
            positions = _first_of_each(labels, counts)
            wanted = int(positions.max(initial=-1)) + 1
            with (
                archive.open(_member("images")) as stream,
                fetching.progress_bar(wanted, "EMNIST digits", verbose=verbose, unit=" images") as bar,
            ):
                images = _read_images(stream, total=len(labels), wanted=wanted, bar=bar)
        transferred = sum(answer.tell() for answer in answers)
    if verbose:
        share = transferred / EMNIST_BYTES
        fetching.say(f"EMNIST digits: {transferred:,} of {EMNIST_BYTES:,} bytes transferred ({share:.1%}).")
    fetching.keep(cached, {"images": images, "labels_member": np.frombuffer(member, np.uint8)}, verbose=verbose)
    return images[positions], labels[positions]


def _sklearn_digits(counts):
    """Return digits of scikit-learn's 8x8 set, enlarged and centred like MNIST.

    Each fills a 20x20 box, placed by whole pixels so that its centre of mass is at pixel (14, 14), as in MNIST. The
    contrast is raised until the ink (mean pixel 34 against 33) and the share of grey pixels are those of MNIST.
    """
    from scipy import ndimage
    from sklearn.datasets import load_digits

    digits = load_digits()
    positions = _first_of_each(digits.target, counts)
    images = np.zeros((len(positions), 28, 28), np.uint8)
    for image, small in zip(images, digits.images[positions], strict=True):
        box = ndimage.zoom(small, 20 / 8, order=3, mode="grid-constant", grid_mode=True)
        box = np.clip(2 * box * (255 / small.max()) - 174, 0, 255)
        top, left = (round(float(14 - centre)) for centre in ndimage.center_of_mass(box))
        top, left = min(max(top, 0), 8), min(max(left, 0), 8)
        image[top : top + 20, left : left + 20] = np.rint(box)
    return images, digits.target[positions].astype(np.uint8)
