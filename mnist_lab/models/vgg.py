"""A deeper CNN for a training of many minutes, in the number format that the machine computes fastest."""

from pathlib import Path

from mnist_lab._keras import keras, tf
from mnist_lab.models.common import classifier, standardised

__all__ = ["FusedBatchNormalization", "fastest_dtype", "vgg_cnn"]

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


@keras.saving.register_keras_serializable(package="mnist_lab")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalisation over the last axis, in training as the one operation that TensorFlow has for it.

    Keras's own layer makes it of several operations; what comes out is the same, up to rounding.
    Without training it is Keras's layer.

    Parameters
    ----------
    **arguments
        As in :class:`keras.layers.BatchNormalization`; ``axis``, ``center`` and ``scale`` keep their defaults.

    Input and output: tensors of shape (batch, height, width, channels).

    Raises
    ------
    ValueError
        If ``axis``, ``center`` or ``scale`` is another than the default.

    Examples
    --------
    >>> layer = FusedBatchNormalization(momentum=0.9)

    References
    ----------
    S. Ioffe, C. Szegedy (2015), Batch normalization, https://arxiv.org/abs/1502.03167
    """

    def __init__(self, **arguments):
        super().__init__(**arguments)
        if self.axis != -1 or not (self.center and self.scale):
            raise ValueError(
                f"axis={self.axis}, center={self.center}, scale={self.scale}: the fused operation needs -1, True and "
                "True; use keras.layers.BatchNormalization for anything else."
            )

    def call(self, inputs, training=None, mask=None):
        """Return the batch normalised: by its own mean and variance in training, else by the moving ones."""
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs,
            scale=tf.cast(self.gamma, "float32"),
            offset=tf.cast(self.beta, "float32"),
            epsilon=self.epsilon,
        )
        for moving, of_batch in [(self.moving_mean, mean), (self.moving_variance, variance)]:
            moving.assign(moving * self.momentum + of_batch * (1 - self.momentum))
        return outputs


def vgg_cnn(learning_rate=0.001, *, augmentation=None, dtype="float32"):
    """Build three blocks of two 3x3 convolutions each, every convolution followed by batch normalisation.

    Standardised pixels; twice (Conv 32, BN, ReLU), MaxPool, twice (Conv 64, BN, ReLU), MaxPool, twice (Conv 128,
    BN, ReLU), global average pooling, Dropout 0.3, Dense 10 softmax; He initialisation, Adam, categorical
    cross-entropy with label smoothing 0.1.

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
        Compiled; 289,066 parameters.

    Examples
    --------
    >>> model = vgg_cnn()

    References
    ----------
    K. Simonyan, A. Zisserman (2014), Very deep convolutional networks for large-scale image recognition,
    https://arxiv.org/abs/1409.1556; M. Lin et al. (2013), Network in network, https://arxiv.org/abs/1312.4400
    (global average pooling)
    """
    layers = keras.layers

    def convolution(filters, padding):
        return [
            layers.Conv2D(
                filters, 3, padding=padding, use_bias=False, kernel_initializer="he_normal", dtype=dtype
            ),  # batch normalisation adds the bias
            FusedBatchNormalization(momentum=0.9, dtype=dtype),
            layers.ReLU(dtype=dtype),
        ]

    return classifier(
        "vgg_cnn",
        [
            standardised(),
            *convolution(32, "valid"),
            *convolution(32, "valid"),
            layers.MaxPooling2D(2, dtype=dtype),
            *convolution(64, "same"),
            *convolution(64, "same"),
            layers.MaxPooling2D(2, dtype=dtype),
            *convolution(128, "same"),
            *convolution(128, "same"),
            layers.GlobalAveragePooling2D(dtype=dtype),
            layers.Dropout(0.3, dtype=dtype),
        ],
        keras.optimizers.Adam(learning_rate, beta_2=0.99),
        label_smoothing=0.1,
        augmentation=augmentation,
    )
