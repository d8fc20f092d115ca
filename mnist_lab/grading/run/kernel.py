"""Run one notebook in a fresh kernel, with limits and progress.

The kernel is always the Python that runs this module, whatever kernel of the name ``python3`` the user has
registered, and it works in the notebook's folder, as in Jupyter.
"""

import asyncio
import contextlib
import logging
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CELL_TIMEOUT", "NotebookRun", "run_notebook"]

CELL_TIMEOUT = 480  # seconds: four times what the slowest cell needs on a slow undisturbed machine (110 s)


@dataclass
class NotebookRun:
    """What happened to one notebook.

    Attributes
    ----------
    notebook : str
        File name without ending.
    ok : bool
        True where every cell ran without error.
    cells, cells_run : int
        Code cells in the notebook, and how many of them ended.
    seconds : float
        Duration, with the start of the kernel.
    slowest_cell : tuple of (int, float) or None
        Number of the code cell, from 1 as Jupyter shows it, and its seconds.
    peak_memory : int or None
        Most bytes the kernel held at once; None where the system does not tell (only Linux does).
    error : tuple of (int or None, str, str) or None
        Number of the code cell, name and text of what stopped the notebook.
    stderr_cells : tuple of int
        Code cells that wrote to stderr; the executed notebook does not keep it.
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


def run_notebook(path, output_path, *, timeout=CELL_TIMEOUT, environment=None, on_cell=None):
    """Execute a notebook in a fresh kernel and write it with its outputs.

    A failure of the notebook is reported in the result, not raised, and what was executed until then is
    written. What would differ between two equal runs is left out of the file: times, the exact Python
    version, widget states, stderr.

    Parameters
    ----------
    path, output_path : path-like
        The notebook, and where to write the executed one.
    timeout : float, default=480
        Seconds that one cell may take.
    environment : dict of str, optional
        Environment variables for the kernel, added to those of this process.
    on_cell : callable, optional
        Called as ``on_cell(number, total, source, seconds)`` when a code cell begins, with ``seconds`` None,
        and when it ended, with its duration.

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
    import nbformat

    path = Path(path)
    run, started = NotebookRun(path.stem), time.perf_counter()
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises many kinds for a file that is no notebook
        run.error = (None, "unreadable notebook", _first_line(error))
        return run
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    try:
        _execute(notebook, path.parent, timeout, {**os.environ, **(environment or {})}, on_cell, run)
    finally:
        run.seconds = time.perf_counter() - started
        run.stderr_cells = _make_stable(notebook)
        _write(notebook, output_path)
    return run


def _execute(notebook, folder, timeout, environment, on_cell, run):
    """Execute the cells of `notebook` in place and fill in `run`."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    client = _client(notebook, folder, timeout)
    code_cells = [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    run.cells, number = len(code_cells), None
    try:
        # A kernel's own start-up messages would disturb the progress display; those of cells are captured anyway.
        with client.setup_kernel(env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            try:
                for number, (index, cell) in enumerate(code_cells, start=1):
                    if on_cell:
                        on_cell(number, run.cells, cell.source, None)
                    began = time.perf_counter()
                    client.execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
                    seconds = time.perf_counter() - began
                    run.cells_run = number
                    run.slowest_cell = max(run.slowest_cell or (0, 0), (number, seconds), key=lambda cell: cell[1])
                    run.peak_memory = _peak_memory(client) or run.peak_memory
                    if on_cell:
                        on_cell(number, run.cells, cell.source, seconds)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    _end_tasks()
                client.shutdown_kernel = "immediate"  # a busy kernel does not listen to a polite request
                run.peak_memory = _peak_memory(client) or run.peak_memory
                raise
        run.ok = True
    except CellExecutionError as error:
        run.error = (number, error.ename, _first_line(error.evalue))
    except CellTimeoutError:
        text = f"the cell took longer than {timeout:g} s: make it cheaper, or allow more with --timeout"
        run.error = (number, "time limit", text)
    except DeadKernelError:
        run.error = (number, "dead kernel", "the kernel died: out of memory is the likely cause, close other programs")
    except RuntimeError as error:
        run.error = (number, "kernel", _first_line(error))


def _end_tasks():
    """End what Ctrl-C left waiting in nbclient's event loop, which would otherwise complain on stderr."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


def _client(notebook, folder, timeout):
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class ThisPython(AsyncKernelManager):
        """Starts the interpreter of this process, whatever is registered as python3."""

        @property
        def kernel_spec(self):
            return KernelSpec(**get_kernel_dict())

    silent = logging.getLogger(f"{__name__}.nbclient")  # errors are told in the table
    silent.disabled = True
    return NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=ThisPython,
        timeout=max(1, round(timeout)),
        resources={"metadata": {"path": str(folder.resolve())}},
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        log=silent,
    )


def _peak_memory(client):
    """Most bytes the kernel's process has held so far, which Linux counts itself."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        status = Path(f"/proc/{client.km.provisioner.pid}/status").read_text(encoding="utf-8")
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def _make_stable(notebook):
    """Remove what differs between two equal runs; return the numbers of the cells that wrote to stderr."""
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    stderr_cells = []
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.metadata.pop("execution", None)
        kept = [output for output in cell.outputs if output.get("name") != "stderr"]
        if len(kept) < len(cell.outputs):
            stderr_cells.append(number)
            cell.outputs = kept
    return tuple(stderr_cells)


def _write(notebook, path):
    import nbformat

    from mnist_lab.files import write_atomically

    write_atomically(path, (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode("utf-8"))


def _first_line(error):
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0] if len(lines[0]) <= 200 else lines[0][:197] + "..."
