"""Run one notebook in a fresh kernel, with limits and progress.

The kernel is always the Python that runs this module, whatever kernel of the name ``python3`` the user has
registered. It works in the notebook's folder, as in Jupyter, and in the environment that
`mnist_lab.grading.kernel_environment` describes, whatever the user's configuration says.
"""

import json
import os
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from mnist_lab.grading.cells import Notebook, read_options, read_tags
from mnist_lab.grading.kernel_environment import apply_changes, kernel_environment
from mnist_lab.grading.run.ending import MARK, cause_of_death, end_leftovers, kills_for_memory, peak_memory

__all__ = ["CELL_TIMEOUT", "NotebookRun", "first_line", "run_notebook"]

CELL_TIMEOUT = 480  # seconds: four times what the slowest cell needs on a slow undisturbed machine (110 s)


@dataclass
class NotebookRun:
    """What happened to one notebook.

    Attributes
    ----------
    notebook : str
        File name without ending.
    ok : bool
        True where every cell ran without error, but for errors that a cell's tag or marker expects.
    cells, cells_run : int
        Code cells in the notebook, and how many of them ended or are skipped.
    seconds : float
        Duration, with the start of the kernel.
    slowest_cell : tuple of (int, float) or None
        Number of the code cell, from 1 as Jupyter shows it, and its seconds.
    peak_memory : int or None
        Most bytes the kernel held at once; None where the system does not tell (only Linux does).
    error : tuple of (int or None, str, str) or None
        Number of the code cell, name and text of what stopped the notebook.
    stderr_cells : tuple of int
        Code cells that wrote to stderr, which nbval compares.
    leftovers : int
        Processes that the notebook started and left running; they were ended.
    """

    notebook: str
    ok: bool = False
    cells: int = 0
    cells_run: int = 0
    seconds: float = 0.0
    slowest_cell: tuple | None = None
    peak_memory: int | None = None
    error: tuple | None = None
    stderr_cells: tuple = ()
    leftovers: int = 0


def run_notebook(path, output_path, *, timeout=CELL_TIMEOUT, environment=None, on_cell=None, keep_going=False):
    """Execute a notebook in a fresh kernel and write it with its outputs.

    A failure of the notebook, whatever its kind, is reported in the result, not raised, and what was executed until
    then is written. Cells that a tag or a marker skips are not executed and have no outputs; an error that one expects
    is no failure. What would differ between two equal runs is left out of the file: times, the exact Python version,
    widget states.

    Parameters
    ----------
    path, output_path : path-like
        The notebook, and where to write the executed one.
    timeout : float, default=480
        Seconds that one cell may take.
    environment : dict of str, optional
        Environment variables for the kernel, added to those of this process. With ``MNIST_LAB_PROJECT``, the
        notebook imports the library of that project.
    on_cell : callable, optional
        Called as ``on_cell(number, total, source, seconds)`` when a code cell begins, with ``seconds`` None,
        and when it ended, with its duration.
    keep_going : bool, default=False
        Go on with the next cell after an error that Python raised; the first one is reported.

    Returns
    -------
    NotebookRun

    Raises
    ------
    OSError
        If `output_path` can't be written.
    KeyboardInterrupt
        When the user stops the run; the partly executed notebook is written first.

    Examples
    --------
    >>> run = run_notebook("notebooks/01_class_histogram.ipynb", "executed.ipynb")  # doctest: +SKIP
    """
    path, environment = Path(path), environment or {}
    run, started = NotebookRun(path.stem), time.perf_counter()
    try:
        notebook = _read(path)
    except Exception as error:  # nbformat raises many kinds for a file that is no notebook
        run.error = (None, "unreadable notebook", first_line(error))
        return run
    mark = uuid.uuid4().hex
    try:
        with tempfile.TemporaryDirectory(prefix="mnist_lab_kernel_", ignore_cleanup_errors=True) as folder:
            changes = kernel_environment(folder, environment.get("MNIST_LAB_PROJECT"))
            everything = apply_changes(changes, os.environ) | environment | {MARK: mark}
            try:
                _execute(notebook, path.parent, timeout, everything, on_cell, keep_going, run)
            finally:
                run.leftovers += end_leftovers(mark)
    finally:
        run.seconds = time.perf_counter() - started
        run.stderr_cells = _make_stable(notebook)
        _write(notebook, output_path)
    return run


def _read(path):
    """Read a notebook without outputs; tags that are no list are none."""
    import nbformat

    stored = Notebook(path)
    if stored.problem:
        raise ValueError(": ".join(stored.problem))
    for cell in stored.content["cells"]:
        if "tags" in cell.get("metadata", {}):
            cell["metadata"]["tags"] = read_tags(cell["metadata"])
    notebook = nbformat.reads(json.dumps(stored.content), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _execute(notebook, folder, timeout, environment, on_cell, keep_going, run):
    """Execute the cells of `notebook` in place and fill in `run`."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from mnist_lab.grading.run.client import end_tasks, make_client

    client = make_client(notebook, folder, timeout)
    code_cells = [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    run.cells, number, returncode, kills = len(code_cells), None, None, kills_for_memory()
    try:
        # A kernel's own start-up messages would disturb the progress display; those of cells are captured anyway.
        with client.setup_kernel(env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            process = client.km.provisioner.process
            try:
                for number, (index, cell) in enumerate(code_cells, start=1):
                    if on_cell:
                        on_cell(number, run.cells, cell.source, None)
                    began = time.perf_counter()
                    try:
                        _execute_cell(client, index, cell)
                    except CellExecutionError as error:
                        if not keep_going:
                            raise
                        run.error = run.error or (number, error.ename, first_line(error.evalue))
                    seconds = time.perf_counter() - began
                    run.cells_run = number
                    run.slowest_cell = max(run.slowest_cell or (0, 0), (number, seconds), key=lambda cell: cell[1])
                    run.peak_memory = peak_memory(process.pid) or run.peak_memory
                    if on_cell:
                        on_cell(number, run.cells, cell.source, seconds)
                # now: a kernel may take seconds to end, in which they would go on to write
                run.leftovers = end_leftovers(environment[MARK], spare=process.pid)
            except BaseException:
                end_tasks()
                client.shutdown_kernel = "immediate"  # a busy kernel does not listen to a polite request
                returncode = process.poll()
                run.peak_memory = peak_memory(process.pid) or run.peak_memory
                raise
        run.ok = run.error is None
    except CellExecutionError as error:
        run.error = (number, error.ename, first_line(error.evalue))
    except CellTimeoutError:
        text = f"the cell took longer than {timeout:g} s: make it cheaper, or allow more with --timeout"
        run.error = (number, "time limit", text)
    except DeadKernelError:
        text = cause_of_death(returncode, memory_short=kills_for_memory() > kills)
        run.error = (number, "dead kernel", text)
    except RuntimeError as error:
        run.error = (number, "kernel", first_line(error))
    except Exception as error:  # nbclient stumbled over what the notebook sent; the next notebook gets its turn
        run.error = (number, type(error).__name__, first_line(error))


def _execute_cell(client, index, cell):
    """Execute a cell as its tags and markers say."""
    from mnist_lab.grading.run.client import merge_streams

    options = read_options(cell.source, read_tags(cell.metadata))
    if not options.get("skip"):
        client.allow_errors = options.get("raises", False)
        try:
            client.execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
        finally:
            cell.outputs = merge_streams(cell.outputs)


def _make_stable(notebook):
    """Remove what differs between two equal runs; return the numbers of the cells that wrote to stderr."""
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code_cells:
        cell.metadata.pop("execution", None)
    return tuple(
        number
        for number, cell in enumerate(code_cells, start=1)
        if any(output.get("name") == "stderr" for output in cell.outputs)
    )


def _write(notebook, path):
    import nbformat

    from mnist_lab.files import write_atomically

    write_atomically(path, (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode("utf-8"))


def first_line(error):
    """Return the first line of an error's text, at most 200 characters of it."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0] if len(lines[0]) <= 200 else lines[0][:197] + "..."
