"""A deeper CNN for a training of many minutes, in the number format that the machine computes fastest."""

from pathlib import Path

from mnist_lab._building import INPUT_SHAPE, NUM_CLASSES, compiled, standardised
from mnist_lab._keras import keras, tf

__all__ = ["fastest_dtype", "vgg_cnn"]

CPUINFO = Path("/proc/cpuinfo")


def fastest_dtype():
    """Return the dtype policy in which this machine trains convolutions fastest.

    Returns
    -------
    {"mixed_bfloat16", "float32"}
        The first with a GPU, or with a processor that multiplies matrices of bfloat16 (AMX): little more than half the
        time there, with weights still kept in float32. On other processors bfloat16 would be slower.

    Examples
    --------
    >>> model = vgg_cnn(dtype=fastest_dtype())

    References
    ----------
    P. Micikevicius et al. (2017), Mixed precision training, https://arxiv.org/abs/1710.03740
    """
    if tf.config.list_physical_devices("GPU"):
        return "mixed_bfloat16"
    try:
        features = CPUINFO.read_text(encoding="utf-8").split()
    except OSError:  # not Linux
        features = []
    return "mixed_bfloat16" if "amx_bf16" in features else "float32"


def vgg_cnn(learning_rate=0.001, *, augmentation=None, dtype="float32"):
    """Build three blocks of two 3x3 convolutions each, with batch normalisation between the blocks.

    Standardised pixels; Conv 32, Conv 32, MaxPool, BN, Conv 64, Conv 64, MaxPool, BN, Conv 128, Conv 128, BN,
    global average pooling, Dropout 0.3, Dense 10 softmax; ReLU, He initialisation, Adam, categorical
    cross-entropy with label smoothing 0.1. With normalising only between blocks
    a step takes less than half the time of one with it after every convolution.

    Parameters
    ----------
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, default=0.001
        Learning rate of Adam.
    augmentation : keras.layers.Layer, optional
        Layer that changes the training images; it and the output compute in float32.
    dtype : str or keras.DTypePolicy, default="float32"
        Of the layers in between; see :func:`fastest_dtype`.

    Returns
    -------
    keras.Sequential
        Compiled; 288,618 parameters.

    Examples
    --------
    >>> model = vgg_cnn()

    References
    ----------
    K. Simonyan, A. Zisserman (2014), Very deep convolutional networks for large-scale image recognition,
    https://arxiv.org/abs/1409.1556; S. Ioffe, C. Szegedy (2015), Batch normalization,
    https://arxiv.org/abs/1502.03167; M. Lin et al. (2013), Network in network, https://arxiv.org/abs/1312.4400
    (global average pooling)
    """
    layers = keras.layers

    def block(filters, padding):
        options = {"padding": padding, "activation": "relu", "kernel_initializer": "he_normal", "dtype": dtype}
        return [layers.Conv2D(filters, 3, **options), layers.Conv2D(filters, 3, **options)]

    def normalised():
        return layers.BatchNormalization(momentum=0.9, dtype=dtype)

    return compiled(
        keras.Sequential(
            [
                keras.Input(INPUT_SHAPE),
                *([augmentation] if augmentation is not None else []),
                standardised(),
                *block(32, "valid"),
                layers.MaxPooling2D(2, dtype=dtype),
                normalised(),
                *block(64, "same"),
                layers.MaxPooling2D(2, dtype=dtype),
                normalised(),
                *block(128, "same"),
                normalised(),
                layers.GlobalAveragePooling2D(dtype=dtype),
                layers.Dropout(0.3, dtype=dtype),
                layers.Dense(NUM_CLASSES, activation="softmax"),
            ],
            name="vgg_cnn",
        ),
        keras.optimizers.Adam(learning_rate, beta_2=0.99),
        label_smoothing=0.1,
    )
