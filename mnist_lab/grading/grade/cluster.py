"""Submissions graded by the workers of a dask cluster, which share a folder and an installation.

A task of dask may run twice, and may end with its worker. So nothing depends on running once: a result is a file that
is written last, and a submission that has one is not run again.

Source: https://distributed.dask.org/en/stable/resilience.html
"""

from mnist_lab.grading import WrongUseError
from mnist_lab.grading.diff.shown import visible
from mnist_lab.grading.grade.bench import Bench
from mnist_lab.grading.grade.grading import failure, grade, python_folders

__all__ = ["grade_on_cluster"]

_BENCHES = {}  # of this process, a worker: folder of the grading to its judge


def grade_on_cluster(submissions, settings, address):
    """Yield the result of each submission as it comes.

    Parameters
    ----------
    submissions : list of Submission
    settings : Settings
        Its folders must be there, under the same paths, on the machine of every worker.
    address : str
        Of the scheduler, as ``dask scheduler`` prints it.

    Raises
    ------
    WrongUseError
        If dask is not installed, or there is no scheduler at that address.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise WrongUseError("dask is not installed: pip install 'mnist_lab[cluster]'") from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise WrongUseError(f"no scheduler answers at {visible(address)} ({visible(error)})") from None
    with client:
        client.run_on_scheduler(_fail_early)
        tasks = {client.submit(grade_here, one, settings, pure=False): one for one in submissions}
        for task in as_completed(tasks):
            error = task.exception()
            yield failure(tasks[task], f"{type(error).__name__}: {error}") if error else task.result()


def _fail_early(dask_scheduler):
    dask_scheduler.allowed_failures = 1  # a submission that ends its worker must not end four


def grade_here(submission, settings):
    """Grade a submission in this process, whose judge stays warm for the next."""
    if settings.folder not in _BENCHES:
        _BENCHES[settings.folder] = Bench(settings.folder, python_folders(), isolated=settings.isolated)
    return grade(submission, settings, _BENCHES[settings.folder])
