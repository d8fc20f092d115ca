"""Points are computed from what was handed in, with the judge's own labels and images, on data drawn for this test."""

import numpy as np
import pytest

from mnist_lab import data, evaluation
from mnist_lab._keras import keras
from mnist_lab.checks import reading, truth
from mnist_lab.checks.handing_in import write_hand_in
from mnist_lab.grading.grade.judge import Judge
from mnist_lab.grading.grade.variant import load_withheld, make_variant


@pytest.fixture
def variant(tmp_path_factory, monkeypatch):
    """Return a function that draws a variant for this process, and returns a judge and honest work."""

    def draw(seed):
        monkeypatch.delenv("MNIST_LAB_VARIANT", raising=False)
        folder = tmp_path_factory.mktemp("variant")
        monkeypatch.setenv("MNIST_LAB_VARIANT", str(make_variant(folder, seed)))
        forget()
        return Judge(load_withheld(folder)), honest_work()

    def forget():
        truth._mnist.cache_clear()
        truth._by_image.cache_clear()

    yield draw
    monkeypatch.undo()
    forget()
    reading.FILES = True


def honest_work():
    """Return what an honest notebook gives to the checks of tasks 1 and 4, with a network of the mean images."""
    (x, y), (x_test, y_test) = data.load_mnist()
    (_, _), (x_val, y_val) = data.validation_split(data.scale(x), y)
    means = np.stack([data.scale(x[y == digit]).mean(axis=0).ravel() for digit in range(10)])
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.set_weights([2 * means.T, -np.square(means).sum(axis=1)])
    x_test = data.scale(x_test)
    y_pred, val = (model.predict(images, verbose=0).argmax(axis=1) for images in (x_test, x_val))
    matrix = evaluation.confusion_matrix(y_val, val)
    first = {"y_train": y, "y_test": y_test, "table": data.class_table(y, y_test)}
    fourth = {
        "y_test": y_test,
        "y_pred": y_pred,
        "read_true": y_test,
        "read_pred": y_pred,
        "read_errors": np.flatnonzero(y_test != y_pred),
        "chosen_class": evaluation.class_to_improve(matrix)[0],
        "y_val": y_val,
        "val_predictions": val,
        "model": model,
        "x_test": x_test,
    }
    return {1: first, 4: fourth}


def points_of(judge, folder, work):
    for task, arguments in work.items():
        write_hand_in(folder / f"task_{task}", arguments)
    return judge.judge(folder)


@pytest.mark.parametrize("seed", [0, pytest.param(range(1, 21), marks=pytest.mark.slow)], ids=["one", "twenty more"])
def test_honest_work_has_all_points_and_no_flag_whatever_the_variant(variant, tmp_path, seed):
    for one in seed if isinstance(seed, range) else [seed]:
        judge, work = variant(one)
        found = points_of(judge, tmp_path / str(one), work)
        assert [(found[task]["points"], found[task]["flags"]) for task in (1, 4)] == [(1, []), (2, [])], found


def other(work, task, **changes):
    return {task: work[task] | changes}


def public_counts(work):
    table = work[1]["table"].copy()
    table["test"] = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    return other(work, 1, table=table)


def turned(model):
    copy = keras.models.clone_model(model)
    copy.set_weights([weights[..., ::-1] for weights in model.get_weights()])
    return copy


# what a student may get wrong, or claim, and the points of its task
WRONG = {
    "counts of the public test images": (public_counts, 0),
    "no table": (lambda work: other(work, 1, table=None), 0),
    "counts of test and train exchanged": (
        lambda work: other(work, 1, table=work[1]["table"].rename(columns={"train": "test", "test": "train"})),
        0,
    ),
    "a table of percentages only": (lambda work: other(work, 1, table=work[1]["table"].filter(like="%")), 0),
    "own labels": (
        lambda work: other(
            work,
            1,
            y_train=np.zeros(10, int),
            y_test=np.zeros(10, int),
            table=data.class_table(np.arange(10), np.arange(10)),
        ),
        0,
    ),
    "labels as predictions": (lambda work: other(work, 4, y_pred=work[4]["y_test"], read_pred=work[4]["y_test"]), 1),
    "predictions without a network": (lambda work: other(work, 4, model=None), 1),
    "another network": (lambda work: other(work, 4, model=turned(work[4]["model"])), 1),
    "errors counted from 1": (lambda work: other(work, 4, read_errors=work[4]["read_errors"] + 1), 1),
    "positions of right ones": (
        lambda work: other(work, 4, read_errors=np.flatnonzero(work[4]["y_test"] == work[4]["y_pred"])),
        1,
    ),
    "half of the errors": (lambda work: other(work, 4, read_errors=work[4]["read_errors"][::2]), 1),
    "nothing read back": (lambda work: other(work, 4, read_true=None, read_pred=None, read_errors=None), 1),
    "true and predicted exchanged": (
        lambda work: other(work, 4, read_true=work[4]["y_pred"], read_pred=work[4]["y_test"]),
        1,
    ),
    "predictions in another order": (
        lambda work: other(work, 4, y_pred=work[4]["y_pred"][::-1], read_pred=work[4]["y_pred"][::-1]),
        1,
    ),
    "the best class": (lambda work: other(work, 4, chosen_class=1), 1),
    "no class": (lambda work: other(work, 4, chosen_class=None), 1),
    "a class that is none": (lambda work: other(work, 4, chosen_class=10), 1),
    "all classes": (lambda work: other(work, 4, chosen_class=list(range(10))), 1),
    "chosen by the test images": (
        lambda work: other(work, 4, y_val=work[4]["y_test"], val_predictions=work[4]["y_pred"]),
        1,
    ),
    "validation labels as predictions": (lambda work: other(work, 4, val_predictions=work[4]["y_val"]), 1),
    "own test images": (
        lambda work: other(
            work,
            4,
            x_test=np.repeat(work[4]["x_test"][:1], 10_000, axis=0),
            y_test=np.repeat(work[4]["y_test"][:1], 10_000),
        ),
        2,  # they are replaced by the judge's, of which the rest is right
    ),
    "a file for a network": (lambda work: other(work, 4, model="/etc/hostname"), 1),
}


def test_each_wrong_answer_gets_the_points_it_deserves(variant, tmp_path):
    judge, work = variant(0)
    found = {}
    for number, (name, (change, _)) in enumerate(WRONG.items()):
        ((task, one),) = points_of(judge, tmp_path / str(number), change(work)).items()
        found[name] = one["points"]
        assert one["points"] == one["of"] or "Hint: " in one["text"], (task, one)
    assert found == {name: points for name, (_, points) in WRONG.items()}


def test_a_network_that_saw_the_test_images_is_flagged(variant, tmp_path):
    judge, work = variant(0)
    x, y = work[4]["x_test"], work[4]["y_test"]
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Flatten(), keras.layers.Dense(128, "relu"), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, batch_size=100, epochs=15, verbose=0)
    found = points_of(judge, tmp_path, other(work, 4, model=model))
    assert "errors in 8,000 test images that it could see" in found[4]["flags"][0]
