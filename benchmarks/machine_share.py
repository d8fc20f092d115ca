"""How much of the machine's arithmetic a training uses: ``python -m benchmarks.machine_share``.

The measure is the machine's own matrix product in single precision (sgemm), by NumPy (OpenBLAS) and by TensorFlow
(oneDNN, in a graph); products and trainings take turns. A step's floating-point operations are two for each
multiply-add of its convolutions and dense layers, three times over: forward, gradient by weights, gradient by inputs
(not of the first layer); its time is the median from one beginning to the next. Then each model is trained under
TensorFlow's profiler: each moment is divided equally among the operations that run in it, and one in which none runs
counts as input pipeline and Python. Bias and ReLU that oneDNN adds inside a convolution or a product count there. So do
its layout changes inside convolutions, whose times it tells in another process (ONEDNN_VERBOSE). Processors count as
busy while a thread of the process runs on them, the short spinning of waiting ones included.
"""

import contextlib
import json
import math
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import profiles, timing
from benchmarks.training_clock import TrainingClock
from mnist_lab import data, reproducibility
from mnist_lab._keras import keras, tf
from mnist_lab.models import CATALOGUE

ROUNDS = 7
SIDE, PRODUCTS = 2048, 8
WARM_UP = 3  # steps
MODELS = {  # builder, batch size, steps of a training
    name: (CATALOGUE[name].builder(54_000), CATALOGUE[name].batch_size, steps)
    for name, steps in (("deep_cnn", 16), ("improved_cnn", 48), ("fast_cnn", 96))
}

SGEMM = "sgemm, TensorFlow"


def multiply_adds(kernel_shape, output_shape):
    """Return the multiply-adds of one layer for one image.

    Parameters
    ----------
    kernel_shape : sequence of int
        (height, width, channels, filters) of a convolution, (inputs, units) of a dense layer.
    output_shape : sequence
        (batch, height, width, filters) or (batch, units); the batch is not looked at.

    Examples
    --------
    >>> multiply_adds((3, 3, 1, 32), (None, 26, 26, 32))
    194688
    """
    return math.prod(kernel_shape) * math.prod(output_shape[1:-1])


def step_flops(counts, batch_size):
    """Return the floating-point operations of one training step.

    Parameters
    ----------
    counts : sequence of int
        Multiply-adds of each layer with weights for one image, first layer first.
    batch_size : int

    Examples
    --------
    >>> step_flops([100, 10], 2)  # (2 * 100 + 3 * 10) * 2 * 2
    920
    """
    return 2 * batch_size * (3 * sum(counts) - counts[0])


def layers_with_weights(model):
    """Return (kernel shape, multiply-adds for one image) of each convolution and dense layer."""
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)]
    return [(tuple(layer.kernel.shape), multiply_adds(layer.kernel.shape, layer.output.shape)) for layer in layers]


class _Profiler(keras.callbacks.Callback):
    """Runs TensorFlow's profiler from the first step after the warm-up to the end of the training."""

    def __init__(self, folder):
        super().__init__()
        self._folder = str(folder)

    def on_train_batch_begin(self, batch, logs=None):
        if batch == WARM_UP:
            tf.profiler.experimental.start(self._folder)

    def on_train_end(self, logs=None):
        tf.profiler.experimental.stop()


def train(model, images, batch_size, steps, callbacks=()):
    """Train for so many steps; return the clock."""
    clock, (x, y) = TrainingClock(), (part[: batch_size * steps] for part in images)
    model.fit(x, y, batch_size=batch_size, verbose=0, callbacks=[*callbacks, clock])
    return clock


def prepare():
    """Return scaled images with one-hot labels, and the models, each with its graph built."""
    reproducibility.set_seed(0)
    (x, labels), *_ = data.load_split(seed=0)
    images, built = (x, data.one_hot(labels)), {}
    for name, (build, batch_size, _) in MODELS.items():
        built[name] = build()
        train(built[name], images, batch_size, WARM_UP)
    return images, built


def sgemm(multiply):
    """Return a variant: several matrix products, their median and best GFLOP/s."""

    def variant(_):
        seconds = sorted(timing.timed(multiply)[1] for _ in range(PRODUCTS))
        gflops = [2 * SIDE**3 / value / 1e9 for value in (median(seconds), seconds[0])]
        return {"gflops": round(gflops[0], 2), "best_gflops": round(gflops[1], 2)}

    return variant


def products():
    """Return the two functions that multiply the same matrices, warmed up."""
    first, second = np.random.default_rng(0).standard_normal((2, SIDE, SIDE), dtype="float32")
    product = np.empty_like(first)
    # in a graph: outside of one TensorFlow does not take oneDNN's matrix product
    graph, tensors = tf.function(tf.linalg.matmul, jit_compile=False), (tf.constant(first), tf.constant(second))
    functions = {"sgemm, NumPy": lambda: np.matmul(first, second, out=product), SGEMM: lambda: graph(*tensors)}
    for function in functions.values():
        function()
    return functions


def profile(model, images, batch_size, steps):
    """Train under the profiler; return the seconds of a step, the share of each kind and speeds of convolutions."""
    with tempfile.TemporaryDirectory() as folder:
        clock = train(model, images, batch_size, steps, [_Profiler(folder)])
        times = profiles.shared_time(profiles.read_operations(folder))
    flops = [(kernel, 2 * count * batch_size * (steps - WARM_UP)) for kernel, count in layers_with_weights(model)]
    return {
        "step_seconds": round(clock.step_seconds, 5),
        "percent": profiles.percentages(times),
        "convolutions": profiles.convolution_speeds(times, [layer for layer in flops if len(layer[0]) == 4]),
    }


def print_onednn_milliseconds():
    """Print as JSON how long oneDNN's primitives took in one training of each model; for a process of its own."""
    images, built = prepare()
    found = {}
    for name, (_, batch_size, steps) in MODELS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.txt"
            with _output_to(path):
                train(built[name], images, batch_size, steps)
            found[name] = profiles.onednn_milliseconds(path.read_text(encoding="utf-8").splitlines())
    print(json.dumps(found))


@contextlib.contextmanager
def _output_to(path):
    """Send file descriptor 1, to which oneDNN writes, to a file."""
    sys.stdout.flush()
    saved = os.dup(1)
    try:
        with path.open("wb") as file:
            os.dup2(file.fileno(), 1)
            yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)


def training(model, images, batch_size, steps, flops):
    """Return a variant: one training, its GFLOP/s, seconds a step and share of the processors."""
    processors = timing.machine()["processors"]

    def variant(_):
        clock = train(model, images, batch_size, steps)
        seconds, processor_seconds = (clock.end - clock.steps[0]).tolist()
        return {
            "gflops": round(flops / clock.step_seconds / 1e9, 2),
            "step_seconds": round(clock.step_seconds, 5),
            "processors_busy": round(processor_seconds / seconds / processors, 3),
        }

    return variant


def main():
    """Measure and store everything."""
    images, built = prepare()
    layers = {name: layers_with_weights(model) for name, model in built.items()}
    flops = {name: step_flops([count for _, count in layers[name]], MODELS[name][1]) for name in MODELS}
    variants = {name: sgemm(function) for name, function in products().items()}
    variants |= {name: training(built[name], images, *MODELS[name][1:], flops[name]) for name in MODELS}
    runs = timing.alternate(variants, ROUNDS)
    print("profiles", flush=True)
    found = {name: profile(built[name], images, *MODELS[name][1:]) for name in MODELS}
    onednn = timing.in_fresh_process("benchmarks.machine_share", "onednn", ONEDNN_VERBOSE="1")

    speeds = timing.summary(runs, "gflops")
    for name, speed in speeds.items():
        speed["best"] = max(run.get("best_gflops", run["gflops"]) for run in runs if run["variant"] == name)
    models = {}
    for name in MODELS:
        gflops, mine = speeds[name]["median"], [run for run in runs if run["variant"] == name]
        models[name] = {
            "batch_size": MODELS[name][1],
            "layers": [{"kernel": kernel, "multiply_adds": count} for kernel, count in layers[name]],
            "flops_per_step": flops[name],
            "gflops": gflops,
            "share_of_sgemm": round(gflops / speeds[SGEMM]["median"], 3),
            "step_seconds": median(run["step_seconds"] for run in mine),
            "processors_busy": median(run["processors_busy"] for run in mine),
            **profiles.inside_of(found[name]["percent"], gflops, onednn[name]),
        }
    timing.store(
        "machine_share", __doc__, sgemm_side=SIDE, runs=runs, gflops=speeds, models=models, profile=found,
        onednn_milliseconds=onednn,
    )  # fmt: skip
    _print_tables(speeds, models, found)


def _print_tables(speeds, models, found):
    header = ("GFLOP/s", "median", "best", "of sgemm", "in convolutions and products", "ms a step", "processors busy")
    rows = [
        (name, speed["median"], speed["best"], "", "", "", "") for name, speed in speeds.items() if name not in models
    ]
    for name, one in models.items():
        share, busy = f"{one['share_of_sgemm']:.0%}", f"{one['processors_busy']:.0%}"
        inside, step = one["gflops_in_convolutions_and_products"], f"{one['step_seconds'] * 1000:.1f}"
        rows.append((name, one["gflops"], speeds[name]["best"], share, inside, step, busy))
    timing.print_table(header, rows)
    rows = [(kind, *(found[name]["percent"][kind] for name in models)) for kind in profiles.ROWS]
    rows.append(("layout changes, inside the convolutions", *(one["layout_percent"] for one in models.values())))
    timing.print_table(("percent of a step", *models), rows)
    rows = [
        (name, "x".join(map(str, layer["kernel"])), *(layer.get(kind, "") for kind in profiles.CONVOLUTIONS))
        for name in models
        for layer in found[name]["convolutions"]
    ]
    timing.print_table(("GFLOP/s in convolutions", "kernel", "forward", "by inputs", "by weights"), rows)


if __name__ == "__main__":
    print_onednn_milliseconds() if sys.argv[1:] == ["onednn"] else main()
