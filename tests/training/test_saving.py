"""Load-or-train and saved architectures, on made digits."""

import multiprocessing
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from mnist_lab import files, models, reproducibility, training
from mnist_lab.training import saving

FIT = {"epochs": 1, "batch_size": 100, "seed": 0, "verbose": 0}


def linear():
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")], name="linear"
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def weights(model):
    return np.concatenate([array.ravel() for array in model.get_weights()])


class Counter:
    """Counts how often the model it builds is trained."""

    def __init__(self, monkeypatch):
        self.trainings = 0
        fit = saving.fit

        def counted(*args, **options):
            self.trainings += 1
            return fit(*args, **options)

        monkeypatch.setattr(saving, "fit", counted)


@pytest.fixture
def counter(folders, monkeypatch):
    return Counter(monkeypatch)


def test_load_or_train_trains_once(counter, digits):
    first, history = training.load_or_train("linear", linear, *digits, **FIT)
    second, again = training.load_or_train("linear", linear, *digits, **FIT)
    assert counter.trainings == 1
    assert np.array_equal(weights(first), weights(second))
    assert history == again


@pytest.mark.parametrize("change", [{"epochs": 2}, {"batch_size": 50}, {"seed": 1}])
def test_load_or_train_does_not_use_a_model_of_another_recipe(counter, digits, change, capsys):
    training.load_or_train("linear", linear, *digits, **FIT)
    training.load_or_train("linear", linear, *digits, **(FIT | change))
    assert counter.trainings == 2
    assert "trained in another way or on other data: training again" in capsys.readouterr().out


def test_load_or_train_notices_other_data_and_another_architecture(counter, digits):
    x, y = digits
    changed = x.copy()
    changed[0, 0, 0, 0] += 0.5
    training.load_or_train("linear", linear, x, y, **FIT)
    training.load_or_train("linear", linear, changed, y, **FIT)

    def slower():
        model = linear()
        model.compile(keras.optimizers.Adam(1e-4), "categorical_crossentropy", metrics=["accuracy"])
        return model

    training.load_or_train("linear", slower, changed, y, **FIT)
    assert counter.trainings == 3


@pytest.mark.parametrize("damage", ["truncated", "missing model", "missing record", "broken record", "foreign record"])
def test_load_or_train_trains_again_when_files_are_damaged(counter, digits, damage):
    first, _ = training.load_or_train("linear", linear, *digits, **FIT)
    path = files.models_folder() / "linear.keras"
    record = files.models_folder() / "linear.training.json"
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "missing model":
        path.unlink()
    elif damage == "missing record":
        record.unlink()
    else:
        record.write_text("{" if damage == "broken record" else "[]", encoding="utf-8")
    second, _ = training.load_or_train("linear", linear, *digits, **FIT)
    assert counter.trainings == 2
    assert np.array_equal(weights(first), weights(second))


def test_an_interrupted_training_leaves_no_model(folders, digits, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(saving, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        training.load_or_train("linear", linear, *digits, **FIT)
    assert not list(files.models_folder().glob("*.keras"))


def test_an_unwritable_folder_is_noticed_before_training(counter, digits, monkeypatch):
    blocked = files.models_folder()
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(OSError, match="MNIST_LAB_MODELS"):
        training.load_or_train("linear", linear, *digits, **FIT)
    assert counter.trainings == 0


def _train_in_a_process(folder, digits, queue):
    os.environ["MNIST_LAB_MODELS"] = folder
    calls = []
    fit = saving.fit
    saving.fit = lambda *args, **options: calls.append(1) or fit(*args, **options)
    model, _ = training.load_or_train("linear", linear, *digits, **FIT)
    queue.put((len(calls), weights(model).tobytes()))


def test_two_processes_at_once_train_once(folders, digits):
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    arguments = (str(files.models_folder()), digits, queue)
    processes = [context.Process(target=_train_in_a_process, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    (first_calls, first), (second_calls, second) = queue.get(timeout=120), queue.get(timeout=120)
    for process in processes:
        process.join()
    assert first_calls + second_calls == 1
    assert first == second


def test_architecture_and_weights_give_the_same_predictions(folders, digits):
    x, _ = digits
    model, _ = training.train(linear, *digits, **FIT)
    architecture, saved = training.save_weights(model, "linear")
    assert architecture.name == "linear.architecture.json"
    assert saved.name == "linear.weights.h5"
    assert np.array_equal(training.load_weights("linear").predict(x, verbose=0), model.predict(x, verbose=0))


def test_missing_files_are_named(folders):
    with pytest.raises(FileNotFoundError, match="trains and saves 'nothing'"):
        training.load_model("nothing")
    with pytest.raises(FileNotFoundError, match=r"save_weights\(model, 'nothing'\)"):
        training.load_weights("nothing")


class Twice(keras.layers.Layer):
    """A layer of the student's own, whose code the model's JSON only names."""

    def call(self, inputs):
        return inputs * 2


def with_own_layer():
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), Twice(), keras.layers.Dense(10)])
    model.compile("adam", "mean_squared_error", jit_compile=False)
    return model


def branches():
    return models.branches("sgd", filters=(1, 1, 1))


@pytest.mark.parametrize(("build", "layer"), [(with_own_layer, Twice), (branches, models.RangeNormalization)])
def test_the_key_changes_with_the_code_of_a_layer(digits, monkeypatch, build, layer):
    def key():
        reproducibility.set_seed(0)  # names of layers start from the beginning
        return saving._key(build(), digits, 1, 100, 0)

    before = key()
    assert key() == before
    monkeypatch.setattr(layer, "call", lambda self, inputs: inputs * 3)
    assert key() != before


def test_the_key_covers_all_code_that_decides_weights_and_no_more():
    names = {path.name for path in saving._OUR_CODE}
    assert {"multi_branch.py", "common.py", "augmentation.py", "vgg.py", "schedule.py"} <= names
    assert {"batches.py", "fit.py", "reproducibility.py"} <= names
    assert "catalogue.py" not in names  # a new entry must not cost the training of all others


def test_the_key_is_the_same_in_another_process():
    code = (
        "from mnist_lab.training import saving\n"
        "def loss(y, p): return (y - p) ** 2 if 'a' in {'a', 'b', 'c', 'd'} else p\n"
        "print(saving._own_code(loss))"
    )
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(runs) == 1
    assert b"CodeType" not in runs.pop()
