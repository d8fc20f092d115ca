"""Fused batch normalisation against Keras's own, in training: ``python -m benchmarks.batch_normalization_speed``.

``vgg_cnn`` with FusedBatchNormalization and with Keras's BatchNormalization take turns, in float32 and in bfloat16
where the machine multiplies it: ``fit`` on 40 batches of 128 images, after a first one that builds the graph. Seconds
are scaled to an epoch on 60,000 images.
"""

from unittest import mock

from benchmarks import timing
from mnist_lab import data, models
from mnist_lab._keras import keras
from mnist_lab.training.batches import batches

BATCHES, BATCH_SIZE, ROUNDS = 40, models.CATALOGUE["vgg_cnn"].batch_size, 5
LAYERS = {"fused": models.FusedBatchNormalization, "Keras": keras.layers.BatchNormalization}


def fitting(layer, dtype, x, y):
    """Return a function that trains a model with this normalisation once more and says how long an epoch takes."""
    keras.utils.set_random_seed(0)
    with mock.patch.object(models.vgg, "FusedBatchNormalization", layer):
        model = models.vgg_cnn(dtype=dtype)

    def run(turn):
        history, seconds, _ = timing.timed(lambda: model.fit(batches(x, y, BATCH_SIZE), shuffle=False, verbose=0))
        return {"seconds": round(seconds * 60_000 / len(x), 2), "loss": history.history["loss"][0]}

    run(None)  # builds the graph
    return run


def main():
    """Let the layers take turns; store and print the table."""
    (x, y), _ = data.load_mnist()
    count = BATCHES * BATCH_SIZE
    x, y = data.scale(x[:count]), data.one_hot(y[:count])
    dtypes = list(dict.fromkeys(["float32", models.fastest_dtype()]))
    variants = {f"{name}, {dtype}": fitting(layer, dtype, x, y) for dtype in dtypes for name, layer in LAYERS.items()}
    runs = timing.alternate(variants, ROUNDS)
    seconds, ratio = timing.summary(runs), {}
    for dtype in dtypes:
        ratio |= timing.ratios([run for run in runs if run["variant"].endswith(dtype)], base=f"fused, {dtype}")
    timing.store("batch_normalization_speed", __doc__, seconds_an_epoch=seconds, ratio_to_fused=ratio, runs=runs)
    timing.print_table(
        ("variant", "s an epoch", "min", "max", "times fused"),
        [(name, entry["median"], entry["min"], entry["max"], ratio[name]) for name, entry in seconds.items()],
    )


if __name__ == "__main__":
    main()
