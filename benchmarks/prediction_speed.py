"""Seconds to predict the 10,000 test images of MNIST, model loaded: ``python -m benchmarks.prediction_speed``.

Five ways to predict take turns, for three models with initial weights (trained ones compute at the same speed);
dataset and tf.function get batches of 1,000, and one image at a time is extrapolated from 20 images. The first call,
which traces the graph, is reported separately. Of arrays, model.predict may wait after the last batch (tf.data's
autotuning misses a wake-up, and the wait ends 10 ms * (2^k - 1) after the start); such waits count, since every
caller has them. All ways must give the same probabilities: the largest differences are reported too.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from benchmarks import timing
from mnist_lab import data, evaluation, models
from mnist_lab._keras import keras, tf

IMAGES = 10_000
ROUNDS = 5
BATCH_SIZE = 1_000
ONE_BY_ONE = 20
MODELS = {
    "simple_cnn": models.simple_cnn,
    "improved_cnn": models.CATALOGUE["improved_cnn"].builder(54_000),
    "deep_cnn": models.deep_cnn,
}
OURS = "evaluation.predict"


class Way(NamedTuple):
    """A function from images to probabilities, and how many images its first call and the later ones get."""

    predict: Callable
    first: int
    later: int


def ways(build, x):
    """Return the ways to predict, each with a model of its own with the same weights, called once on seven images."""

    def model():
        keras.utils.set_random_seed(0)
        built = build()
        built(x[:7])
        return built

    everything = {
        OURS: partial(evaluation.predict, model()),
        "model.predict, batch 32": partial(model().predict, verbose=0),
        "model.predict, no autotuning": partial(without_autotuning, model()),
        "tf.function": partial(in_batches, graph(model()), BATCH_SIZE),
    }
    found = {name: Way(predict, len(x), len(x)) for name, predict in everything.items()}
    one_by_one = partial(in_batches, partial(model().predict, verbose=0), 1)
    found["one image at a time (extrapolated)"] = Way(one_by_one, 1, min(ONE_BY_ONE, len(x)))
    return found


def without_autotuning(model, x):
    """Return ``model.predict`` of a dataset that is not tuned while it runs."""
    options = tf.data.Options()
    options.autotune.enabled = False
    return model.predict(tf.data.Dataset.from_tensor_slices(x).batch(BATCH_SIZE).with_options(options), verbose=0)


def graph(model):
    """Return a function that computes a model's probabilities of a batch of any length as one graph."""

    @tf.function(input_signature=[tf.TensorSpec((None, 28, 28, 1), tf.float32)])
    def probabilities(batch):
        return model(batch, training=False)

    return probabilities


def in_batches(predict, batch_size, x):
    """Return the probabilities of all images, predicted batch by batch."""
    starts = range(0, len(x), batch_size)
    return np.concatenate([np.asarray(predict(x[start : start + batch_size])) for start in starts])


def first_calls(found, x):
    """Return the seconds of each way's first call, and how far its probabilities are from ``evaluation.predict``'s."""
    seconds, predicted = {}, {}
    for name, way in found.items():
        predicted[name], took, _ = timing.timed(way.predict, x[: way.first])
        seconds[name] = round(took, 4)
        print(f"first call, {name}: {took:.3f} s", flush=True)
    expected = predicted[OURS]
    return seconds, {name: float(np.abs(some - expected[: len(some)]).max()) for name, some in predicted.items()}


def clocked(way, x):
    """Return a function for ``timing.alternate`` that predicts, and scales the seconds to all images."""

    def run(turn):
        _, seconds, _ = timing.timed(way.predict, x[: way.later])
        return {"seconds": round(seconds * len(x) / way.later, 4), "images": way.later}

    return run


def measure(build, x):
    """Return first calls, later calls, ratios and the largest differences of one model."""
    found = ways(build, x)
    first, differences = first_calls(found, x)
    runs = timing.alternate({name: clocked(way, x) for name, way in found.items()}, ROUNDS)
    return {
        "first_call_seconds": first,
        "seconds": timing.summary(runs),
        "ratio_to_evaluation_predict": timing.ratios(runs, OURS),
        "largest_difference_of_probabilities": differences,
        "runs": runs,
    }


def main():
    """Measure all models, store the numbers."""
    _, (x, _) = data.load_mnist()
    x = data.scale(x[:IMAGES])
    found = {}
    for name, build in MODELS.items():
        print(name, flush=True)
        found[name] = measure(build, x)
    timing.store("prediction_speed", __doc__, images=len(x), models=found)
    print()
    rows = []
    for name, entry in found.items():
        for way, seconds in entry["seconds"].items():
            first, ratio = entry["first_call_seconds"][way], entry["ratio_to_evaluation_predict"][way]
            rows.append((name, way, first, seconds["median"], seconds["min"], seconds["max"], ratio))
    timing.print_table(("model", "way", "first call s", "median s", "min", "max", "times evaluation.predict"), rows)


if __name__ == "__main__":
    main()
