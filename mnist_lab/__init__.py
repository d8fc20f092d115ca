"""Helpers for the MNIST coursework notebooks.

Importing the package turns on GPU memory growth and loads nothing heavy. Import the module you need::

    from mnist_lab import data, models, training

From the ground up; each room imports only what stands above it in this list.

===================  ==================================================================
``gpu``              memory growth
``files``            where results and models go; files written whole or not at all
``sources``          where the data comes from
``data``             arrays: load, prepare, look at
``reproducibility``  seeds, determinism, the record of the environment
``models``           builders, and THE list of models
``training``         train, save, load, callbacks
``evaluation``       predictions, confusion matrix, ranked errors
``network``          inside a network: feature maps, hidden features, gradients
``significance``     which differences are real
``plotting``         figures
``results``          the results of a notebook, and their format
``comparison``       all models side by side
``kaggle``           the submission file
``checks``           is the task met?
``grading``          the commands of graders and instructors
===================  ==================================================================
"""

from mnist_lab.gpu import enable_memory_growth

__all__ = ["enable_memory_growth"]
__version__ = "0.1.0"

enable_memory_growth()
