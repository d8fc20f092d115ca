"""What code in a box can't do."""

import os
import sys
import tempfile
import time
from pathlib import Path

import pytest

from mnist_lab.grading import WrongUseError
from mnist_lab.grading.grade import box
from mnist_lab.grading.grade.box import Limits, check_box, run_boxed
from mnist_lab.grading.grade.grading import python_folders

pytestmark = pytest.mark.usefixtures("needs_box")


@pytest.fixture
def boxed(tmp_path):
    """Return a function that runs Python source in a box and returns how it ended and what it said."""
    folder = tmp_path / "box"
    folder.mkdir()

    def run(source, **limits):
        with (tmp_path / "log").open("wb") as output:
            ending = run_boxed(
                [sys.executable, "-c", source],
                folder=folder,
                read_only=python_folders(),
                environment={},
                limits=Limits(**({"seconds": 30.0} | limits)),
                output=output,
            )
        return ending, (tmp_path / "log").read_text(encoding="utf-8", errors="replace")

    return run


REFUSED = {
    "the network": "import socket; socket.create_connection(('127.0.0.1', 22), 2)",
    "a name on the network": "import socket; socket.getaddrinfo('example.org', 80)",
    "the grader's files": f"open({__file__!r})",
    "passwords": "open('/etc/shadow')",
    "writing into packages": "import numpy, pathlib; (pathlib.Path(numpy.__file__).parent / 'new.py').write_text('')",
    "writing to the root folder": "open('/new', 'w')",
    "writing to devices": "open('/dev/new', 'w')",
    "ending another process": f"import os; os.kill({os.getpid()}, 9)",
    "a new user namespace": "import os; os.unshare(os.CLONE_NEWUSER)",
    "another user": "import os; os.setuid(0)",
    "mounting": "import subprocess; subprocess.run(['mount', '-t', 'tmpfs', 'x', '/tmp'], check=True)",
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(boxed, what):
    if what == "a new user namespace" and sys.version_info < (3, 12):
        pytest.skip("os.unshare came with Python 3.12")
    ending, said = boxed(f"print('began', flush=True)\n{REFUSED[what]}")
    assert said.startswith("began")
    assert ending.returncode != 0
    assert "error" in said.splitlines()[-1].lower()


def test_it_sees_nothing_of_the_home(boxed):
    with tempfile.NamedTemporaryFile(dir=Path.home()) as secret:
        _, said = boxed(f"open({secret.name!r})")
    assert "No such file" in said


def test_it_sees_no_other_process_and_no_variable_of_the_grader(boxed, monkeypatch):
    monkeypatch.setenv("SECRET", "of the grader")
    _, said = boxed("import os; print(sorted(filter(str.isdigit, os.listdir('/proc'))), 'SECRET' in os.environ)")
    assert len(eval(said.rsplit(" ", 1)[0])) <= 3
    assert said.endswith("False\n")


LIMITS = {
    "time": (
        "import signal, time\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(60)",
        "longer than 2",
    ),
    "memory of one process": ("x = b'x' * int(3e9)\nimport time; time.sleep(20)", "memory"),
    "memory of many children": (
        "import os, time\nfor _ in range(40):\n    if not os.fork():\n        x = b'x' * int(3e7); time.sleep(20)\n"
        "time.sleep(20)",
        "memory",
    ),
    "disk": ("import time\nfor n in range(100):\n    open(str(n), 'wb').write(b'x' * 10**6); time.sleep(0.01)", "MB"),
    "files": ("import time\nfor n in range(100_000): open(str(n), 'w')\ntime.sleep(20)", "files"),
}


@pytest.mark.parametrize("what", LIMITS)
def test_limits(boxed, what):
    source, expected = LIMITS[what]
    seconds = 2 if what == "time" else 30
    ending, said = boxed(source, seconds=seconds, memory=600e6, disk=50e6, files=1000)
    assert expected in ending.limit or ("memory" in what and "MemoryError" in said)
    assert "60" not in ending.limit


def test_a_fork_bomb_ends_with_its_box(boxed):
    began = time.monotonic()
    ending, _ = boxed("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", seconds=3, processes=64)
    assert ending.limit
    assert time.monotonic() - began < 15


def test_a_file_cannot_be_larger_than_the_disk(boxed):
    ending, said = boxed("open('big', 'wb').write(b'x' * 10**8)", disk=10e6)
    assert ending.limit or ending.returncode != 0
    assert "File too large" in said or ending.returncode < 0 or ending.limit or ending.returncode == 153


def test_memory_file_systems_are_bounded(boxed):
    ending, said = boxed("open('/dev/shm/x', 'wb').write(b'x' * 10**8)", disk=20e6)
    assert ending.returncode != 0, said


def test_what_it_leaves_behind_ends_with_it(boxed, tmp_path):
    ticking = "import time\nfor n in range(100): open('tick', 'w').write(str(n)); time.sleep(0.1)"
    boxed(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {ticking!r}], start_new_session=True)")
    seen = []
    for _ in range(2):
        time.sleep(0.4)
        seen.append((tmp_path / "box" / "tick").read_text() if (tmp_path / "box" / "tick").exists() else "")
    assert seen[0] == seen[1]


@pytest.mark.parametrize("absent", ["bwrap", "prlimit"])
def test_without_boxes_it_refuses_and_says_what_to_do(monkeypatch, absent):
    which = box.shutil.which
    monkeypatch.setattr(box.shutil, "which", lambda name: None if name == absent else which(name))
    with pytest.raises(WrongUseError, match="install bubblewrap"):
        check_box()


def test_elsewhere_than_on_linux_it_refuses(monkeypatch):
    monkeypatch.setattr(box.sys, "platform", "darwin")
    with pytest.raises(WrongUseError, match=r"darwin.*on Linux"):
        check_box()


def test_where_bubblewrap_is_not_allowed_it_says_why(monkeypatch, tmp_path):
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(WrongUseError, match="No permissions to create new namespace"):
        check_box()
