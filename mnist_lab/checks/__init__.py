"""Is the task met? One function a task; each counts again and says in words what is missing.

==================  ==========================================================================
``class_counts``    task 1: the table of the classes
``overfitting``     task 2: the overfitting epoch, early stopping, the checkpoint
``improved_model``  task 3: few errors, the saved model, sources
``error_analysis``  task 4: lists on disk, the class to improve
``strategies``      task 5: training strategies side by side
``outcome``         points and hints, and what every check does
``reading``         what students pass, in whatever form
``truth``           the labels and images of MNIST, to compare with
``handing_in``      what a check was given, written down for a grader
==================  ==========================================================================

A check takes labels, predictions, arrays, histories and models, never a number that somebody typed, and never raises.
Print what it returns.
"""

from mnist_lab.checks.class_counts import task_1
from mnist_lab.checks.error_analysis import task_4
from mnist_lab.checks.improved_model import task_3
from mnist_lab.checks.outcome import Outcome
from mnist_lab.checks.overfitting import task_2
from mnist_lab.checks.strategies import task_5

__all__ = ["Outcome", "task_1", "task_2", "task_3", "task_4", "task_5"]
