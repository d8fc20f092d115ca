"""Helpers for the MNIST coursework notebooks.

Importing the package turns on GPU memory growth and loads nothing heavy. Import the module you need::

    from mnist_lab import data, models, training
"""

from mnist_lab.gpu import enable_memory_growth

__all__ = ["enable_memory_growth"]
__version__ = "0.1.0"

enable_memory_growth()
