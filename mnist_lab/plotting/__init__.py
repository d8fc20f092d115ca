"""Figures, one function each. They draw what they are given and compute nothing a result depends on.

=================  ===============================================================================
``classes``        how often each digit occurs
``curves``         loss and accuracy over the epochs
``errors``         confusion matrix, errors of each class, class probabilities
``images``         grids of images
``comparison``     models side by side
``network``        feature maps, maps of hidden features
``error_browser``  wrong predictions to choose from, in a widget or without one
``drawing_board``  a widget to draw a digit on, and what a network answers
``style``          colours, resolution and sizes of all figures
=================  ===============================================================================

A function that takes `ax` draws into it, or into a new figure of a fixed size, and returns the Axes. A function that
draws several Axes returns the Figure. None calls ``show()``, none changes matplotlib's settings.

In a notebook write ``ax = class_histogram(...)`` or ``fig = learning_curves(...)``: Jupyter shows an open figure once,
at the end of its cell, and you can still save it later. A cell that ends with ``fig`` alone would show it twice.
"""

from mnist_lab.plotting.classes import class_histogram, interactive_class_histogram
from mnist_lab.plotting.comparison import accuracy_over_seeds, cost_scatter, discordance_scatter, p_value_heatmap
from mnist_lab.plotting.curves import learning_curves
from mnist_lab.plotting.drawing_board import draw_answer, drawing_board
from mnist_lab.plotting.error_browser import draw_errors, draw_one_error, errors_of, explore_errors
from mnist_lab.plotting.errors import (
    confusion_matrix_heatmap,
    errors_per_class_bars,
    predicted_against_true,
    probability_fractions,
    probability_histogram,
)
from mnist_lab.plotting.images import draw_mosaic, mosaic, prediction_mosaic, sample_grid, weight_mosaic
from mnist_lab.plotting.network import draw_feature_maps, embedding_scatter
