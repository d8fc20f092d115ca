"""What runs in the second box: it reads what notebooks handed in, and computes the points with the same checks.

``python -m mnist_lab.grading.grade.judge WITHHELD`` loads TensorFlow once. Then it reads a folder's path a line, and
answers each with a line of JSON: for each task its points, what they are out of, the text for the student, and flags
with their reason.

What a student could have chosen is replaced: true labels and test images are the judge's own. The checks compute again
what a model says of them, so the model must be there; and no file is read that a hand-in names.
"""

import contextlib
import inspect
import io
import json
import os
import sys
from pathlib import Path

import numpy as np

from mnist_lab.checks import reading
from mnist_lab.grading.grade.hand_in import HandInError, read_hand_in

__all__ = ["Judge", "main"]

RECOMPUTED = {"model", "models", "x_test"}  # a check can do without them, a judge can't
POINTS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 2}
SUSPICIOUS = 1e-6  # p-value: one honest submission in a million


class Judge:
    """Computes the points of hand-ins.

    Parameters
    ----------
    withheld : tuple of ndarray
        Test images (n, 28, 28), uint8, that no notebook could see, and their labels.
    """

    def __init__(self, withheld):
        from mnist_lab import data

        (_, self.y_train), (x_test, self.y_test) = data.load_mnist()
        self.x_test = data.scale(x_test)
        _, once = np.unique(x_test.reshape(len(x_test), -1), axis=0, return_index=True)
        self.seen = self.x_test[once], self.y_test[once]
        self.withheld = data.scale(withheld[0]), withheld[1]
        reading.FILES = False

    def judge(self, folder):
        """Return a dict of task to points, their total, text and flags for what lies in a folder."""
        return {task: self._task(task, Path(folder) / f"task_{task}") for task in POINTS if self._there(folder, task)}

    @staticmethod
    def _there(folder, task):
        place = Path(folder) / f"task_{task}"
        return place.is_dir() or place.is_symlink()  # a link is refused, wherever it leads

    def _task(self, task, folder):
        from mnist_lab import checks

        result = {"points": 0, "of": POINTS[task], "text": "", "flags": []}
        try:
            arguments = read_hand_in(folder)
            refused = {name: value for name, value in arguments.items() if isinstance(value, HandInError)}
            arguments |= dict.fromkeys(refused)
            own = {"y_train": self.y_train, "y_test": self.y_test, "x_test": self.x_test}
            arguments |= {name: own[name] for name in own if name in arguments}
            for name in RECOMPUTED & set(inspect.signature(getattr(checks, f"task_{task}")).parameters):
                if arguments.get(name) is None:
                    arguments[name] = "missing"  # None would let the check do without
            outcome = getattr(checks, f"task_{task}")(**arguments)
            hints = [f"- {name} was not accepted: {reason}" for name, reason in refused.items()]
            result["text"], result["points"] = "\n".join([outcome, *hints]), outcome.points
            result["flags"] = self._flags(arguments)
        except HandInError as error:
            result["text"] = f"Task {task}: {error}"
        except Exception as error:  # an argument that is missing, or has another name
            result["text"] = f"Task {task}: it can't be judged ({type(error).__name__}: {error})"
        return result

    def _flags(self, arguments):
        """Say what an instructor should look at."""
        from scipy.stats import fisher_exact

        from mnist_lab import evaluation

        models = arguments.get("models")
        models = list(models.values()) if isinstance(models, dict) else [arguments.get("model")]
        flags = []
        for model in models:
            if not hasattr(model, "predict") or not model.built:
                continue
            wrong = []
            for x, y in (self.seen, self.withheld):
                errors = int((evaluation.predict_labels(model, x) != y).sum())
                wrong.append((errors, len(y) - errors))
            if fisher_exact(wrong, alternative="less").pvalue < SUSPICIOUS:
                (seen, _), (unseen, _) = wrong
                numbers = f"{len(self.seen[1]):,} test images that it could see, {unseen} in {len(self.withheld[1]):,}"
                flags.append(f"{seen} errors in {numbers} withheld ones: probably trained on test images")
        return flags


def main(withheld):
    """Answer each line on stdin, a folder, with a line of JSON on stdout."""
    from mnist_lab.grading.grade.variant import load_withheld

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed must not look like an answer
    judge = Judge(load_withheld(withheld))
    for line in sys.stdin:
        with contextlib.redirect_stdout(io.StringIO()):
            result = judge.judge(line.strip())
        print(json.dumps(result), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
