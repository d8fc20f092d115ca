"""One short training in PyTorch, for ``time_to_99.py``: ``python -m benchmarks.one_epoch_torch VARIANT SEED``.

``published`` and ``channels_last`` are the final recipe of https://github.com/tuomaso/train_mnist_fast, on the
processor instead of a graphics card and with the second in another order of memory; ``our_recipe`` is what
``one_epoch_keras.py`` trains. Written anew from what that project states: layers, optimiser, schedule, batch
size and length.
"""

import json
import math
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from mnist_lab import data

MEAN, STD = 0.1307, 0.3081
BATCH_SIZE = 256
OUR_IMAGES = 51_200


def peer_network():
    """Return the peer's network: two convolutions with pooling before ReLU, two dense layers.

    Its log-softmax and negative log-likelihood are one function here, ``cross_entropy``.
    """
    return nn.Sequential(
        nn.Conv2d(1, 24, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(24, 32, 3),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(800, 256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )


def our_network():
    """Return the network of ``one_epoch_keras.py`` without its softmax, for images cut to 24x24, initialised alike."""
    network = nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2),
        nn.ReLU(),
        nn.Conv2d(16, 48, 3),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(768, 256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )
    for layer in network:
        if hasattr(layer, "weight"):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return network


def warmup_then_linear(steps):
    """Return the schedule of our recipe as a share of the peak: up from 4 % over 30 % of the steps, down to zero."""
    top = 0.3 * steps
    return lambda step: max(min(0.04 + 0.96 * step / top, (steps - step) / (steps - top)), 0.0)


def train(variant, x, y, seed):
    """Train from uint8 images and labels; return a function that predicts digits of uint8 images."""
    torch.manual_seed(seed)
    ours = variant == "our_recipe"
    layout = torch.channels_last if variant == "channels_last" else torch.contiguous_format

    def prepared(images):
        pixels = (torch.from_numpy(images)[:, None].float() / 255 - MEAN) / STD
        return (pixels[:, :, 2:-2, 2:-2] if ours else pixels).contiguous(memory_format=layout)

    if ours:
        x, y = x[:OUR_IMAGES], y[:OUR_IMAGES]
    images, labels = prepared(x), torch.from_numpy(y).long()
    steps = math.ceil(len(images) / BATCH_SIZE)
    if ours:
        network, label_smoothing = our_network(), 0.1
        optimizer = torch.optim.Adam(network.parameters(), lr=0.012, betas=(0.7, 0.9), eps=1e-7)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, warmup_then_linear(steps))
        order = torch.randperm(len(images))
        images, labels = images[order], labels[order]
    else:
        network, label_smoothing = peer_network().to(memory_format=layout), 0.0
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01, betas=(0.7, 0.9))
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=steps, cycle_momentum=False)
    for batch, targets in zip(images.split(BATCH_SIZE), labels.split(BATCH_SIZE), strict=True):
        loss = functional.cross_entropy(network(batch), targets, label_smoothing=label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()

    def predict(images):
        with torch.no_grad():
            return torch.cat([network(batch).argmax(dim=1) for batch in prepared(images).split(1000)]).numpy()

    return predict


def main(variant, seed):
    """Train once, evaluate on the test images, print one JSON object."""
    (x, y), (x_test, y_test) = data.load_mnist()
    start = time.perf_counter()
    predict = train(variant, x, y, int(seed))
    seconds = time.perf_counter() - start
    accuracy = float(np.mean(predict(x_test) == y_test))
    print(json.dumps({"seconds": round(seconds, 3), "accuracy": accuracy, "version": torch.__version__}))


if __name__ == "__main__":
    main(*sys.argv[1:])
