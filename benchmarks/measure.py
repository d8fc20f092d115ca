"""Long measurements whose results the notebooks show: ``python benchmarks/measure.py NAME``.

Each training is one part of a measurement and is stored as soon as it ends, in
``results/measurements/NAME.json``, with the predicted digits of all test images as one string. An
interrupted measurement goes on where it stopped; delete the file to measure anew. Choices are made on the
validation split; the test images are evaluated once, at the end of a training. Times are wall-clock seconds
of ``fit`` alone, beside the time that other guests of the machine took (steal), where the system tells.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from timing import steal_seconds

from mnist_lab import data, evaluation, files, linear, models, recipes, reproducibility, stopping, training
from mnist_lab._keras import keras

FOLDER = files.project_root(Path(__file__).parent) / "results" / "measurements"
SEEDS = range(10)


def prepare():
    """Return scaled images and one-hot labels: training, validation and test."""
    return [(x, data.one_hot(y)) for x, y in data.load_split(seed=0)]


def fit(build, *, epochs, batch_size, seed, callbacks=(), everything=False):
    """Train one model; return it with a record of the training, evaluated on validation and test images.

    With ``everything`` the validation images are trained on too: for a model about which no choice is left.
    """
    train_set, validation, test = prepare()
    if everything:
        train_set, validation = _joined(train_set, validation), None
    clock = _Seconds()
    model, history = training.train(
        build,
        *train_set,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        validation_data=validation,
        callbacks=[clock, *callbacks],
    )
    record = {
        "seed": seed,
        "epochs": len(history["loss"]),
        "parameters": model.count_params(),
        "training_images": len(train_set[0]),
        "history": history,
        "fit": clock.record(),
    }
    sets = {"train": train_set, "validation": validation, "test": test}
    return model, record | {name: evaluate(model, part) for name, part in sets.items() if part is not None}


def _joined(first, second):
    return tuple(np.concatenate(parts) for parts in zip(first, second, strict=True))


def evaluate(model, examples):
    """Return what a Keras model reaches in inference mode; the loss is without penalties on weights."""
    x, y = examples
    probabilities = evaluation.predict(model, x)
    return score(y, probabilities, loss=np.mean(keras.losses.get(model.loss)(y, probabilities)))


def score(y, probabilities, *, loss):
    """Return accuracy, errors, loss and confusion matrix; of as many as 10,000 images the predicted digits too."""
    y_true, y_pred = y.argmax(axis=1), probabilities.argmax(axis=1)
    digits = {"predicted": "".join(map(str, y_pred))} if len(y_pred) <= 10_000 else {}
    return {
        "accuracy": evaluation.accuracy(y_true, y_pred),
        "errors": int((y_true != y_pred).sum()),
        "loss": float(loss),
        "confusion_matrix": evaluation.confusion_matrix(y_true, y_pred).tolist(),
        **digits,
    }


class _Seconds(keras.callbacks.Callback):
    """Wall-clock seconds of the training and the machine's steal time meanwhile."""

    def on_train_begin(self, logs=None):
        self._start, self._steal, self._epochs = time.perf_counter(), steal_seconds(), []

    def on_epoch_end(self, epoch, logs=None):
        self._epochs.append(round(time.perf_counter() - self._start - sum(self._epochs), 2))

    def on_train_end(self, logs=None):
        self._seconds = time.perf_counter() - self._start
        self._stolen = None if self._steal is None else steal_seconds() - self._steal

    def record(self):
        return {"seconds": round(self._seconds, 1), "epoch_seconds": self._epochs, "steal_seconds": self._stolen}


def improved_cnn(seed, *, augment=True):
    """Improved CNN of notebook 03 with augmentation, 12 epochs on 54,000 images."""
    return fit(
        recipes.improved_cnn(54_000, augment=augment),
        epochs=recipes.IMPROVED_EPOCHS,
        batch_size=recipes.BATCH_SIZE,
        seed=seed,
    )[1]


def improved_cnn_unaugmented(seed):
    """Improved CNN without augmentation, 12 epochs on 54,000 images."""
    return improved_cnn(seed, augment=False)


def simple_cnn(seed):
    """First model for 5 epochs, refitted on all 60,000 training images."""
    return fit(models.simple_cnn, epochs=5, batch_size=128, seed=seed, everything=True)[1]


def simple_cnn_20_epochs(seed):
    """First model for 20 epochs: where it overfits."""
    return fit(models.simple_cnn, epochs=20, batch_size=128, seed=seed)[1]


def deep_cnn_10_epochs(seed):
    """Deep CNN with early stopping (patience 5), and for 10 epochs without, from the same initial weights.

    Training is deterministic: from the same initial weights both take the same path until early stopping
    ends one of them. So one training gives both models.
    """
    keeper = _EarlyStoppingPastTenEpochs(patience=5)
    model, record = fit(models.deep_cnn, epochs=25, batch_size=64, seed=seed, callbacks=[keeper])
    model.set_weights(keeper.tenth_epoch)
    _, validation, test = prepare()
    return {
        "early_stopping": {"best_epoch": keeper.best_epoch_number, "epochs": keeper.epochs_run},
        "ten_epochs": {"validation": evaluate(model, validation), "test": evaluate(model, test)},
    } | record


class _EarlyStoppingPastTenEpochs(stopping.EarlyStopping):
    """Decides as early stopping does, but lets the training reach the tenth epoch and keeps its weights."""

    def on_epoch_end(self, epoch, logs=None):
        if not self.stopped_epoch:
            super().on_epoch_end(epoch, logs)
        if epoch == 9:
            self.tenth_epoch = self.model.get_weights()
        self.model.stop_training = self.stopped_epoch > 0 and epoch >= 9


def marvin(seed):
    """The network marvin for 15 epochs, and its state after 10, on 54,000 images; batch size 128."""
    tenth = _KeepEpoch(10)
    model, record = fit(models.marvin, epochs=15, batch_size=128, seed=seed, callbacks=[tenth])
    _, validation, test = prepare()
    fifteen_epochs = {"validation": record.pop("validation"), "test": record.pop("test")}
    model.set_weights(tenth.weights)
    train_set, *_ = prepare()
    ten_epochs = {"validation": evaluate(model, validation), "test": evaluate(model, test)}
    # ten epochs are what the original chose: their state is the model, the other five are the comparison
    record |= {"epochs": 10, "train": evaluate(model, train_set)} | ten_epochs
    record["fit"]["seconds"] = round(sum(record["fit"]["epoch_seconds"][:10]), 1)
    return record | {"fifteen_epochs": fifteen_epochs, "ten_epochs": ten_epochs}


class _KeepEpoch(keras.callbacks.Callback):
    """Keeps the weights of one epoch, counted from 1."""

    def __init__(self, epoch):
        super().__init__()
        self._epoch, self.weights = epoch, None

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self._epoch:
            self.weights = self.model.get_weights()


def logistic_regression(seed, *, penalty=None):
    """Logistic regression by stochastic gradient descent on all 60,000 training images, without penalty."""
    train_set, validation, test = prepare()
    x, y = _joined(train_set, validation)
    model = linear.sgd_logistic_regression(penalty, seed=seed)
    start, steal = time.perf_counter(), steal_seconds()
    model.fit(linear.flatten(x), y.argmax(axis=1))
    seconds = time.perf_counter() - start
    record = {
        "seed": seed,
        "epochs": int(model[-1].n_iter_),
        "parameters": model[-1].coef_.size + model[-1].intercept_.size,
        "training_images": len(x),
        "fit": {"seconds": round(seconds, 1), "steal_seconds": None if steal is None else steal_seconds() - steal},
    }
    for name, (images, labels) in {"train": (x, y), "test": test}.items():
        probabilities = model.predict_proba(linear.flatten(images))
        loss = -np.mean(np.log(np.clip(probabilities[labels == 1], 1e-7, 1)))
        record[name] = score(labels, probabilities, loss=loss)
    return record


def logistic_regression_l1(seed):
    """Logistic regression by stochastic gradient descent on all 60,000 training images, L1 penalty."""
    return logistic_regression(seed, penalty="l1")


def logistic_regression_l2(seed):
    """Logistic regression by stochastic gradient descent on all 60,000 training images, L2 penalty."""
    return logistic_regression(seed, penalty="l2")


def by_recipe(name):
    """Return the measurement of a model of ``recipes.RECIPES``: refitted on all 60,000 training images."""
    recipe = recipes.RECIPES[name]

    def measurement(seed):
        build = recipe.builder(60_000)
        return fit(build, epochs=recipe.epochs, batch_size=recipe.batch_size, seed=seed, everything=True)[1]

    length = f"{recipe.epochs} epochs at batch size {recipe.batch_size}"
    measurement.__doc__ = f"{name} by its recipe, {length}, refitted on all 60,000 training images."
    return measurement


def vgg_cnn(seed):
    """Long recipe, refitted on all 60,000 images; "test_shifted" averages nine predictions of each test image."""
    recipe = recipes.RECIPES["vgg_cnn"]
    model, record = fit(
        recipe.builder(60_000), epochs=recipe.epochs, batch_size=recipe.batch_size, seed=seed, everything=True
    )
    *_, (x, y) = prepare()
    probabilities = np.mean([evaluation.predict(model, images) for images in shifted(x)], axis=0)
    loss = np.mean(keras.losses.get(model.loss)(y, probabilities))
    return record | {"test_shifted": score(y, probabilities, loss=loss)}


def shifted(x):
    """Yield images, shape (n, 28, 28, 1), shifted by -1, 0 and 1 pixels in both directions; what moves in is black."""
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    height, width = x.shape[1:3]
    for top in range(3):
        for left in range(3):
            yield padded[:, top : top + height, left : left + width]


MEASUREMENTS = {
    "improved_cnn": (improved_cnn, SEEDS),
    "improved_cnn_unaugmented": (improved_cnn_unaugmented, SEEDS),
    "simple_cnn": (simple_cnn, range(5)),
    "simple_cnn_20_epochs": (simple_cnn_20_epochs, range(3)),
    "deep_cnn_10_epochs": (deep_cnn_10_epochs, range(1)),
    "marvin": (marvin, range(3)),
    "logistic_regression": (logistic_regression, range(3)),
    "logistic_regression_l1": (logistic_regression_l1, range(3)),
    "logistic_regression_l2": (logistic_regression_l2, range(3)),
    **{name: (by_recipe(name), range(3)) for name in recipes.RECIPES},
    "vgg_cnn": (vgg_cnn, range(3)),
}


def measure(name):
    """Make the parts of a measurement that are missing; store each as soon as it is there."""
    function, seeds = MEASUREMENTS[name]
    path = FOLDER / f"{name}.json"
    content = {
        "command": f"python benchmarks/measure.py {name}",
        "about": " ".join(function.__doc__.split()),
        "runs": [],
    }
    if path.is_file():
        content["runs"] = json.loads(path.read_text(encoding="utf-8"))["runs"]
    done = {run["seed"] for run in content["runs"]}
    for seed in seeds:
        if seed in done:
            continue
        print(f"{name}, seed {seed}", flush=True)
        run = function(seed)
        content["runs"].append(run | {"environment": reproducibility.environment_record(seed=seed)})
        content["runs"].sort(key=lambda run: run["seed"])
        files.write_json(path, content)
    for run in content["runs"]:
        print(f"{name}, seed {run['seed']}: test accuracy {run['test']['accuracy']:.4f}, {run['fit']['seconds']:.0f} s")


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="+", choices=MEASUREMENTS)
    for name in parser.parse_args().name:
        measure(name)


if __name__ == "__main__":
    main()
