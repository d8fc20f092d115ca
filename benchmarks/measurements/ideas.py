"""Each idea behind the improved CNN alone, and all together: ``python -m benchmarks.measurements ideas``.

The network without any idea and the networks with one idea each are trained on the same few images from the same
seeds, and predict the validation images. The test images are not looked at. Each training is stored as soon as it ends,
so that an interrupted measurement goes on where it stopped.
"""

import json

from benchmarks.timing import FOLDER
from mnist_lab import data, evaluation, files, models, reproducibility, results, training
from mnist_lab._keras import keras
from mnist_lab.models.common import standardised

IMAGES, EPOCHS, BATCH_SIZE, SEEDS = 5_000, 8, 128, 5
AUGMENTATION = models.CATALOGUE["improved_cnn"].augmentation
IDEAS = {
    "no idea": (),
    "cropped and standardised pixels": ("pixels",),
    "warm-up, then decay": ("schedule",),
    "label smoothing": ("smoothing",),
    "dropout": ("dropout",),
    "augmentation": ("augmentation",),
    "all ideas": ("pixels", "schedule", "smoothing", "dropout", "augmentation"),
}


def network(*ideas, images=IMAGES, epochs=EPOCHS, batch_size=BATCH_SIZE):
    """Build and compile the network with some of the ideas.

    Parameters
    ----------
    *ideas : {"pixels", "schedule", "smoothing", "dropout", "augmentation"}
    images, epochs, batch_size : int
        Of the training, which set the length of the schedule.

    Returns
    -------
    keras.Sequential

    Examples
    --------
    >>> len(network().layers), len(network("dropout").layers)
    (9, 10)
    """
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *([models.RandomAffine(**AUGMENTATION)] if "augmentation" in ideas else []),
            *([layers.Cropping2D(2), standardised()] if "pixels" in ideas else []),
            layers.Conv2D(32, 5),
            layers.MaxPooling2D(2),
            layers.ReLU(),
            layers.Conv2D(64, 3),
            layers.MaxPooling2D(2),
            layers.ReLU(),
            layers.Flatten(),
            *([layers.Dropout(0.4)] if "dropout" in ideas else []),
            layers.Dense(256, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    steps = epochs * -(-images // batch_size)
    model.compile(
        optimizer=keras.optimizers.Adam(models.WarmupThenLinear(0.004, steps=steps) if "schedule" in ideas else 0.001),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1 if "smoothing" in ideas else 0.0),
        metrics=["accuracy"],
        jit_compile=False,  # as all models here: XLA makes training on a CPU slower
    )
    return model


def main():
    """Make the trainings that are missing, and print the accuracies."""
    path = FOLDER / "ideas.json"
    content = {
        "command": results.measure_command("ideas"),
        "about": "Each idea of the improved CNN alone and all together, judged on the validation images.",
        "images": IMAGES,
        "epochs": EPOCHS,
        "environment": reproducibility.environment_record(seed=None),
        "ideas": {name: [] for name in IDEAS},
    }
    if path.is_file():
        content["ideas"] |= json.loads(path.read_text(encoding="utf-8"))["ideas"]
    (x, y), (x_val, y_val), _ = data.load_split(seed=0)
    x, y = data.stratified_subset(x, y, IMAGES, seed=0)
    for seed in range(SEEDS):
        for name, ideas in IDEAS.items():
            runs = content["ideas"][name]
            if seed in [run["seed"] for run in runs]:
                continue
            options = {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "seed": seed, "verbose": 0}
            model, _ = training.train(lambda ideas=ideas: network(*ideas), x, data.one_hot(y), **options)
            predicted = evaluation.predict_labels(model, x_val)
            runs.append({"seed": seed, "predicted": "".join(map(str, predicted))})
            files.write_json(path, content)
            print(f"seed {seed}, {name}: {evaluation.accuracy(y_val, predicted):.4f}", flush=True)


if __name__ == "__main__":
    main()
