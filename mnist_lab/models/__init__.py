"""Models: one builder each, the layers they share, and the list of them all.

===================  ===========================================================================
``catalogue``        THE list of models: builder, training, family, the original's accuracy
``linear``           logistic regression (scikit-learn)
``fully_connected``  dense networks
``convolutional``    the CNNs of the exercise and of its relatives
``vgg``              a deeper CNN for a training of many minutes
``multi_branch``     CNNs whose filters have three shapes side by side
``augmentation``     layers that turn, shift, stretch and bend the training images
``schedule``         the learning rate over a training
``common``           input shape, standardised pixels, the way to compile, the table of layers
===================  ===========================================================================

All Keras models take float32 images of shape (n, 28, 28, 1) with pixels in [0, 1] and one-hot labels of shape
(n, 10), and give class probabilities of shape (n, 10), so that they can stand in for each other.
"""

from mnist_lab.models.augmentation import RandomAffine, RandomElastic
from mnist_lab.models.catalogue import CATALOGUE, CatalogueEntry
from mnist_lab.models.common import layer_table
from mnist_lab.models.convolutional import deep_cnn, dropout_cnn, fast_cnn, improved_cnn, marvin, simple_cnn
from mnist_lab.models.fully_connected import dense, dense_512
from mnist_lab.models.linear import sgd_logistic_regression
from mnist_lab.models.multi_branch import FILTER_SHAPES, RangeNormalization, branches
from mnist_lab.models.schedule import WarmupThenLinear
from mnist_lab.models.vgg import FusedBatchNormalization, fastest_dtype, vgg_cnn
