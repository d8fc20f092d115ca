"""Seconds from loaded images to a network with 99 % test accuracy: ``python -m benchmarks.time_to_99``.

Five trainings take turns, each in a process of its own and with a new seed each round: ours with ``model.fit``
and inside one ``tf.function``; the final recipe of https://github.com/tuomaso/train_mnist_fast in PyTorch, as
published and with channels last; our recipe in PyTorch, which tells the recipe's share from the framework's.
Timed is everything from uint8 arrays in memory to the trained weights, graph building included, imports and
evaluation not. A variant counts where its mean test accuracy over all seeds is at least 99 %. Network, peak rate,
label smoothing and length of ours were chosen by validation accuracy: 13 settings, 6 to 8 seeds each.

PyTorch is needed for this only: ``pip install -e ".[benchmarks]"``.
"""

import argparse
import sys
from functools import partial
from importlib.util import find_spec

import numpy as np

from benchmarks import timing

VARIANTS = {
    "ours, model.fit": ("one_epoch_keras", "fit"),
    "ours, one tf.function": ("one_epoch_keras", "one_graph"),
    "peer as published": ("one_epoch_torch", "published"),
    "peer, channels last": ("one_epoch_torch", "channels_last"),
    "our recipe in PyTorch": ("one_epoch_torch", "our_recipe"),
}
PEERS = ("peer as published", "peer, channels last")


def run(script, variant, seed):
    """Train once in a fresh process."""
    return timing.in_fresh_process(f"benchmarks.{script}", variant, seed)


def rows(runs):
    """Return one row a variant: median and range of seconds, ratio to the faster peer, accuracy over the seeds.

    Returns
    -------
    dict of str to dict
        ``seconds`` (median), ``fastest``, ``slowest``, ``ratio``, ``accuracy`` (mean), ``deviation``, ``n``.
    """
    seconds = timing.summary(runs)
    peer = min(seconds[name]["median"] for name in PEERS)
    table = {}
    for name, found in seconds.items():
        accuracies = [run["accuracy"] for run in runs if run["variant"] == name]
        table[name] = {
            "seconds": found["median"],
            "fastest": found["min"],
            "slowest": found["max"],
            "ratio": round(found["median"] / peer, 3),
            "accuracy": round(float(np.mean(accuracies)), 5),
            "deviation": round(float(np.std(accuracies, ddof=1)), 5),
            "n": found["n"],
        }
    return table


def main(argv=None):
    """Run all variants in turn, store and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="trainings of each variant, at least 2 (default: 10)")
    rounds = parser.parse_args(argv).rounds
    if rounds < 2:
        parser.error("--rounds: the spread needs at least 2")
    if find_spec("torch") is None:
        parser.error('PyTorch is missing: pip install -e ".[benchmarks]"')
    runs = timing.alternate({name: partial(run, *where) for name, where in VARIANTS.items()}, rounds)
    table = rows(runs)
    timing.store("time_to_99", __doc__, table=table, runs=runs)
    timing.print_table(
        ("variant", "seconds", "range", "of the faster peer", "test accuracy", "seeds"),
        [
            (
                name,
                f"{row['seconds']:.2f}",
                f"{row['fastest']:.2f} to {row['slowest']:.2f}",
                f"{row['ratio']:.2f}",
                f"{100 * row['accuracy']:.2f} ± {100 * row['deviation']:.2f} %",
                row["n"],
            )
            for name, row in table.items()
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
