"""A small residual network: each block adds what it computes to what it was given."""

from mnist_lab._keras import keras
from mnist_lab.models.common import INPUT_SHAPE, NUM_CLASSES, compiled, standardised

__all__ = ["residual_cnn"]


def residual_cnn(learning_rate=0.001, *, augmentation=None):
    """Build a residual network of three blocks.

    Standardised pixels, Conv 32 5x5 with stride 2, then blocks of 32, 64 and 64 filters, the second with stride 2. A
    block is Conv 3x3, BN, ReLU, Conv 3x3, BN, added to its input (brought to the same shape by a 1x1 convolution where
    it has another), then ReLU. Global average pooling, Dense 10 softmax; Adam, categorical cross-entropy with label
    smoothing 0.1.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.001
        Learning rate of Adam.
    augmentation : keras.layers.Layer, optional
        Layer that changes the training images.

    Returns
    -------
    keras.Model
        Compiled; 152,330 parameters.

    Examples
    --------
    >>> residual_cnn().count_params()
    152330

    References
    ----------
    K. He et al. (2015), Deep residual learning for image recognition, https://arxiv.org/abs/1512.03385
    """
    layers = keras.layers
    images = keras.Input(INPUT_SHAPE)
    x = images if augmentation is None else augmentation(images)
    x = layers.Conv2D(32, 5, strides=2, padding="same", activation="relu")(standardised()(x))
    for filters, strides in ((32, 1), (64, 2), (64, 1)):
        shortcut = x
        x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.BatchNormalization(momentum=0.9)(layers.Conv2D(filters, 3, padding="same", use_bias=False)(x))
        if x.shape != shortcut.shape:
            shortcut = layers.Conv2D(filters, 1, strides=strides)(shortcut)
        x = layers.ReLU()(layers.Add()([x, shortcut]))
    outputs = layers.Dense(NUM_CLASSES, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(images, outputs, name="residual_cnn")
    return compiled(model, keras.optimizers.Adam(learning_rate), label_smoothing=0.1)
