"""Outputs: merged in linear time, and limited."""

import subprocess
import sys
import time

import nbformat
import pytest

from mnist_lab.grading.kernel_environment import MOST_PRINTED
from mnist_lab.grading.run.client import MOST_KEPT, merge_streams
from mnist_lab.grading.run.kernel import run_notebook


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        ("a\rb\n", "b\n"),
        ("a\r\nb", "a\r\nb"),
        ("a\rb\r", "b\r"),
        ("a\r\r\n", "\r\n"),
        ("\n\n", "\n\n"),
        ("", ""),
    ],
)
def test_a_carriage_return_prints_the_line_anew(text, merged):
    from nbclient.client import _RGX_CARRIAGERETURN

    assert [output.text for output in merge_streams([stream(text)])] == [merged]
    assert _RGX_CARRIAGERETURN.sub("", text) == merged  # as nbclient has it


def test_streams_are_joined_in_order_and_others_stay():
    shown = nbformat.v4.new_output("display_data", data={"text/plain": "x"})
    outputs = merge_streams([stream("w", "stderr"), stream("a"), shown, stream("b"), stream("v", "stderr")])
    assert [(output.get("name"), output.get("text")) for output in outputs] == [
        ("stdout", "ab"),
        ("stderr", "wv"),
        (None, None),
    ]


def test_a_long_line_takes_no_longer_than_many_short_ones():
    began = time.perf_counter()
    merge_streams([stream("x" * 5_000_000)])
    assert time.perf_counter() - began < 5


def test_endless_output_is_cut_and_said_so_and_what_runs_on_is_ended(tmp_path, write_notebook):
    path = write_notebook(
        tmp_path / "big.ipynb",
        f"print('x' * {4 * MOST_PRINTED})",
        "print('next')",
        f"from IPython.display import HTML, display\nfor i in range(9): display(HTML('x' * {MOST_KEPT // 4}))",
        "import subprocess, sys\nwait = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "open('pid', 'w').write(str(subprocess.Popen(wait, start_new_session=True).pid));",
    )
    run = run_notebook(path, tmp_path / "out.ipynb")
    assert run.ok
    assert run.leftovers >= 1
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert len(cells[1].outputs[0].text) < 1.1 * MOST_PRINTED
    assert "output cut: a cell may print 5,000,000 characters" in cells[1].outputs[0].text
    assert cells[2].outputs[0].text == "next\n"
    assert "output cut: a notebook may show" in cells[3].outputs[-1].text
    assert (tmp_path / "out.ipynb").stat().st_size < 1.5 * MOST_KEPT
    if sys.platform != "win32":
        deadline = time.monotonic() + 10
        while running((tmp_path / "pid").read_text()) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not running((tmp_path / "pid").read_text())


def running(pid):
    """Whether a process runs; a dead one whose end nobody asked for does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")
