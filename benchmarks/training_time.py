"""Seconds that one epoch of each model takes: ``python benchmarks/training_time.py``, on an otherwise idle machine.

The trainings of ``benchmarks/measure.py`` may share the machine with other work. Here every model is timed
alone, one after the other, five times round: ``fit`` on 12,000 images after a first one that builds the
graph. The median times five stands for an epoch on 60,000 images, and times the epochs of the stored
training for its whole length; the shortest and the longest of the five show how steady the machine was. The linear
models are fitted as they are, once. The table is stored in ``results/measurements/training_time.json``.
"""

import time
from pathlib import Path

import numpy as np
from timing import steal_seconds

from mnist_lab import data, files, linear, models, recipes, reproducibility
from mnist_lab._batches import batches
from mnist_lab.grading.text import text_table

PATH = files.project_root(Path(__file__).parent) / "results" / "measurements" / "training_time.json"
IMAGES = 12_000
ROUNDS = 5
KERAS_MODELS = {
    "simple_cnn": (models.simple_cnn, 128, 5),
    "marvin": (models.marvin, 128, 10),
    "improved_cnn": (recipes.improved_cnn(54_000), recipes.BATCH_SIZE, recipes.IMPROVED_EPOCHS),
} | {name: (recipe.builder(60_000), recipe.batch_size, recipe.epochs) for name, recipe in recipes.RECIPES.items()}
PENALTIES = {"logistic_regression": None, "logistic_regression_l1": "l1", "logistic_regression_l2": "l2"}


def main():
    """Time all models and store the table."""
    (x, y), *_ = data.load_split(seed=0)
    reproducibility.set_seed(0)
    steal = steal_seconds()
    start = time.perf_counter()
    seconds = {name: [] for name in KERAS_MODELS}
    trained = {name: build() for name, (build, _, _) in KERAS_MODELS.items()}
    for turn in range(ROUNDS + 1):
        for name, (_, batch_size, _) in KERAS_MODELS.items():
            begin = time.perf_counter()
            trained[name].fit(batches(x[:IMAGES], data.one_hot(y[:IMAGES]), batch_size), shuffle=False, verbose=0)
            if turn:
                seconds[name].append(time.perf_counter() - begin)
    table = {}
    for name, (_, _, epochs) in KERAS_MODELS.items():
        shortest, epoch, longest = np.quantile(seconds[name], [0, 0.5, 1]) * 60_000 / IMAGES
        table[name] = {
            "seconds_per_epoch": round(epoch, 2),
            "shortest_and_longest": [round(shortest, 2), round(longest, 2)],
            "epochs": epochs,
            "seconds": round(epoch * epochs, 1),
        }
    for name, penalty in PENALTIES.items():
        begin = time.perf_counter()
        linear.sgd_logistic_regression(penalty, seed=0).fit(linear.flatten(x), y)
        table[name] = {"seconds": round(time.perf_counter() - begin, 1)}
    content = {
        "command": "python benchmarks/training_time.py",
        "about": " ".join(__doc__.split("\n\n")[1].split()),
        "models": table,
        "seconds_in_all": round(time.perf_counter() - start, 1),
        "steal_seconds": None if steal is None else round(steal_seconds() - steal, 2),
        "environment": reproducibility.environment_record(seed=0),
    }
    files.write_json(PATH, content)
    print(text_table(("model", "seconds"), [(name, str(entry["seconds"])) for name, entry in table.items()]))


if __name__ == "__main__":
    main()
