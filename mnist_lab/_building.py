"""What all model builders share: input shape, number of classes, the way to compile."""

from mnist_lab._keras import keras

INPUT_SHAPE = (28, 28, 1)
NUM_CLASSES = 10


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
