"""Train and evaluate a model of the catalogue over several seeds; what the notebooks show of full trainings.

Each training is one part of a measurement and is stored as soon as it ends, in
``results/measurements/NAME.json``, with the predicted digits of all test images as one string. An
interrupted measurement goes on where it stopped; delete the file to measure anew. Choices are made on the
validation split; the test images are evaluated once, at the end of a training. Times are wall-clock seconds
of ``fit`` alone, beside the time that other guests of the machine took (steal), where the system tells.
"""

import json
import time

import numpy as np

from benchmarks.timing import FOLDER, steal_seconds
from mnist_lab import data, evaluation, files, reproducibility, results, training
from mnist_lab._keras import keras
from mnist_lab.models import CATALOGUE


def prepare():
    """Return scaled images and one-hot labels: training, validation and test."""
    return [(x, data.one_hot(y)) for x, y in data.load_split(seed=0)]


def fit(entry, seed, *, epochs=None, callbacks=()):
    """Train a Keras model of the catalogue; return it with a record of the training, evaluated on all sets.

    An entry with all 60,000 images trains on the validation images too: no choice is left to be made on them.
    """
    train_set, validation, test = prepare()
    if entry.images == len(train_set[0]) + len(validation[0]):
        train_set, validation = joined(train_set, validation), None
    clock = _Seconds()
    model, history = training.train(
        entry.builder(entry.images),
        *train_set,
        epochs=epochs or entry.epochs,
        batch_size=entry.batch_size,
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


def joined(first, second):
    """Return two sets of examples as one."""
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


def keras_model(entry, seed):
    """Measure a Keras model that needs nothing special."""
    return fit(entry, seed)[1]


def linear_model(entry, seed):
    """Measure a linear model, on all 60,000 training images."""
    train_set, validation, test = prepare()
    x, y = joined(train_set, validation)
    model = entry.build(seed=seed)
    start, steal = time.perf_counter(), steal_seconds()
    model.fit(x.reshape(len(x), -1), y.argmax(axis=1))
    seconds = time.perf_counter() - start
    record = {
        "seed": seed,
        "epochs": int(model[-1].n_iter_),
        "parameters": model[-1].coef_.size + model[-1].intercept_.size,
        "training_images": len(x),
        "fit": {"seconds": round(seconds, 1), "steal_seconds": None if steal is None else steal_seconds() - steal},
    }
    for name, (images, labels) in {"train": (x, y), "test": test}.items():
        probabilities = model.predict_proba(images.reshape(len(images), -1))
        loss = -np.mean(np.log(np.clip(probabilities[labels == 1], 1e-7, 1)))
        record[name] = score(labels, probabilities, loss=loss)
    return record


def deep_cnn_10_epochs(entry, seed):
    """Measure early stopping (patience 5), and 10 epochs without it, from the same initial weights.

    Training is deterministic: from the same initial weights both take the same path until early stopping
    ends one of them. So one training gives both models.
    """
    keeper = _EarlyStoppingPastTenEpochs(patience=5)
    model, record = fit(entry, seed, callbacks=[keeper])
    model.set_weights(keeper.tenth_epoch)
    _, validation, test = prepare()
    return {
        "early_stopping": {"best_epoch": keeper.best_epoch_number, "epochs": keeper.epochs_run},
        "ten_epochs": {"validation": evaluate(model, validation), "test": evaluate(model, test)},
    } | record


class _EarlyStoppingPastTenEpochs(training.EarlyStopping):
    """Decides as early stopping does, but lets the training reach the tenth epoch and keeps its weights."""

    def on_epoch_end(self, epoch, logs=None):
        if not self.stopped_epoch:
            super().on_epoch_end(epoch, logs)
        if epoch == 9:
            self.tenth_epoch = self.model.get_weights()
        self.model.stop_training = self.stopped_epoch > 0 and epoch >= 9


def marvin(entry, seed):
    """Measure 15 epochs, and the state after the 10 that the original chose: that state is the model."""
    tenth = _KeepEpoch(entry.epochs)
    model, record = fit(entry, seed, epochs=15, callbacks=[tenth])
    train_set, validation, test = prepare()
    fifteen_epochs = {"validation": record.pop("validation"), "test": record.pop("test")}
    model.set_weights(tenth.weights)
    ten_epochs = {"validation": evaluate(model, validation), "test": evaluate(model, test)}
    record |= {"epochs": entry.epochs, "train": evaluate(model, train_set)} | ten_epochs
    record["fit"]["seconds"] = round(sum(record["fit"]["epoch_seconds"][: entry.epochs]), 1)
    return record | {"fifteen_epochs": fifteen_epochs, "ten_epochs": ten_epochs}


class _KeepEpoch(keras.callbacks.Callback):
    """Keeps the weights of one epoch, counted from 1."""

    def __init__(self, epoch):
        super().__init__()
        self._epoch, self.weights = epoch, None

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self._epoch:
            self.weights = self.model.get_weights()


def vgg_cnn(entry, seed):
    """Measure the long training; "test_shifted" averages nine predictions of each test image."""
    model, record = fit(entry, seed)
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


SPECIAL = {"deep_cnn_10_epochs": deep_cnn_10_epochs, "marvin": marvin, "vgg_cnn": vgg_cnn}


def measure(name):
    """Make the parts of a measurement that are missing; store each as soon as it is there."""
    entry = CATALOGUE[name]
    function = SPECIAL.get(name, linear_model if entry.family == "linear" else keras_model)
    path = FOLDER / f"{name}.json"
    content = {
        "command": results.measure_command(name),
        "about": f"{entry.title}. {function.__doc__.split(chr(10))[0]}",
    }
    content["runs"] = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.is_file() else []
    done = {run["seed"] for run in content["runs"]}
    for seed in sorted(set(range(entry.seeds)) - done):
        print(f"{name}, seed {seed}", flush=True)
        run = function(entry, seed)
        content["runs"].append(run | {"environment": reproducibility.environment_record(seed=seed)})
        content["runs"].sort(key=lambda run: run["seed"])
        files.write_json(path, content)
    for run in content["runs"]:
        print(f"{name}, seed {run['seed']}: test accuracy {run['test']['accuracy']:.4f}, {run['fit']['seconds']:.0f} s")
