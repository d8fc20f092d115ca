"""What strangers hand in can't hang, fill or fool the commands.

Each input goes to a command of its own process. It must end within 10 s and 1 GB, say what it is about in few lines
that act on no terminal, give the right exit code, and leave nothing behind.
"""

import json
import os
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MOST_BYTES, MOST_CHARACTERS = 1e9, 20_000
MOST_SECONDS = 30  # 10 on the machine it was written on; others are up to three times slower
METRICS = '{"accuracy": {"value": 0.98, "atol": 0.01}}'
POINTS = '{"points": {"value": [1, 2], "atol": 0.01}}'
UNCHANGED, CHANGED, WRONG_USE = 0, 1, 2


def picture(path):
    Image.fromarray(np.full((40, 60, 3), 255, "uint8")).save(path)


# --- folders that are compared: each changes a copy of the reference's folder


def written(name, content):
    def change(folder):
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return change


def pipe(folder):
    (folder / "metrics.json").unlink()
    os.mkfifo(folder / "metrics.json")


def linked(target):
    def change(folder):
        (folder / "metrics.json").unlink()
        (folder / "metrics.json").symlink_to(target)

    return change


def sparse(folder):
    with (folder / "metrics.json").open("wb") as file:
        file.truncate(10**12)


def deep_folders(folder):
    for _ in range(900):
        folder = folder / "x"
        folder.mkdir()


def many_files(folder):
    for number in range(25_000):
        (folder / str(number)).touch()


def many_folders(folder):
    for number in range(25_000):
        (folder / str(number)).mkdir()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, rows=b"", extra=b""):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + data + chunk(b"IEND", b"")


LARGE_NUMBER = '{"accuracy": {"value": ' + "9" * 10**6 + "}}"
FOLDERS = {
    "a pipe": pipe,
    "a link to a device": linked("/dev/zero"),
    "a link to itself": linked("metrics.json"),
    "a link to a file of the system": linked("/etc/passwd"),
    "a file of 1 TB without content": sparse,
    "900 folders in each other": deep_folders,
    "25,000 files": many_files,
    "25,000 folders": many_folders,
    "JSON 100,000 deep": written("metrics.json", '{"a":' * 100_000 + "1" + "}" * 100_000),
    "lists 100,000 deep": written("points.json", '{"points": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    "a number of 1,000,000 digits": written("metrics.json", LARGE_NUMBER),
    "a number beyond all numbers": written("metrics.json", '{"accuracy": {"value": 1e999, "atol": 0.01}}'),
    "NaN": written("metrics.json", '{"accuracy": {"value": NaN, "atol": 0.01}}'),
    "1,000,000 numbers": written("points.json", '{"points": {"value": [' + "1," * 10**6 + '1], "atol": 0.01}}'),
    "100,000 metrics": written("metrics.json", json.dumps({f"m{n}": {"value": n} for n in range(100_000)})),
    "bytes that are no text": written("metrics.json", b'{"accuracy": "\xff\xfe"}'),
    "a byte order mark of UTF-16": written("metrics.json", METRICS.encode("utf-16")),
    "NUL bytes": written("metrics.json", b"\0" * 1000),
    "an empty file": written("metrics.json", ""),
    "a JSON list": written("metrics.json", "[" + METRICS + "]"),
    "values that are lists of dicts": written("metrics.json", '{"accuracy": [{"value": 1}], "atol": {}}'),
    "a name that clears the screen": written("metrics.json", '{"\\u001b[2J\\u001b[HNo result changed.": {"value": 1}}'),
    "a name of 1 MB": written("metrics.json", json.dumps({"x" * 10**6: {"value": 1}})),
    "a text of 5 MB": written("metrics.json", json.dumps({"accuracy": {"value": "x" * (5 * 10**6)}})),
    "a file name with escape codes": written("\x1b]0;owned\x07\x1b[2J.json", "{}"),
    "a file name with line breaks": written("a\nNo result changed.\n.json", "{}"),
    "a file name that turns text around": written("\u202egnp.json", "{}"),
    "a picture of 30,000 x 30,000 pixels": written("points.png", png(30_000, 30_000)),
    "a picture of 2 billion pixels a side": written("points.png", png(2**31 - 1, 2**31 - 1)),
    "a picture without its rows": written("points.png", png(60, 40)),
    "a picture with 8 MB of text": written("points.png", png(60, 40, extra=chunk(b"tEXt", b"a\0" + b"x" * 8 * 10**6))),
    "a picture with a text that unpacks to 1 GB": written(
        "points.png", png(60, 40, extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**26) * 8, 9)[: 2**20]))
    ),
    "a picture that is a page": written("points.png", "<svg><script>alert(1)</script></svg>"),
    "a folder in the place of a file": lambda folder: [
        (folder / "metrics.json").unlink(),
        (folder / "metrics.json").mkdir(),
    ],
}

# --- archives


def members(path, names, content=b"{}", **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name in names:
            archive.writestr(name, content)


def with_bytes(change):
    def make(path):
        members(path, ["01_a/metrics.json"], METRICS)
        path.write_bytes(change(bytearray(path.read_bytes())))

    return make


def lying(content):
    """Say in the index that the member has 10 bytes."""
    start = content.index(b"PK\x01\x02")
    content[start + 24 : start + 28] = struct.pack("<I", 10)
    return content


def with_link(path):
    link = zipfile.ZipInfo("01_a/metrics.json")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")


def nested(path):
    inner = path
    members(path, ["01_a/metrics.json"], METRICS)
    for number in range(9):
        outer = inner.with_name(f"n{number}.zip")
        with zipfile.ZipFile(outer, "w") as archive:
            archive.write(inner, "inner.zip")
        inner = outer
    inner.replace(path)


def bomb(path):
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("01_a/x.json", "w", force_zip64=True) as file,
    ):
        for _ in range(80):
            file.write(bytes(2**24))


ARCHIVES = {
    "no zip file": lambda path: path.write_bytes(b"PK\x05"),
    "an empty file": lambda path: path.touch(),
    "half a zip file": with_bytes(lambda content: content[: len(content) // 2]),
    "a zip file with lying sizes": with_bytes(lying),
    "a zip file of 100,000 members": lambda path: members(path, map("01_a/{}.json".format, range(100_000)), b""),
    "a zip file of 1.3 GB": bomb,
    "members that point outside": lambda path: members(path, ["../../../../tmp/owned/metrics.json", "/etc/owned.json"]),
    "members 1,000 deep": lambda path: members(path, ["x/" * 1000 + "metrics.json"]),
    "a member with a name of 60,000 characters": lambda path: members(path, ["01_a/" + "x" * 60_000]),
    "a member and a folder of one name": lambda path: members(path, ["01_a", "01_a/metrics.json"]),
    "two members of one name": lambda path: members(path, ["01_a/m\x1b[2J.json", "01_a/m\x1b[2J.json"]),
    "a link": with_link,
    "ten zip files in each other": nested,
}

# --- notebooks


def cell(source="1", **changes):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": 1} | changes


def notebook(*cells, **changes):
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": list(cells)} | changes)


STREAM = {"output_type": "stream", "name": "stdout", "text": "x" * 5 * 10**6}
NOTEBOOKS = {
    "no JSON": "{",
    "a list": "[]",
    "cells that are numbers": notebook(1, 2),
    "a cell without source": notebook({"cell_type": "code", "metadata": {}, "outputs": []}),
    "no cells": json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}}),
    "a notebook of format 3": json.dumps({"nbformat": 3, "nbformat_minor": 0, "worksheets": [], "metadata": {}}),
    "metadata that are a text": notebook(cell(), metadata="x"),
    "a source of numbers": notebook(cell([1, 2])),
    "outputs that are a number": notebook(cell(outputs=3)),
    "JSON 100,000 deep": '{"cells":' * 100_000,
    "bytes that are no text": b'{"cells": "\xff"}',
    "10,000 cells": notebook(*[cell(f"x{n} = {n}", execution_count=n) for n in range(10_000)]),
    "a line of 5 MB": notebook(cell("x = '" + "y" * 5 * 10**6 + "'")),
    "a chain of 50,000 attributes": notebook(cell("x" + ".y" * 50_000)),
    "50,000 brackets": notebook(cell("x = " + "(" * 50_000 + ")" * 50_000)),
    "a sum of 100,000 terms": notebook(cell("x = " + "+".join(["1"] * 100_000))),
    "50,000 decorators": notebook(cell("@x\n" * 50_000 + "def f(): pass")),
    "an output of 5 MB": notebook(cell("print('x')", outputs=[STREAM])),
    "a count that is a text": notebook(cell("x", execution_count="\x1b[2J")),
    "source with escape codes": notebook(cell("open('\x1b[2J/home/x/y')")),
    "NUL bytes in the source": notebook(cell("x = 1\0")),
    "a number of 300,000 digits": notebook(cell("x = " + "9" * 300_000)),
}


# The command gets a small parent: a child's peak of memory begins with its parent's size, and pytest grows large.
MEASURE = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
code = subprocess.run(sys.argv[2:], stdout=open("../said", "wb"), stderr=subprocess.STDOUT).returncode
size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
json.dump([code, time.perf_counter() - started, size], open(sys.argv[1], "w"))
"""


def run_command(folder, *arguments):
    """Return the exit code, what was said, seconds, bytes and what was left in the folder for temporary files."""
    temporary, measured = folder / "temporary", folder / "measured.json"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary), "COLUMNS": "100"}
    command = [sys.executable, "-m", "mnist_lab.grading.cli", *map(str, arguments)]
    measure = [sys.executable, "-S", "-c", MEASURE, measured, *command]
    subprocess.run(measure, cwd=folder / "project", env=environment, check=True, timeout=60 * MOST_SECONDS)
    code, seconds, size = json.loads(measured.read_text(encoding="utf-8"))
    text = (folder / "said").read_bytes().decode(errors="replace")
    return code, text, seconds, size, list(temporary.iterdir())


def check(folder, codes, *arguments, named):
    before = sorted(Path(folder / "project").rglob("*"))
    code, text, seconds, size, left = run_command(folder, *arguments)
    assert "Traceback" not in text, text[-2000:]
    assert code in codes, text[:2000]
    assert named in text
    assert len(text) < MOST_CHARACTERS
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert seconds < MOST_SECONDS, seconds
    assert size < MOST_BYTES, size
    assert left == []
    assert sorted(Path(folder / "project").rglob("*")) == before
    return text


@pytest.fixture
def folder(tmp_path, make_project):
    root = make_project(tmp_path / "project", **{"01_a": ["1"]})
    reference = root / "results" / "reference" / "01_a"
    for target in (reference, tmp_path / "student" / "01_a"):
        target.mkdir(parents=True)
        (target / "metrics.json").write_text(METRICS, encoding="utf-8")
        (target / "points.json").write_text(POINTS, encoding="utf-8")
        picture(target / "points.png")
    return tmp_path


def test_the_honest_folder_is_unchanged(folder):
    check(folder, {UNCHANGED}, "diff", "results/reference", folder / "student", named="No result changed.")


@pytest.mark.parametrize("name", FOLDERS)
def test_folders(folder, name):
    FOLDERS[name](folder / "student" / "01_a")
    text = check(folder, {CHANGED, WRONG_USE}, "diff", "results/reference", folder / "student", named="")
    assert "No result changed." not in text.splitlines()


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives(folder, name):
    ARCHIVES[name](folder / "student.zip")
    text = check(folder, {CHANGED, WRONG_USE}, "diff", "results/reference", folder / "student.zip", named="student.zip")
    assert "No result changed." not in text.splitlines()
    assert not Path("/tmp/owned").exists()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks(folder, name):
    content = NOTEBOOKS[name]
    (folder / "01_a.ipynb").write_bytes(content if isinstance(content, bytes) else content.encode())
    check(folder, {UNCHANGED, CHANGED}, "preflight", folder / "01_a.ipynb", named="1 notebook looked at")


UNREADABLE = list(NOTEBOOKS)[: list(NOTEBOOKS).index("10,000 cells")]


@pytest.mark.parametrize("name", UNREADABLE)
def test_run_says_the_same_as_preflight_of_what_is_no_notebook(folder, name):
    content = NOTEBOOKS[name]
    (folder / "01_a.ipynb").write_bytes(content if isinstance(content, bytes) else content.encode())
    said = check(folder, {CHANGED}, "preflight", folder / "01_a.ipynb", named="unreadable: ")
    reason = said.partition("unreadable: ")[2].splitlines()[0]
    (folder / "temporary").rmdir()
    code, text, *_ = run_command(folder, "run", folder / "01_a.ipynb")
    assert code == CHANGED
    assert f"failed: unreadable notebook: {reason}"[:100] in text
