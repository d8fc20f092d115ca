"""Extra digits at full size: ``python -m benchmarks.measurements more_data``.

The fast CNN is trained on all 54,000 training images, and on these with up to 200 extra digits of each class, from the
same seeds. Each training is stored as soon as it ends, so that an interrupted measurement goes on where it stopped.
"""

import json

from benchmarks.timing import FOLDER
from mnist_lab import data, evaluation, files, models, reproducibility, results, sources, training

RECIPE = models.CATALOGUE["fast_cnn"]
EPOCHS, SEEDS, EXTRA = 2, 5, 200


def main():
    """Make the trainings that are missing, and print the accuracies."""
    path = FOLDER / "more_data.json"
    (x, y), (x_val, y_val), (x_test, _) = data.load_split(seed=0)
    extra_x, extra_y = data.load_extra_digits(dict.fromkeys(range(10), EXTRA))
    sets = {"54,000 images": (x, y), "with extra digits": data.add_examples(x, y, data.scale(extra_x), extra_y, seed=0)}
    content = {
        "command": results.measure_command("more_data"),
        "about": "The fast CNN with and without extra digits at full size.",
        "extra_digits": len(extra_y),
        "source": sources.sources_used()["EMNIST digits"],
        "environment": reproducibility.environment_record(),
        "runs": {name: [] for name in sets},
    }
    if path.is_file():
        content["runs"] |= json.loads(path.read_text(encoding="utf-8"))["runs"]
    for seed in range(SEEDS):
        for name, (images, labels) in sets.items():
            if seed in [run["seed"] for run in content["runs"][name]]:
                continue
            build = RECIPE.builder(len(images), EPOCHS)
            options = {"epochs": EPOCHS, "batch_size": RECIPE.batch_size, "seed": seed, "verbose": 0}
            model, _ = training.train(build, images, data.one_hot(labels), **options)
            predicted = {"validation": evaluation.predict_labels(model, x_val)}
            predicted["test"] = evaluation.predict_labels(model, x_test)
            digits = {part: "".join(map(str, labels)) for part, labels in predicted.items()}
            content["runs"][name].append({"seed": seed, "predicted": digits})
            files.write_json(path, content)
            print(f"seed {seed}, {name}: {evaluation.accuracy(y_val, predicted['validation']):.4f}", flush=True)


if __name__ == "__main__":
    main()
