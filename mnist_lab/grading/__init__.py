"""What graders and instructors run: re-execute notebooks, compare results, predict what fails elsewhere.

======================  ==================================================================
``cli``                 the command ``mnist-lab`` and its arguments
``run``                 ``mnist-lab run``: execute notebooks
``diff``                ``mnist-lab diff``: compare results
``preflight``           ``mnist-lab preflight``: say what will fail elsewhere
``env``, ``fetch``      ``mnist-lab env``, ``mnist-lab fetch``
``nbval_tolerance``     the pytest plugin that gives nbval tolerances
``notebooks``           which project and which notebooks a command is about
``cells``               THE reader of a notebook's cells and their tags
``kernel_environment``  THE environment in which kernels start, for ``run`` and for nbval
``reading``             THE reader of files that someone else made, with bounds
``text``                aligned plain text
======================  ==================================================================

Nothing in here imports TensorFlow, so that ``mnist-lab diff``, ``mnist-lab preflight`` and the pytest
plugin answer at once; the notebooks' kernels load it themselves.
"""

import os
from pathlib import Path

__all__ = ["FOLDER_VARIABLES", "WrongUseError", "absolute_folders"]

FOLDER_VARIABLES = ("MNIST_LAB_DATA", "MNIST_LAB_CACHE", "MNIST_LAB_RESULTS", "MNIST_LAB_MODELS", "MNIST_LAB_PROJECT")


class WrongUseError(ValueError):
    """What the user typed can't be done; the text says what can. The command then ends with exit code 2."""


def absolute_folders():
    """Return the folders that the user chose with environment variables as absolute paths.

    A kernel works in its notebook's folder, where a relative path would mean another folder than it does for
    the user who typed it.

    Returns
    -------
    dict of str to str
        The variables that are set, with absolute paths; ``os.environ`` is left alone.

    Examples
    --------
    >>> absolute_folders()  # with MNIST_LAB_DATA=data  # doctest: +SKIP
    {'MNIST_LAB_DATA': '/home/ann/mnist/data'}
    """
    return {
        name: str(Path(os.environ[name]).expanduser().absolute()) for name in FOLDER_VARIABLES if os.environ.get(name)
    }
