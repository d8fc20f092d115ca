"""A local HTTP server for the download tests: ranges, and the ways in which a network fails."""

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextlib.contextmanager
def serve(content, *, pause=0.0, cut_from=None, ranges=True):
    """Serve `content` at any path; yields an object with ``url``, ``requests`` and ``sent``.

    ``requests`` lists the Range header of each GET, ``sent`` counts the bytes of content handed to the socket.
    `pause` seconds pass between pieces of 1/8 of the answer; from GET number `cut_from` on, counted from 0, the
    connection breaks off after half of the answer.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            wanted = self.headers.get("Range")
            self.server.requests.append(wanted)
            start, stop = 0, len(content)
            if wanted and ranges:
                first, last = wanted.removeprefix("bytes=").split("-")
                if first:
                    start, stop = int(first), min(int(last or stop - 1) + 1, stop)
                else:
                    start = max(0, stop - int(last))
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(stop - start))
            self.end_headers()
            if cut_from is not None and len(self.server.requests) > cut_from:
                stop -= (stop - start) // 2
            piece = max(1, (stop - start) // 8) if pause else 2**14
            with contextlib.suppress(OSError):  # the client may have enough
                for position in range(start, stop, piece):
                    self.wfile.write(content[position : min(position + piece, stop)])
                    self.server.sent += min(position + piece, stop) - position
                    time.sleep(pause)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.requests, server.sent = [], 0
    server.url = f"http://127.0.0.1:{server.server_address[1]}/file"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def silent_server():
    """Yield the address of a server that takes connections and never answers, like a network that swallows packets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/file"


def closed_address():
    """Return an address on this machine at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return f"http://127.0.0.1:{port}/file"
