"""Vote of the trainings of vgg_cnn: ``python -m benchmarks.measurements ensemble``, once these are measured.

All stored trainings of vgg_cnn vote on each test image; where no digit has more votes than the others, the training
with the lowest seed decides. Nothing was chosen by test images: all trainings take part. "shifted" is the same with
predictions averaged over nine positions of each image. The picture shows the images that the vote gets wrong (one
position).
"""

import numpy as np

from benchmarks import timing
from mnist_lab import comparison, data, plotting, results

PREDICTIONS = {"one position": "test", "shifted": "test_shifted"}


def voted(runs, y_true):
    """Return accuracies of single models and of their vote, for both kinds of predictions.

    Parameters
    ----------
    runs : list of dict
        Each with "test" and "test_shifted", whose "predicted" holds one digit an image.
    y_true : array of shape (n,)
    """
    found = {}
    for name, key in PREDICTIONS.items():
        predictions = np.array([list(map(int, run[key]["predicted"])) for run in runs])
        right = predictions == y_true
        single = right.mean(axis=1)
        vote = comparison.vote(predictions)
        wrong = np.flatnonzero(vote != y_true)
        found[name] = {
            "single_accuracies": [round(float(value), 6) for value in single],
            "single_mean": round(float(single.mean()), 6),
            "single_standard_deviation": round(float(single.std(ddof=1)), 6),
            "vote_accuracy": round(1 - len(wrong) / len(y_true), 6),
            "vote_wrong": wrong.tolist(),
            "vote_taken_for": vote[wrong].tolist(),
            "wrong_for_all": np.flatnonzero(~right.any(axis=0)).tolist(),
        }
    return found


def draw(x, y_true, entry):
    """Return a figure of the images that the vote gets wrong, each with its label and what it is taken for."""
    wrong = entry["vote_wrong"]
    titles = [f"{y_true[i]}, taken for {digit}" for i, digit in zip(wrong, entry["vote_taken_for"], strict=True)]
    return plotting.sample_grid(x[wrong], titles, columns=7)


def main():
    """Let the stored trainings vote; store and print accuracies, draw the errors."""
    runs = results.load_measurement("vgg_cnn")["runs"]
    _, (x, y_true) = data.load_mnist()
    found = voted(runs, y_true)
    members = [run["seed"] for run in runs]
    command = results.measure_command("ensemble")
    timing.store("ensemble", __doc__, command=command, members=members, predictions=found)
    timing.store_figure("ensemble", draw(x, y_true, found["one position"]))
    timing.print_table(
        ("predictions", "single mean", "sd", "vote", "wrong"),
        [
            (
                name,
                entry["single_mean"],
                entry["single_standard_deviation"],
                entry["vote_accuracy"],
                len(entry["vote_wrong"]),
            )
            for name, entry in found.items()
        ],
    )
