"""MNIST as arrays: load it (``loading``), prepare it for training (``preparation``), look at it (``summary``)."""

from mnist_lab.data.loading import load_extra_digits, load_mnist, load_split
from mnist_lab.data.preparation import add_examples, one_hot, scale, stratified_subset, validation_split
from mnist_lab.data.summary import class_table, grid_by_class, pixel_summary
