"""Where the judge sits: its process in a box, kept warm, asked one hand-in after the other."""

import json
import selectors
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mnist_lab
from mnist_lab.grading.grade.box import Limits, box_command

__all__ = ["Bench"]

SECONDS = 300  # for one hand-in; it takes 3 to 6


class Bench:
    """The judge's process. Several threads may ask; one hand-in is judged at a time.

    A thread of its own starts the process, because a box ends with the thread that made it.

    Parameters
    ----------
    folder : pathlib.Path
        Of the grading: ``variant`` and ``work`` in it can be read by the judge.
    read_only : list of pathlib.Path
        What Python and the library need.
    isolated : bool
        Whether the judge runs in a box.
    """

    def __init__(self, folder, read_only, *, isolated=True):
        self._folder, self._read_only, self._isolated = Path(folder), read_only, isolated
        self._process, self._thread = None, ThreadPoolExecutor(1)

    def judge(self, hand_in):
        """Return the points for the hand-in in a folder; one that ends the judge twice gets none."""
        return self._thread.submit(self._judge, Path(hand_in)).result()

    def _judge(self, hand_in):
        for _ in range(2):
            if self._process is None or self._process.poll() is not None:
                self._start()
            try:
                self._process.stdin.write(f"{hand_in}\n")
                self._process.stdin.flush()
                if line := self._read_line():
                    return json.loads(line)
            except OSError:
                pass
            self._end()
        tasks = sorted(path.name.removeprefix("task_") for path in hand_in.glob("task_?"))
        text = "what was handed in could not be judged: it took too long, or too much memory"
        return {task: {"points": 0, "of": 0, "text": text, "flags": ["the judge ended"]} for task in tasks}

    def _start(self):
        library = Path(mnist_lab.__file__).parent
        variant, work = self._folder / "variant", self._folder / "work"
        work.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "mnist_lab.grading.grade.judge", str(variant)]
        environment = {"MNIST_LAB_VARIANT": str(variant / "variant.npz"), "PYTHONPATH": str(library.parent)}
        line = box_command(
            command,
            folder=None,
            read_only=[*self._read_only, variant, work],
            environment=environment,
            limits=Limits(),
            isolated=self._isolated,
        )
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(line, **pipes, text=True, encoding="utf-8")

    def _read_line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            return self._process.stdout.readline() if selector.select(SECONDS) else ""

    def close(self):
        """End the process."""
        self._thread.submit(self._end).result()
        self._thread.shutdown()

    def _end(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None
