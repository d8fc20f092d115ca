import pytest
from small_mnist import copied, network, scaled

from mnist_lab import checks

SOURCE = "https://arxiv.org/abs/1512.00567"


@pytest.fixture(scope="module")
def task(small, trained):
    """Return all that task 3 needs, right; the small MNIST is learned without an error."""
    (x, y), (x_test, y_test) = small
    model = copied(trained[0])
    model.fit(scaled(x), y, epochs=20, batch_size=50, verbose=0)
    return {
        "y_test": y_test,
        "probabilities": model.predict(scaled(x_test), verbose=0),
        "model": model,
        "reloaded": copied(model),
        "x_test": scaled(x_test),
        "sources": [SOURCE],
    }


def saved(task, folder):
    task["model"].save(folder / "best.keras")
    return {"reloaded": str(folder / "best.keras")}


RIGHT = {
    "as it should be": lambda task, _: {},
    "one source as a text": lambda task, _: {"sources": SOURCE},
    "sources as a tuple": lambda task, _: {"sources": (SOURCE, "http://yann.lecun.com/exdb/mnist/")},
    "a path": saved,
    "lists": lambda task, _: {"probabilities": task["probabilities"].tolist(), "y_test": task["y_test"].tolist()},
    "images from 0 to 255": lambda task, _: {"x_test": (255 * task["x_test"]).round()},
}
WRONG = {
    "an accuracy for probabilities": (lambda task, _: {"probabilities": 0.9965}, 2, "shape ()"),
    "a number of errors": (lambda task, _: {"probabilities": -3}, 2, "shape ()"),
    "labels for probabilities": (lambda task, _: {"probabilities": task["y_test"]}, 2, "a row an image"),
    "the array twice, without models": (
        lambda task, _: {"model": task["probabilities"], "reloaded": task["probabilities"]},
        1,
        "a Keras model",
    ),
    "forged probabilities": (
        lambda task, _: {"probabilities": task["probabilities"][::-1]},
        2,
        "not what the model says",
    ),
    "logits": (lambda task, _: {"probabilities": 5 * task["probabilities"]}, 2, "softmax"),
    "half of the test images": (
        lambda task, _: {name: task[name][:150] for name in ("y_test", "probabilities", "x_test")},
        2,
        "300 are needed",
    ),
    "a model that has not learned": (
        lambda task, _: {
            "model": (model := network()),
            "reloaded": copied(model),
            "probabilities": model.predict(task["x_test"], verbose=0),
        },
        2,
        "errors in 300 images",
    ),
    "another reloaded model": (lambda task, _: {"reloaded": network()}, 2, "load it again"),
    "the model itself": (lambda task, _: {"reloaded": task["model"]}, 2, "load it from its file"),
    "no source": (lambda task, _: {"sources": []}, 2, "name the source"),
    "a book without address": (lambda task, _: {"sources": ["LeCun 1998"]}, 2, "no address"),
    "nothing": (lambda task, _: dict.fromkeys(task), 0, "name the source"),
}


def test_validation_images_are_not_test_images(small, task):
    (x, y), _ = small
    change = {"x_test": scaled(x[:300]), "y_test": y[:300]}
    change["probabilities"] = task["model"].predict(change["x_test"], verbose=0)
    outcome = call(task | change)
    assert outcome.points == 2
    assert "holds train images: the test images are needed" in outcome


def call(task):
    others = dict(task)
    return checks.task_3(others.pop("y_test"), others.pop("probabilities"), **others)


@pytest.mark.parametrize("name", RIGHT)
def test_right_in_whatever_form(task, tmp_path, name):
    assert call(task | RIGHT[name](task, tmp_path)) == "Task 3 met: 3 of 3 points"


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gets_a_hint(task, tmp_path, name):
    change, points, hint = WRONG[name]
    outcome = call(task | change(task, tmp_path))
    assert outcome.points == points
    assert hint in outcome, outcome
