"""A small course of two notebooks with three tasks, so that a class is graded in minutes."""

import sys

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

IMPORTS = """\
import numpy as np
from mnist_lab import checks, data

(x_train, y_train), (x_test, y_test) = data.load_mnist()
means = np.stack([x_train[y_train == digit].mean(axis=0).ravel() for digit in range(10)])


def nearest_mean(x):
    return (np.square(means).sum(axis=1) - 2 * x.reshape(len(x), -1) @ means.T).argmin(axis=1)"""
COUNT = "table = data.class_table(y_train, y_test)"
ERRORS = """\
model = None
y_pred, y_val, val_predictions = nearest_mean(x_test), y_train[:6000], nearest_mean(x_train[:6000])
read_true, read_pred, read_errors = y_test, y_pred, np.flatnonzero(y_test != y_pred)
chosen_class = int(np.argmax([np.mean(val_predictions[y_val == digit] != digit) for digit in range(10)]))"""
CHECK_1 = "print(checks.task_1(y_train, y_test, table))"
CHECK_4 = """\
print(checks.task_4(y_test, y_pred, read_true=read_true, read_pred=read_pred, read_errors=read_errors,
                    chosen_class=chosen_class, y_val=y_val, val_predictions=val_predictions,
                    model=model, x_test=data.scale(x_test)))"""
# the same as a network: the largest of 2 m x - m m is the nearest mean
LINEAR = """\
import keras
model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
model.set_weights([2 / 255 * means.T, -np.square(means / 255).sum(axis=1)])"""
WITH_MODEL = ERRORS.replace("model = None", LINEAR).replace(
    "nearest_mean(x_test)", "model.predict(data.scale(x_test), verbose=0).argmax(axis=1)"
)
TRAINING = """\
import keras
import numpy as np
from mnist_lab import checks, data

x, y = data.load_mnist()[0]
(x_train, y_train), (x_val, y_val) = data.validation_split(data.scale(x), y)
x_train, y_train, x_val, y_val = x_train[:300], y_train[:300], x_val[:1000], y_val[:1000]


def train(epochs, callbacks=()):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Flatten(), keras.layers.Dense(100, "relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    log = model.fit(x_train, y_train, 10, epochs, 0, callbacks, validation_data=(x_val, y_val))
    return model, log.history"""
OVERFIT = """\
model, history = train(10)
stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
restored, stopped_history = train(10, [stop])
restored.save("best.keras")
reloaded = keras.models.load_model("best.keras")
overfits_from = int(np.argmin(history["val_loss"])) + 2"""
CHECK_2 = """\
print(checks.task_2(history, overfits_from, model=model, stopped_history=stopped_history, restored=restored,
                    reloaded=reloaded, x_val=x_val, y_val=y_val))"""
STUB_2 = "# Train.\nmodel = history = overfits_from = stopped_history = restored = reloaded = None"
STUB_1 = "# Count the digits.\ntable = None"
STUB_4 = """\
# Find the errors.
model = y_pred = y_val = val_predictions = read_true = read_pred = read_errors = chosen_class = None"""


def code(name, source, **about):
    return new_code_cell(source, id=name, metadata={"mnist_lab": about} if about else {})


def solution():
    cells = [
        new_markdown_cell("# A small course", id="title"),
        code("imports", IMPORTS),
        code("count", COUNT, task=1, stub=STUB_1),
        code("check-1", CHECK_1, task=1, points=1),
        code("errors", ERRORS, task=4, stub=STUB_4),
        code("check-4", CHECK_4, task=4, points=2),
    ]
    return new_notebook(cells=cells)


def second_solution():
    cells = [
        code("imports", TRAINING),
        code("overfit", OVERFIT, task=2, stub=STUB_2),
        code("check-2", CHECK_2, task=2, points=2),
    ]
    return new_notebook(cells=cells)


def second_submission(overfit=OVERFIT):
    """Return a student's second notebook, with an answer."""
    notebook = second_solution()
    notebook.cells[1].source = overfit
    return notebook


def submission(count=COUNT, errors=ERRORS, **others):
    """Return a student's notebook: answers, and other cells by their ID."""
    notebook = solution()
    answers = {"count": count, "errors": errors} | {name.replace("_", "-"): source for name, source in others.items()}
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def grade_command(submissions, folder, *options):
    """Return the command line that grades."""
    return [sys.executable, "-m", "mnist_lab.grading.cli", "grade", str(submissions), "--to", str(folder), *options]
