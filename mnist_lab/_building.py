"""What all model builders share: input shape, number of classes, standardised pixels, the way to compile."""

from mnist_lab._keras import keras

INPUT_SHAPE = (28, 28, 1)
NUM_CLASSES = 10
# mean and standard deviation of all training pixels in [0, 1]
PIXEL_MEAN, PIXEL_STD = 0.1307, 0.3081


def standardised():
    """Return a layer that brings pixels in [0, 1] to mean 0 and standard deviation 1 over all training images."""
    return keras.layers.Rescaling(1 / PIXEL_STD, offset=-PIXEL_MEAN / PIXEL_STD)


def compiled(model, optimizer, *, loss=None, label_smoothing=0.0, metrics=("accuracy",)):
    """Compile a model that gives class probabilities; categorical cross-entropy unless another loss is named."""
    # XLA makes training on a CPU about twice as slow; "auto" would choose it where it can
    model.compile(
        optimizer=optimizer,
        loss=loss or keras.losses.CategoricalCrossentropy(label_smoothing=label_smoothing),
        metrics=list(metrics),
        jit_compile=False,
    )
    return model
