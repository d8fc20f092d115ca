"""Linear models of scikit-learn: logistic regression on images as rows of pixels. Nothing here needs Keras."""

__all__ = ["sgd_logistic_regression"]

# Passes over the training images, and from which example on the weights are averaged (True: from the first),
# chosen by validation accuracy.
_SETTINGS = {
    None: {"max_iter": 10, "average": True},
    "l1": {"max_iter": 30},
    "l2": {"max_iter": 10, "average": 270_000},
}


def sgd_logistic_regression(penalty, *, seed):
    """Build a logistic regression that is trained by stochastic gradient descent, one against the rest.

    For each class one model tells it from all others; the class whose model gives the highest score wins. This is not
    the multinomial (softmax) regression, which trains the classes together.

    Log loss, ``alpha=0.0001`` and the "optimal" learning rate are those of the original. What differs: the number of
    passes over the training images is fixed (10; 30 with L1), and the weights are *averaged* over the steps: all of
    them without a penalty, those after 270,000 examples (the later half, roughly) with L2. Not with L1, where an
    average would fill the zeros again. Four fifths of the pixels are blank, so the images are passed on as sparse
    matrices: a step then costs a fifth.

    Parameters
    ----------
    penalty : {None, "l1", "l2"}
    seed : int
        Of the order of the examples.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted; takes arrays of shape (n, 784) with values in [0, 1] and labels of shape (n,).

    Raises
    ------
    ValueError
        If there is no such penalty.

    Examples
    --------
    >>> model = sgd_logistic_regression("l2", seed=0).fit(x_train.reshape(-1, 784), y_train)  # doctest: +SKIP

    References
    ----------
    W. Xu (2011), averaged stochastic gradient descent, https://arxiv.org/abs/1107.2490
    Y. Tsuruoka, J. Tsujii, S. Ananiadou (2009), L1 penalty, https://aclanthology.org/P09-1054
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    if penalty not in _SETTINGS:
        raise ValueError(f"There is no penalty {penalty!r}: choose one of {list(_SETTINGS)}.")
    classifier = SGDClassifier(
        loss="log_loss",
        penalty=penalty,
        alpha=0.0001,
        learning_rate="optimal",
        tol=None,  # run all passes
        random_state=seed,
        n_jobs=2,
        **_SETTINGS[penalty],
    )
    return make_pipeline(FunctionTransformer(csr_matrix), classifier)
