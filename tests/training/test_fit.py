"""Schedule, reproducible training, load-or-train and saved architectures, on made digits."""

import multiprocessing
import os

import keras
import numpy as np
import pytest

from mnist_lab import files, models, training

FIT = {"epochs": 1, "batch_size": 100, "seed": 0, "verbose": 0}


def linear():
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")], name="linear"
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def weights(model):
    return np.concatenate([array.ravel() for array in model.get_weights()])


def test_schedule_rises_to_its_peak_and_falls_to_zero():
    schedule = models.WarmupThenLinear(0.01, steps=100)
    rates = [float(schedule(step)) for step in (0, 15, 30, 65, 100, 120)]
    assert rates == pytest.approx([0.0004, 0.0052, 0.01, 0.005, 0.0, 0.0], abs=1e-7)


def test_schedule_survives_saving():
    schedule = models.WarmupThenLinear(0.01, steps=100, warmup=0.2)
    optimizer = keras.optimizers.Adam(schedule)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert again._learning_rate.get_config() == schedule.get_config()


@pytest.mark.parametrize("wrong", [{"steps": 1}, {"steps": 10, "warmup": 0}, {"steps": 10, "warmup": 1}])
def test_schedule_refuses_senseless_lengths(wrong):
    with pytest.raises(ValueError, match="at least 2 steps"):
        models.WarmupThenLinear(0.01, **wrong)


def test_same_seed_same_weights_and_another_seed_others(digits):
    first, second, other = (training.train(linear, *digits, **(FIT | {"seed": seed}))[0] for seed in (7, 7, 8))
    assert np.array_equal(weights(first), weights(second))
    assert not np.array_equal(weights(first), weights(other))


def test_train_returns_a_plain_history(digits):
    _, history = training.train(linear, *digits, validation_data=digits, **(FIT | {"epochs": 2}))
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert [type(value) for value in history["loss"]] == [float, float]


class Counter:
    """Counts how often the model it builds is trained."""

    def __init__(self, monkeypatch):
        self.trainings = 0
        fit = training._fit

        def counted(*args):
            self.trainings += 1
            return fit(*args)

        monkeypatch.setattr(training, "_fit", counted)


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
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "_fit", interrupted)
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
    fit = training._fit
    training._fit = lambda *args: calls.append(1) or fit(*args)
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
