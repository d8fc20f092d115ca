"""Seconds that a training of each model takes: ``python -m benchmarks.measurements training_time``.

The trainings of ``measure`` may share the machine with other work. Here, on an idle machine, every model is timed
alone, one after the other, five times round: ``fit`` on 12,000 images after a first one that builds the
graph. The median times five stands for an epoch on 60,000 images, and times the epochs of the stored
training for its whole length; the shortest and the longest of the five show how steady the machine was. The linear
models are fitted as they are, once. All models are timed anew each time: seconds of two machines can't stand in one
table.
"""

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
    """Time all models of the catalogue; store and print the table."""
    (x, y), validation, _ = data.load_split(seed=0)
    x, y = np.concatenate([x, validation[0]]), np.concatenate([y, validation[1]])  # the linear models see all 60,000
    reproducibility.set_seed(0)
    table, seconds, stolen = timing.timed(_times, x, y)
    command = results.measure_command(NAME)
    timing.store(NAME, __doc__, command=command, models=table, seconds_in_all=round(seconds, 1), steal_seconds=stolen)
    timing.print_table(("model", "seconds"), [(name, str(entry["seconds"])) for name, entry in table.items()])


def trained_epochs(name):
    """Return how many epochs the stored training of a model took: early stopping may have ended it."""
    try:
        return results.load_measurement(name)["runs"][0]["epochs"]
    except (FileNotFoundError, LookupError):
        return CATALOGUE[name].epochs


def _times(x, y):
    networks = {name: entry for name, entry in CATALOGUE.items() if entry.family != "linear"}
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
    for name, entry in CATALOGUE.items():
        if name in networks:
            epochs = trained_epochs(name)
            shortest, epoch, longest = np.quantile(seconds[name], [0, 0.5, 1]) * 60_000 / IMAGES
            table[name] = {
                "seconds_per_epoch": round(epoch, 2),
                "shortest_and_longest": [round(shortest, 2), round(longest, 2)],
                "epochs": epochs,
                "seconds": round(epoch * epochs, 1),
            }
        else:
            begin = time.perf_counter()
            entry.build(seed=0).fit(x.reshape(len(x), -1), y)
            table[name] = {"seconds": round(time.perf_counter() - begin, 1)}
    return table
