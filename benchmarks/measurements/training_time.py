"""Seconds that a training of each model takes: ``python -m benchmarks.measurements training_time``.

The trainings of ``measure`` may share the machine with other work. Here, on an idle machine, every model is timed
alone, one after the other, five times round: ``fit`` on 12,000 images after a first one that builds the
graph. The median times five stands for an epoch on 60,000 images, and times the epochs of the stored
training for its whole length; the shortest and the longest of the five show how steady the machine was. The linear
models are fitted as they are, once. Models that are timed already are left as they are: delete
``results/measurements/training_time.json`` to time all anew.
"""

import json
import time

import numpy as np

from benchmarks import timing
from mnist_lab import data, reproducibility, results
from mnist_lab.models import CATALOGUE
from mnist_lab.training.batches import batches

NAME = "training_time"
IMAGES = 12_000
ROUNDS = 5


def main():
    """Time the models that have no time yet; store and print the table."""
    path = timing.FOLDER / f"{NAME}.json"
    table = json.loads(path.read_text(encoding="utf-8"))["models"] if path.is_file() else {}
    left = {name: entry for name, entry in CATALOGUE.items() if name not in table}
    (x, y), *_ = data.load_split(seed=0)
    reproducibility.set_seed(0)
    found, seconds, stolen = timing.timed(_times, left, x, y)
    table |= found
    command = results.measure_command(NAME)
    timing.store(NAME, __doc__, command=command, models=table, seconds_in_all=round(seconds, 1), steal_seconds=stolen)
    timing.print_table(("model", "seconds"), [(name, str(entry["seconds"])) for name, entry in table.items()])


def _times(entries, x, y):
    networks = {name: entry for name, entry in entries.items() if entry.family != "linear"}
    trained = {name: entry.builder(entry.images)() for name, entry in networks.items()}
    seconds = {name: [] for name in networks}
    for turn in range(ROUNDS + 1):
        for name, entry in networks.items():
            dataset = batches(x[:IMAGES], data.one_hot(y[:IMAGES]), entry.batch_size)
            begin = time.perf_counter()
            trained[name].fit(dataset, shuffle=False, verbose=0)
            if turn:
                seconds[name].append(time.perf_counter() - begin)
    table = {}
    for name, entry in entries.items():
        if name in networks:
            shortest, epoch, longest = np.quantile(seconds[name], [0, 0.5, 1]) * 60_000 / IMAGES
            table[name] = {
                "seconds_per_epoch": round(epoch, 2),
                "shortest_and_longest": [round(shortest, 2), round(longest, 2)],
                "epochs": entry.epochs,
                "seconds": round(epoch * entry.epochs, 1),
            }
        else:
            begin = time.perf_counter()
            entry.build(seed=0).fit(x.reshape(len(x), -1), y)
            table[name] = {"seconds": round(time.perf_counter() - begin, 1)}
    return table
