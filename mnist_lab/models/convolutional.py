"""Convolutional models: one function a model, each returns a compiled Keras model.

All models take float32 images of shape (n, 28, 28, 1) with pixels in [0, 1] and one-hot labels of shape
(n, 10), and give class probabilities of shape (n, 10), so that they can stand in for each other.
"""

from mnist_lab._keras import keras
from mnist_lab.models.common import classifier, standardised

__all__ = ["deep_cnn", "dropout_cnn", "fast_cnn", "improved_cnn", "marvin", "simple_cnn"]


def simple_cnn():
    """Build the first model: one convolution, one pooling, one hidden dense layer.

    Conv2D 32 3x3, MaxPool 2, Flatten, Dense 100, Dense 10 softmax; ReLU and He initialisation; Adam,
    categorical cross-entropy. The exercise reports 98.36 % test accuracy after 5 epochs at batch
    size 128 and 98.76 % after 20.

    Returns
    -------
    keras.Sequential
        Compiled; 542,230 parameters.

    Examples
    --------
    >>> from mnist_lab import models
    >>> model = models.simple_cnn()

    References
    ----------
    K. He et al. (2015), Delving deep into rectifiers, https://arxiv.org/abs/1502.01852 (initialisation)
    """
    layers = keras.layers
    return classifier(
        "simple_cnn",
        [
            layers.Conv2D(32, 3, activation="relu", kernel_initializer="he_uniform"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100, activation="relu", kernel_initializer="he_uniform"),
        ],
        keras.optimizers.Adam(),
    )


def deep_cnn(learning_rate=0.001):
    """Build the deep CNN of a Kaggle notebook: five convolutions with batch normalisation.

    Conv 64, Conv 64, MaxPool, BN, Conv 128, Conv 128, MaxPool, BN, Conv 256, MaxPool, Flatten, BN,
    Dense 512, Dense 10 softmax; 3x3 filters, ReLU, Adam, categorical cross-entropy, meant for batch
    size 64. The exercise reports 99.19 % with early stopping and 99.26 % after 10 epochs.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.001
        Learning rate of Adam.

    Returns
    -------
    keras.Sequential
        Compiled; 692,682 parameters.

    Examples
    --------
    >>> from mnist_lab import models
    >>> model = models.deep_cnn()

    References
    ----------
    https://www.kaggle.com/elcaiseri/mnist-simple-cnn-keras-accuracy-0-99-top-1
    """
    layers = keras.layers

    def convolution(filters):
        return layers.Conv2D(filters, 3, activation="relu")

    return classifier(
        "deep_cnn",
        [
            convolution(64),
            convolution(64),
            layers.MaxPooling2D(2),
            layers.BatchNormalization(),
            convolution(128),
            convolution(128),
            layers.MaxPooling2D(2),
            layers.BatchNormalization(),
            convolution(256),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.BatchNormalization(),
            layers.Dense(512, activation="relu"),
        ],
        keras.optimizers.Adam(learning_rate),
    )


def improved_cnn(learning_rate=0.001, *, augmentation=None):
    """Build our answer to task 3: two convolutions, dropout, a wide dense layer.

    Standardised pixels, the two outer rows and columns cropped (they are nearly always empty), Conv 32
    5x5, MaxPool, ReLU, Conv 64 3x3, MaxPool, ReLU, Flatten, Dropout 0.4, Dense 256, Dense 10 softmax;
    Adam, categorical cross-entropy with label smoothing 0.1, meant for the training of
    its entry in the catalogue. Its test accuracy over several seeds is measured in
    ``results/measurements/improved_cnn.json``: 99.6 % after 12 epochs with augmentation.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.001
        Learning rate of Adam.
    augmentation : keras.layers.Layer, optional
        Layer that changes the training images, for example
        :class:`mnist_lab.models.RandomAffine`.

    Returns
    -------
    keras.Sequential
        Compiled; 284,298 parameters.

    Examples
    --------
    >>> from mnist_lab import models
    >>> schedule = models.WarmupThenLinear(0.004, steps=12 * 211)
    >>> model = models.improved_cnn(schedule)

    References
    ----------
    C. Szegedy et al. (2016), Rethinking the inception architecture, https://arxiv.org/abs/1512.00567
    (label smoothing); L. N. Smith, N. Topin (2018), Super-convergence, https://arxiv.org/abs/1708.07120
    (a high peak after a warm-up); N. Srivastava et al. (2014), Dropout,
    https://jmlr.org/papers/v15/srivastava14a.html; https://github.com/tuomaso/train_mnist_fast (cropping,
    pooling before the ReLU)
    """
    layers = keras.layers
    return classifier(
        "improved_cnn",
        [
            *_standardised_and_cropped(),
            layers.Conv2D(32, 5),
            layers.MaxPooling2D(2),
            layers.ReLU(),  # after the pooling: the same result on a quarter of the numbers
            layers.Conv2D(64, 3),
            layers.MaxPooling2D(2),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(256, activation="relu"),
        ],
        keras.optimizers.Adam(learning_rate),
        label_smoothing=0.1,
        augmentation=augmentation,
    )


def fast_cnn(learning_rate=0.001, *, augmentation=None):
    """Build the small model for comparisons over many seeds: an epoch takes seconds.

    Standardised and cropped pixels, Conv 24 5x5 with stride 2, ReLU, Conv 32 3x3, MaxPool, ReLU, Flatten,
    Dense 256, Dense 10 softmax; Adam with betas 0.7 and 0.9, label smoothing 0.15, meant for batch size
    256 and a warm-up to 0.01. Notebook 05 shows its accuracy after two epochs, 99.3 %.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.001
        Learning rate of Adam.
    augmentation : keras.layers.Layer, optional
        Layer that changes the training images.

    Returns
    -------
    keras.Sequential
        Compiled; 141,466 parameters.

    Examples
    --------
    >>> from mnist_lab import models
    >>> model = models.fast_cnn(0.003)

    References
    ----------
    Architecture after https://github.com/tuomaso/train_mnist_fast
    """
    layers = keras.layers
    return classifier(
        "fast_cnn",
        [
            *_standardised_and_cropped(),
            layers.Conv2D(24, 5, strides=2, activation="relu"),
            layers.Conv2D(32, 3),
            layers.MaxPooling2D(2),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
        ],
        keras.optimizers.Adam(learning_rate, beta_1=0.7, beta_2=0.9),
        label_smoothing=0.15,
        augmentation=augmentation,
    )


def marvin(learning_rate=0.001):
    """Build the tuned network called marvin: two convolutions, two wide dense layers, dropout.

    Conv 32 3x3, MaxPool, Conv 64 3x3, MaxPool, Flatten, Dense 256, Dense 256, Dropout 0.5, Dense 10 softmax;
    ReLU, Adam, categorical cross-entropy, meant for batch size 128 and 10 epochs. Its original reports no
    accuracy; ours over three seeds is measured in ``results/measurements/marvin.json``.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.001
        Learning rate of Adam.

    Returns
    -------
    keras.Sequential
        Compiled, with accuracy, precision and recall; 497,034 parameters. Keras counts precision and recall
        over all classes together: a class counts as predicted if its probability is above 0.5.

    Examples
    --------
    >>> from mnist_lab import models
    >>> model = models.marvin()
    """
    layers = keras.layers
    return classifier(
        "marvin",
        [
            layers.Conv2D(32, 3, activation="relu", name="conv_1"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu", name="conv_2"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(256, activation="relu", name="dense_1"),
            layers.Dense(256, activation="relu", name="dense_2"),
            layers.Dropout(0.5),
        ],
        keras.optimizers.Adam(learning_rate),
        metrics=["accuracy", keras.metrics.Precision(name="precision"), keras.metrics.Recall(name="recall")],
        output="probabilities",
    )


def dropout_cnn(learning_rate=0.001, *, augmentation=None, label_smoothing=0.0):
    """Build the CNN of "A take on MNIST": two blocks of convolution, pooling and dropout.

    Conv 32 5x5 same, MaxPool, Dropout 0.25, Conv 32 5x5 same, MaxPool, Dropout 0.25, Flatten, Dense 256,
    Dropout 0.5, Dense 10 softmax; ReLU, Adam, categorical cross-entropy. Its original reports 99.50 % after
    30 epochs at batch size 32, and 99.38 % with augmentation.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.001
        Learning rate of Adam.
    augmentation : keras.layers.Layer, optional
        Layer that changes the training images.
    label_smoothing : float, default=0.0
        Share, in [0, 1), of each label that is spread over all classes.

    Returns
    -------
    keras.Sequential
        Compiled; 430,698 parameters.

    Examples
    --------
    >>> from mnist_lab import models
    >>> model = models.dropout_cnn()

    References
    ----------
    N. Srivastava et al. (2014), Dropout, https://jmlr.org/papers/v15/srivastava14a.html;
    C. Szegedy et al. (2016), Rethinking the inception architecture, https://arxiv.org/abs/1512.00567
    (label smoothing)
    """
    layers = keras.layers

    def block():
        convolution = layers.Conv2D(32, 5, padding="same", activation="relu")
        return [convolution, layers.MaxPooling2D(2), layers.Dropout(0.25)]

    return classifier(
        "dropout_cnn",
        [
            *block(),
            *block(),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.5),
        ],
        keras.optimizers.Adam(learning_rate),
        label_smoothing=label_smoothing,
        augmentation=augmentation,
    )


def _standardised_and_cropped():
    return [keras.layers.Cropping2D(2), standardised()]
