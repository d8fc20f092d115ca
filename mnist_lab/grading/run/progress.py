"""Which cell of which notebook is running, on a terminal and in a pipe."""

import contextlib
import sys

__all__ = ["cell_progress"]


@contextlib.contextmanager
def cell_progress():
    """Give a function that shows the running cell: live on a terminal, in plain lines in a pipe.

    Yields
    ------
    callable
        Takes the notebook's name, then what ``on_cell`` of :func:`mnist_lab.grading.run.kernel.run_notebook` gets:
        the cell's number, the number of cells, the source, and the seconds, None where the cell begins.

    Examples
    --------
    >>> with cell_progress() as show:  # doctest: +SKIP
    ...     run_notebook(path, executed, on_cell=partial(show, path.stem))
    """
    if not sys.stdout.isatty():
        yield _print_cell
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    text = TextColumn("{task.description}", markup=False)
    with Progress(text, BarColumn(bar_width=20), TimeElapsedColumn(), transient=True) as progress:
        tasks = {}

        def show(name, number, total, source, seconds):
            if tasks.get("name") != name:
                for task in list(progress.task_ids):
                    progress.remove_task(task)
                tasks.update(name=name, notebook=progress.add_task(name, total=total), cell=progress.add_task(""))
            if seconds is None:
                progress.reset(tasks["cell"], total=None, description=f"  {_cell_text(number, total, source)}")
            progress.update(tasks["notebook"], completed=number - (seconds is None))

        yield show


def _print_cell(name, number, total, source, seconds):
    if seconds is None:
        print(f"{name} {_cell_text(number, total, source)}", flush=True)
    else:
        print(f"{name} cell [{number}] took {seconds:.1f} s", flush=True)


def _cell_text(number, total, source):
    first = next((line.strip() for line in source.splitlines() if line.strip()), "")
    return f"cell [{number}] of {total}: {first if len(first) <= 50 else first[:47] + '...'}"
