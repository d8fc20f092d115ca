"""Load-or-train and saved architectures, on made digits."""

import multiprocessing
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from mnist_lab import files, models, reproducibility, training
from mnist_lab.training import fit as fit_module
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


def test_names_of_layers_make_no_other_recipe(counter, digits):
    def unnamed():
        layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
        model = keras.Sequential(layers)
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
        return model

    for build in (linear, unnamed, unnamed):
        training.load_or_train("linear", build, *digits, **FIT)
    assert counter.trainings == 1


@pytest.mark.parametrize("functional", [False, True])
def test_a_name_that_is_also_an_activation_hides_no_other_activation(functional):
    def named(activation):
        images = keras.Input((28, 28, 1), name="images")
        layers = [keras.layers.Flatten(name="flat"), keras.layers.Dense(10, activation=activation, name=activation)]
        if not functional:
            return keras.Sequential([images, *layers])
        return keras.Model(images, layers[1](layers[0](images)))

    assert saving._nameless(named("relu")) != saving._nameless(named("tanh"))


def test_names_in_a_functional_model_make_no_other_recipe():
    def named(one, two):
        images = keras.Input((28, 28, 1), name=one)
        return keras.Model(images, keras.layers.Flatten(name=two)(images), name=f"{one} {two}")

    assert saving._nameless(named("a", "b")) == saving._nameless(named("c", "d"))


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
        return factor() * inputs


FACTOR = 2


def factor():
    return FACTOR


def activation(x):
    return x * 2


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1

    def get_config(self):
        return {}


class Initializer(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return keras.ops.ones(shape, dtype=dtype)

    def get_config(self):
        return {}


def own(layer=None, *, optimizer="adam", loss="mean_squared_error"):
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), layer or keras.layers.Dense(2), keras.layers.Dense(10)]
    model = keras.Sequential(layers)
    model.compile(optimizer, loss, jit_compile=False)
    return model


def squared(y, y_pred):
    return keras.ops.square(y - y_pred)


def wrapped():
    layers = [keras.Input((28, 28, 1)), keras.layers.TimeDistributed(Twice()), keras.layers.Flatten()]
    model = keras.Sequential([*layers, keras.layers.Dense(10)])
    model.compile("adam", "mean_squared_error", jit_compile=False)
    return model


THIS = sys.modules[__name__]
OTHER = {
    "its method": (lambda: own(Twice()), Twice, "call", lambda self, inputs: inputs * 3),
    "a function that it calls": (lambda: own(Twice()), THIS, "factor", lambda: 3),
    "a number in its module": (lambda: own(Twice()), THIS, "FACTOR", 3),
    "a wrapped layer": (wrapped, Twice, "call", lambda self, x: x),
    "an activation": (lambda: own(keras.layers.Dense(2, activation)), THIS, "activation", lambda x: x * 3),
    "an initialiser": (
        lambda: own(keras.layers.Dense(2, kernel_initializer=Initializer())),
        Initializer,
        "__call__",
        id,
    ),
    "a schedule": (
        lambda: own(optimizer=keras.optimizers.SGD(Schedule())),
        Schedule,
        "__call__",
        lambda self, step: 0.2,
    ),
    "a loss": (lambda: own(loss=squared), THIS, "squared", lambda y, y_pred: y - y_pred),
    "a layer of ours": (
        lambda: models.branches("sgd", filters=(1, 1, 1)),
        models.RangeNormalization,
        "call",
        lambda self, inputs: inputs,
    ),
    "what a layer of ours calls": (
        lambda: models.improved_cnn(augmentation=models.RandomElastic(bend=0.5)),
        models.augmentation,
        "_bilinear",
        lambda images, x, y: images,
    ),
    "the batches": (own, fit_module, "batches", lambda *arguments, **options: None),
}


@pytest.mark.parametrize(("build", "place", "name", "other"), OTHER.values(), ids=OTHER)
def test_the_key_changes_with_the_code_that_a_training_runs(digits, monkeypatch, build, place, name, other):
    def key():
        reproducibility.set_seed(0)  # names of layers start from the beginning
        return saving._key(build(), digits, 1, 100, 0)

    before = key()
    assert key() == before
    if callable(other) and other is not id:
        other.__name__ = getattr(getattr(place, name), "__name__", name)  # the JSON has the name
    monkeypatch.setattr(place, name, other if other is not id else lambda self, shape, dtype=None: 0)
    assert key() != before


def test_the_key_knows_nothing_of_other_models():
    told = repr(saving._own_code(models.simple_cnn()))
    assert "affine_transform" not in told  # of RandomAffine, which this model does not have


def test_the_code_is_told_alike_in_another_process():
    code = (
        "from mnist_lab import models\nfrom mnist_lab.training import saving\n"
        "def loss(y, p): return (y - p) ** 2 if 'a' in {'a', 'b', 'c', 'd'} else p\n"
        "model = models.branches('sgd', filters=(1, 1, 1)); model.loss = loss\n"
        "print(saving._own_code(model))"
    )
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(runs) == 1
    assert b" object at 0x" not in runs.pop()
