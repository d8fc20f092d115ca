"""Logistic regression of scikit-learn: settings, repeatability, and weights that decide."""

import numpy as np
import pytest

from mnist_lab import models


def weights(model):
    return model[-1].coef_.reshape(-1, 28, 28)


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
    assert np.array_equal(weights(model), weights(again))
    other = models.sgd_logistic_regression(penalty, seed=1).fit(x, y)
    assert not np.array_equal(weights(model), weights(other))


def test_weights_are_images_whose_scores_decide():
    x, y = few_images()
    model = models.sgd_logistic_regression("l2", seed=0).fit(x, y)
    images = weights(model)
    assert images.shape == (10, 28, 28)
    scores = x @ images.reshape(10, 784).T + model[-1].intercept_
    assert scores.argmax(axis=1).tolist() == model.predict(x).tolist()
    assert [int(image.argmax()) for image in images] == [10 * digit for digit in range(10)]


def test_only_l1_makes_weights_of_inked_pixels_zero():
    x, y = few_images()
    zeros = {
        penalty: weights(models.sgd_logistic_regression(penalty, seed=0).fit(x, y)).reshape(10, 784) == 0
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
