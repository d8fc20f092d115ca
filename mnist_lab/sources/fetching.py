"""What the source chains of MNIST and of EMNIST share: the cache, its lock, short time limits, clear failures.

Nothing here knows a data set.
"""

import io
import os
import re
import socket
import struct
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import platformdirs

from mnist_lab import files

__all__ = ["DataError", "cache_folder", "data_folder", "sources_used"]

# Seconds. A network that swallows packets must not cost a student minutes before the next source is tried.
CONNECT_SECONDS = 3.05  # for one address of the host, as the requests documentation recommends
REACH_SECONDS = 6.0  # for the name service and all addresses of the host together
READ_SECONDS = 20.0  # between two packets
LOCK_SECONDS = 600.0  # for another process that is fetching the same file

_USED = {}


class DataError(RuntimeError):
    """Data cannot be had, read or verified. The message names the cause and the cure."""


def cache_folder():
    """Return the folder of our own copies: ``MNIST_LAB_CACHE``, or the user's cache folder.

    Returns
    -------
    pathlib.Path
        The folder, which need not exist yet.
    """
    folder = os.environ.get("MNIST_LAB_CACHE") or platformdirs.user_cache_dir("mnist_lab")
    return Path(folder).expanduser()


def data_folder():
    """Return the folder named by ``MNIST_LAB_DATA``, or None where the variable is unset or empty.

    Raises
    ------
    DataError
        If the variable is set, but names no folder.
    """
    value = os.environ.get("MNIST_LAB_DATA")
    if not value:
        return None
    folder = Path(value).expanduser()
    if not folder.is_dir():
        raise DataError(
            f"MNIST_LAB_DATA is set to {value!r}, but there is no such folder. "
            "Set it to a folder that holds mnist.npz, the four IDX files of MNIST or an EMNIST archive, or unset it."
        )
    return folder


def sources_used():
    """Return which source each data set came from in this process, for the environment record.

    Returns
    -------
    dict of str to str
        For example ``{"MNIST": "own cache"}``. Empty before the first fetch; names hold no paths.
    """
    return dict(_USED)


def remember_source(data_set, source):
    """Note for `sources_used` that `data_set` came from `source`."""
    _USED[data_set] = source


def say(text):
    """Print to stdout at once: notebooks must store nothing from stderr, and waiting needs an explanation."""
    print(text, flush=True)


# What the messages of requests, urllib3, pip and the system have in common, with the cause in our words and the cure.
_CAUSES = {
    r"No space left|Disk quota exceeded": "the disk is full: free some space, or point TMPDIR to another disk",
    r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSLCertVerification|SSLError": (
        "the certificate of the server can't be verified: set the clock right, or let SSL_CERT_FILE and PIP_CERT name "
        "the certificates of your network"
    ),
    r"ProxyError|[Cc]annot connect to proxy|Tunnel connection failed": (
        "the proxy does not answer: correct HTTPS_PROXY, or unset it"
    ),
    r"Name or service not known|Temporary failure in name resolution|getaddrinfo|nodename nor servname": (
        "the name of the server can't be looked up: connect to a network"
    ),
    r"Network is unreachable|No route to host|Connection refused|NewConnectionError|ConnectTimeout|Read timed out": (
        "the server can't be reached: connect to a network"
    ),
    r"No module named pip\b": "this Python has no pip: install it with `python -m ensurepip`",
    r"No matching distribution|Could not find a version": "the package index does not have it",
    r"Permission denied": "writing is not permitted: make the folder writable",
}


def known_cause(text):
    """Return cause and cure in our words for what a library or the system said; None where it is none we know.

    Examples
    --------
    >>> known_cause("OSError(28, 'No space left on device')")
    'the disk is full: free some space, or point TMPDIR to another disk'
    """
    return next((cause for pattern, cause in _CAUSES.items() if cause in text or re.search(pattern, text)), None)


def short_reason(error):
    """Return one line that says why a source failed."""
    if isinstance(error, DataError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "not there"
    text = " ".join(str(error).split()) or "no further details"
    text = f"{type(error).__name__}: {text if len(text) <= 160 else text[:160] + '...'}"
    cause = known_cause(f"{error!r} {error}")
    return f"{cause} ({text})" if cause else text


def first_good(data_set, sources, failures, *, verbose):
    """Return the name and result of the first source that works, or None.

    Parameters
    ----------
    data_set : str
        Name for the messages.
    sources : dict of str to callable
        Tried in order; each takes no argument and raises where it cannot deliver verified data.
    failures : dict of str to str
        Receives why each source failed.
    verbose : bool
        Print each failure that is more than an absent file.
    """
    for name, read in sources.items():
        try:
            return name, read()
        except Exception as error:  # whatever is wrong with one source, the next must get its chance
            reason = short_reason(error)
            if verbose and not isinstance(error, FileNotFoundError) and failures.get(name) != reason:
                say(f"{data_set}: {name} not used: {reason}")
            failures[name] = reason
    return None


def all_failed(data_set, failures, cure):
    """Return the error for a chain in which no source worked; its first line has cause and cure."""
    *_, last = failures.values()
    cause = known_cause(" ".join(failures.values())) or last
    tried = "\n".join(f"  - {name}: {reason}" for name, reason in failures.items())
    return DataError(f"{data_set} could not be had: {cause}. What else helps: {cure}\nTried in turn:\n{tried}")


def check_reachable(url):
    """Raise DataError unless the host of `url` accepts a connection within ``REACH_SECONDS``.

    A plain request would wait for each address of the host in turn, and without limit for the name service.
    Behind a proxy nothing is checked: there the proxy's own time limit holds.
    """
    import requests

    if requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)):
        return
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    outcome = []

    def connect():
        try:
            socket.create_connection((parts.hostname, port), timeout=CONNECT_SECONDS).close()
            outcome.append(None)
        except OSError as error:
            outcome.append(error)

    attempt = threading.Thread(target=connect, daemon=True)
    attempt.start()
    attempt.join(REACH_SECONDS)
    if not outcome:
        raise DataError(f"no connection to {parts.hostname} within {REACH_SECONDS:g} s")
    if outcome[0] is not None:
        raise DataError(f"no connection to {parts.hostname} ({short_reason(outcome[0])})")


def progress_bar(total, what, *, verbose, unit="B"):
    """Return a tqdm bar on stdout, shown on a terminal or in a notebook, silent in a pipe."""
    from tqdm import tqdm

    in_notebook = type(sys.stdout).__module__.startswith("ipykernel")
    shown = verbose and (in_notebook or sys.stdout.isatty())
    return tqdm(total=total, desc=what, unit=unit, unit_scale=True, ncols=79, file=sys.stdout, disable=not shown)


def locked(path, *, verbose):
    """Hold the lock of the cached file `path`, so that of two processes only one fetches it."""
    waiting = f"Another process is fetching {path.name}: waiting for it." if verbose else ""
    return files.locked(f"{path}.lock", waiting=waiting, timeout=LOCK_SECONDS)


def keep(path, arrays, *, verbose):
    """Store verified arrays as `path` (npz), whole or not at all. An unwritable cache is reported, not raised."""
    content = io.BytesIO()
    try:
        np.savez_compressed(content, **arrays)
        files.write_atomically(path, content.getvalue())
    except OSError as error:
        if verbose:
            say(
                f"{path.name} could not be kept in {path.parent} ({short_reason(error.__cause__ or error)}); it is "
                "fetched again next time. Set MNIST_LAB_CACHE to a folder you can write to."
            )


def idx_header(shape):
    """Return the header of an IDX file of bytes (http://yann.lecun.com/exdb/mnist/): magic number, dimensions."""
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)


def parse_idx(data):
    """Return the uint8 array in the bytes of an IDX file; ValueError if they are not exactly one."""
    dimensions = data[3] if len(data) > 3 else 0
    start = 4 + 4 * dimensions
    if data[:3] != b"\x00\x00\x08" or not 1 <= dimensions <= 3 or len(data) < start:
        raise ValueError("not an IDX file of bytes (wrong magic number)")
    shape = struct.unpack(f">{dimensions}I", data[4:start])
    expected = int(np.prod(shape, dtype=np.int64))
    if len(data) - start != expected:
        raise ValueError(f"IDX file holds {len(data) - start} bytes of data where its header announces {expected}")
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape).copy()
