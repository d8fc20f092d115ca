"""MNIST as arrays: load it, prepare it for training, look at it.

===============  =================================================
``loading``      MNIST and extra digits
``preparation``  what training needs: scaled images, a validation split
``summary``      tables of classes and pixels
``own_digits``   digits that you draw yourself
===============  =================================================
"""

from mnist_lab.data.loading import load_extra_digits, load_mnist, load_split
from mnist_lab.data.own_digits import DRAWN, centre_by_mass, draw_in_box, keep_digit, load_my_digits, strokes_to_image
from mnist_lab.data.preparation import add_examples, one_hot, scale, stratified_subset, validation_split
from mnist_lab.data.summary import class_table, grid_by_class, pixel_summary
