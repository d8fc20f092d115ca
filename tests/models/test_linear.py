import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mnist_lab import models, plotting
from mnist_lab.plotting.style import BLUE, VERMILION

# hours_of_study


def test_hours_of_study_are_the_published_twenty_students():
    hours, passed = linear.hours_of_study()
    assert hours.shape == passed.shape == (20,)
    assert np.all(np.diff(hours) >= 0)
    assert (hours.sum(), hours[passed == 1].sum()) == (55.75, 38.0)


def test_hours_of_study_give_the_published_regression():
    hours, passed = linear.hours_of_study()
    model = LogisticRegression(C=1e6, solver="lbfgs").fit(hours[:, np.newaxis], passed)
    assert model.coef_[0, 0] == pytest.approx(1.5046, abs=0.002)
    assert model.intercept_[0] == pytest.approx(-4.0777, abs=0.005)


# flatten


@pytest.mark.parametrize("shape", [(3, 28, 28), (3, 28, 28, 1)])
def test_flatten_keeps_the_order_of_the_pixels_and_the_type(shape):
    x = np.arange(3 * 784, dtype=np.float32).reshape(shape)
    flat = linear.flatten(x)
    assert flat.dtype == np.float32
    assert flat.tolist() == np.arange(3 * 784).reshape(3, 784).tolist()


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (3, 784), (3, 28, 28, 3)])
def test_flatten_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"must have shape \(n, 28, 28, 1\)"):
        linear.flatten(np.zeros(shape))


# sgd_logistic_regression, weights


def few_images():
    """Return 200 made images, 784 pixels each: pixel 10 * d is bright for digit d, the others are weak noise."""
    rng = np.random.default_rng(0)
    y = np.arange(200) % 10
    x = rng.uniform(0, 0.1, (200, 784)).astype(np.float32)
    x[:, 700:] = 0  # never inked
    x[np.arange(200), 10 * y] = 1
    return x, y


@pytest.mark.parametrize("penalty", [None, "l1", "l2"])
def test_regression_learns_and_repeats(penalty):
    x, y = few_images()
    model = models.sgd_logistic_regression(penalty, seed=0).fit(x, y)
    assert model.score(x, y) > 0.9
    again = models.sgd_logistic_regression(penalty, seed=0).fit(x, y)
    assert np.array_equal(linear.weights(model), linear.weights(again))
    other = models.sgd_logistic_regression(penalty, seed=1).fit(x, y)
    assert not np.array_equal(linear.weights(model), linear.weights(other))


def test_weights_are_images_whose_scores_decide():
    x, y = few_images()
    model = models.sgd_logistic_regression("l2", seed=0).fit(x, y)
    images = linear.weights(model)
    assert images.shape == (10, 28, 28)
    scores = x @ images.reshape(10, 784).T + model[-1].intercept_
    assert scores.argmax(axis=1).tolist() == model.predict(x).tolist()
    assert [int(image.argmax()) for image in images] == [10 * digit for digit in range(10)]


def test_only_l1_makes_weights_of_inked_pixels_zero():
    x, y = few_images()
    zeros = {
        penalty: linear.weights(models.sgd_logistic_regression(penalty, seed=0).fit(x, y)).reshape(10, 784) == 0
        for penalty in ("l1", "l2")
    }
    assert zeros["l2"][:, 700:].all()
    assert not zeros["l2"][:, :700].any()
    assert zeros["l1"][:, :700].mean() > 0.1


def test_regression_has_the_settings_of_the_original():
    settings = models.sgd_logistic_regression("l1", seed=3)[-1].get_params()
    expected = {"loss": "log_loss", "penalty": "l1", "alpha": 0.0001, "learning_rate": "optimal", "random_state": 3}
    assert {name: settings[name] for name in expected} == expected


def test_regression_refuses_an_unknown_penalty():
    with pytest.raises(ValueError, match="no penalty 'l3': choose one of"):
        models.sgd_logistic_regression("l3", seed=0)


# weight_mosaic


def test_weight_mosaic_is_white_at_zero_and_coloured_by_sign():
    images = np.array([[[0.0, 2.0], [-2.0, 1.0]], [[9.0, -9.0], [0.0, 0.0]]])
    array = plotting.weight_mosaic(images, limit=2, columns=2, scale=1)
    assert array.shape == (2 + 4, 2 + 2 + 6, 3)
    white, red, blue = [255] * 3, as_bytes(VERMILION), as_bytes(BLUE)
    assert array[2, 2].tolist() == white
    assert array[2, 3].tolist() == red
    assert array[3, 2].tolist() == blue
    assert array[2, 6].tolist() == red  # clipped
    assert array[2, 7].tolist() == blue
    assert np.allclose(array[3, 3], (np.array(white) + red) / 2, atol=1)


def as_bytes(color):
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


@pytest.mark.parametrize("limit", [0, -1, np.nan])
def test_weight_mosaic_refuses_a_limit_that_is_not_positive(limit):
    with pytest.raises(ValueError, match="limit must be positive"):
        plotting.weight_mosaic(np.zeros((1, 2, 2)), limit=limit)
