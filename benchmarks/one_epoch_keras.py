"""One short training in Keras, for ``time_to_99.py``: ``python -m benchmarks.one_epoch_keras VARIANT SEED``.

``fit`` trains as every notebook does; ``one_graph`` runs all steps inside one ``tf.function`` and brings the
pixels from 0..255 to [0, 1] batch by batch, which saves the copy of all images.
"""

import json
import sys
import time

import numpy as np

from benchmarks.training_clock import TrainingClock
from mnist_lab import data, evaluation, models, reproducibility, training
from mnist_lab._keras import keras, tf
from mnist_lab.models.common import NUM_CLASSES, classifier, standardised

IMAGES, BATCH_SIZE, PEAK, LABEL_SMOOTHING = 51_200, 256, 0.012, 0.1
STEPS = IMAGES // BATCH_SIZE


def network():
    """Build a relative of ``mnist_lab.models.fast_cnn`` whose 16 and 48 filters fill the processor's registers."""
    layers = keras.layers
    hidden = [
        layers.Cropping2D(2),
        standardised(),
        layers.Conv2D(16, 5, strides=2, activation="relu"),
        layers.Conv2D(48, 3),
        layers.MaxPooling2D(2),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(256, activation="relu"),
    ]
    optimizer = keras.optimizers.Adam(models.WarmupThenLinear(PEAK, steps=STEPS), beta_1=0.7, beta_2=0.9)
    return classifier("one_epoch", hidden, optimizer, label_smoothing=LABEL_SMOOTHING)


def fit(x, y, seed):
    """Train on the first ``IMAGES`` uint8 images, each once, with ``model.fit``; return the model and when it ended."""
    clock = TrainingClock()
    model, _ = training.train(
        network,
        data.scale(x[:IMAGES]),
        data.one_hot(y[:IMAGES]),
        epochs=1,
        batch_size=BATCH_SIZE,
        seed=seed,
        callbacks=[clock],
        verbose=0,
    )
    return model, clock.end[0]


def one_graph(x, y, seed):
    """Train as :func:`fit` does, with a loop of our own inside one ``tf.function``."""
    reproducibility.set_seed(seed)
    model = network()
    optimizer, weights = model.optimizer, model.trainable_variables
    optimizer.build(weights)

    @tf.function
    def train(images, labels):
        order = tf.random.shuffle(tf.range(IMAGES))
        for step in tf.range(STEPS):
            batch = order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]
            pixels = tf.cast(tf.gather(images, batch), "float32")[..., tf.newaxis] / 255
            with tf.GradientTape() as tape:
                loss = model.loss(tf.one_hot(tf.gather(labels, batch), NUM_CLASSES), model(pixels, training=True))
            optimizer.apply(tape.gradient(loss, weights))

    train(tf.constant(x), tf.constant(y))
    return model, time.perf_counter()


VARIANTS = {"fit": fit, "one_graph": one_graph}


def main(variant, seed):
    """Train once, evaluate on the test images, print one JSON object."""
    (x, y), (x_test, y_test) = data.load_mnist()
    start = time.perf_counter()
    model, end = VARIANTS[variant](x, y, int(seed))
    y_pred = evaluation.predict_labels(model, data.scale(x_test))
    accuracy = float(np.mean(y_pred == y_test))
    print(json.dumps({"seconds": round(end - start, 3), "accuracy": accuracy, "version": keras.__version__}))


if __name__ == "__main__":
    main(*sys.argv[1:])
