"""A zip archive on a web server of which only the needed bytes are transferred.

remotezip asks for a member as a whole and hangs up when enough was read; by then the server has sent megabytes more
into the connection. Here a member is asked for in pieces, so that what is reported is what was sent.
"""

import io

import remotezip

__all__ = ["PIECE_BYTES", "open_archive"]

PIECE_BYTES = 2**18


def open_archive(url, session, *, timeout):
    """Open the archive at `url`; members opened with ``.open(name)`` are transferred as they are read.

    Parameters
    ----------
    url : str
        Address on a server that answers range requests.
    session : requests.Session
    timeout : tuple of float
        Seconds for the connection and between two packets.

    Returns
    -------
    remotezip.RemoteZip
        A `zipfile.ZipFile`, with ``size()``, the archive's bytes.

    Raises
    ------
    remotezip.RemoteZipError, zipfile.BadZipFile
        If the server fails or what it sends is no zip archive.
    """
    return remotezip.RemoteZip(url, session=session, fetcher=_PieceFetcher, timeout=timeout)


class _PieceFetcher(remotezip.RemoteFetcher):
    """Fetch what remotezip wants to stream (archive members) in pieces."""

    def fetch(self, data_range, stream=False):
        if not stream:
            return super().fetch(data_range)
        first, last = data_range
        pieces = io.BufferedReader(_Pieces(super().fetch, first, last), PIECE_BYTES)
        return remotezip.PartialBuffer(pieces, first, last - first + 1, stream=True)


class _Pieces(io.RawIOBase):
    """The bytes `first` to `last` of a remote file, each read one range request."""

    def __init__(self, fetch, first, last):
        self._fetch, self._first, self._last = fetch, first, last
        self._position = first

    def readable(self):
        return True

    def tell(self):
        return self._position - self._first

    def readinto(self, buffer):
        stop = min(self._position + len(buffer), self._last + 1)
        if stop <= self._position:
            return 0
        part = self._fetch((self._position, stop - 1))
        data = part.read()
        part.close()
        if len(data) != stop - self._position:
            raise remotezip.RemoteIOError(f"the server sent {len(data)} bytes instead of {stop - self._position}")
        buffer[: len(data)] = data
        self._position = stop
        return len(data)
