"""How the seconds of a training grow with its size: ``python -m benchmarks.growth``.

The improved CNN with augmentation and the fast CNN are trained on more images, more epochs, in other batch sizes, and
with one and two threads (in fresh processes); all settings take turns. Seconds are those from the start of ``fit`` to
the end of the last step, of a model whose graph is built; building it, up to the end of a first step, is measured by
itself. A line is fitted to the medians over the number of images.
"""

import json
import sys

import matplotlib.pyplot as plt
import numpy as np

from benchmarks import timing
from benchmarks.training_clock import TrainingClock
from mnist_lab import data, models, reproducibility
from mnist_lab._keras import tf
from mnist_lab.plotting import style
from mnist_lab.training.batches import batches

ROUNDS = 3
BATCH_SIZE = models.CATALOGUE["improved_cnn"].batch_size  # unless the batch size is what grows
IMAGES = (6_000, 12_000, 24_000, 48_000)  # one epoch
EPOCHS, EPOCH_IMAGES = (1, 2, 4), 6_000
BATCHES, BATCH_IMAGES = (32, 64, 128, 256, 512, 1024), 12_000  # one epoch
THREADS, THREAD_IMAGES = (1, 2), 12_000  # one epoch
MODELS = {name: models.CATALOGUE[name].builder(54_000) for name in ("improved_cnn", "fast_cnn")}
STYLES = {"improved_cnn": (style.BLUE, "o"), "fast_cnn": (style.VERMILION, "s")}
PLOTS = {  # what grows: (label of the axis, title)
    "images": ("training images", "Images, one epoch"),
    "epochs": ("epochs", f"Epochs, {EPOCH_IMAGES:,} images"),
    "batch": ("batch size", f"Batch size, {BATCH_IMAGES:,} images, one epoch"),
    "threads": ("threads", f"Threads, {THREAD_IMAGES:,} images, one epoch"),
}


def fitted_line(images, seconds):
    """Fit a line by least squares.

    Returns
    -------
    dict
        ``fixed_seconds`` and ``seconds_per_1000_images``.

    Examples
    --------
    >>> fitted_line([1000, 2000, 3000], [1.5, 2.5, 3.5])
    {'fixed_seconds': 0.5, 'seconds_per_1000_images': 1.0}
    """
    slope, fixed = np.polyfit(np.divide(images, 1000), seconds, 1)
    return {"fixed_seconds": round(float(fixed), 4), "seconds_per_1000_images": round(float(slope), 4)}


def first(images, count, batch_size):
    """Return the first ``count`` images and labels as shuffled batches."""
    return batches(*(part[:count] for part in images), batch_size)


def train(model, dataset, epochs=1):
    """Train; return wall-clock and processor seconds."""
    clock = TrainingClock()
    model.fit(dataset, epochs=epochs, shuffle=False, verbose=0, callbacks=[clock])  # the batches are
    seconds, processor_seconds = (clock.end - clock.start).tolist()
    return {"seconds": round(seconds, 4), "processor_seconds": round(processor_seconds, 3)}


def load():
    """Return scaled images and one-hot labels as tensors."""
    reproducibility.set_seed(0)
    (x, labels), *_ = data.load_split(seed=0)
    return tf.constant(x), tf.constant(data.one_hot(labels))


def with_threads(name, count):
    """Build a model's graph, then train it once on ``count`` images; return what :func:`train` returns."""
    images, model = load(), MODELS[name]()
    train(model, first(images, min(count, 2 * BATCH_SIZE), BATCH_SIZE))
    return train(model, first(images, count, BATCH_SIZE))


def variants_of(name, images):
    """Return the settings of a model: (what grows, its value) to a function for :func:`timing.alternate`."""
    model = MODELS[name]()
    for batch_size in sorted({*BATCHES, BATCH_SIZE}):  # builds the graph, and oneDNN's kernels for each size
        train(model, first(images, batch_size, batch_size))

    def training(count, epochs=1, batch_size=BATCH_SIZE):
        dataset = first(images, count, batch_size)
        return lambda _: train(model, dataset, epochs)

    def threads(number):
        variables = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
        setting = dict.fromkeys(variables, str(number))
        return lambda _: timing.in_fresh_process("benchmarks.growth", name, THREAD_IMAGES, **setting)

    variants = {("images", count): training(count) for count in IMAGES}
    variants |= {("epochs", epochs): training(EPOCH_IMAGES, epochs) for epochs in EPOCHS}
    variants |= {("batch", size): training(BATCH_IMAGES, batch_size=size) for size in BATCHES}
    variants |= {("threads", number): threads(number) for number in THREADS}
    first_step = first(images, BATCH_SIZE, BATCH_SIZE)
    variants["graph building", 1] = lambda _: train(MODELS[name](), first_step)
    return variants


def points(runs, name, axis):
    """Return values, seconds of all runs (one row a value) and their medians for one model and what grows."""
    found = {}
    for run in runs:
        if (run["model"], run["axis"]) == (name, axis):
            found.setdefault(run["value"], []).append(run["seconds"])
    return list(found), list(found.values()), [float(np.median(seconds)) for seconds in found.values()]


def draw(runs):
    """Draw one small plot for each thing that grows; return the figure."""
    figure, axes = plt.subplots(2, 2, figsize=(10, 7.5), dpi=style.DPI, layout="constrained")
    for ax, (axis, (label, title)) in zip(axes.flat, PLOTS.items(), strict=True):
        for name in MODELS:
            (colour, marker), (values, seconds, medians) = STYLES[name], points(runs, name, axis)
            ax.plot(values, medians, color=colour, marker=marker, label=name)
            for value, dots in zip(values, seconds, strict=True):
                ax.plot([value] * len(dots), dots, ".", color=colour, alpha=0.5, markersize=5)
        if axis == "batch":
            ax.set_xscale("log", base=2)
        ax.set_xticks(values, [f"{value:,}" for value in values])
        ax.minorticks_off()
        ax.set_ylim(bottom=0)
        ax.set(xlabel=label, ylabel="training time in s", title=title)
        ax.grid(alpha=0.3)
    axes[0, 0].legend(title="line: median, dots: all runs")
    return figure


def main():
    """Measure, store, draw."""
    images, settings, variants = load(), {}, {}
    for name in MODELS:
        for (axis, value), function in variants_of(name, images).items():
            label = f"{name}, {axis} {value}"
            settings[label], variants[label] = {"model": name, "axis": axis, "value": value}, function
    runs = [settings[run["variant"]] | run for run in timing.alternate(variants, ROUNDS)]
    found = {}
    for name in MODELS:
        values, _, medians = points(runs, name, "images")
        found[name] = fitted_line(values, medians) | {"graph_seconds": points(runs, name, "graph building")[2][0]}
    timing.store("growth", __doc__, runs=runs, seconds=timing.summary(runs), models=found)
    timing.store_figure("growth", draw(runs))
    for axis in PLOTS:
        values = points(runs, next(iter(MODELS)), axis)[0]
        medians = [[f"{second:.2f}" for second in points(runs, name, axis)[2]] for name in MODELS]
        timing.print_table((f"{axis}: median seconds", *MODELS), zip(values, *medians, strict=True))
    rows = [(key.replace("_", " "), *(found[name][key] for name in MODELS)) for key in next(iter(found.values()))]
    timing.print_table(("", *MODELS), rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(with_threads(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
