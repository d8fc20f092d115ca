"""How far a training is: one line, which is written anew after each epoch."""

import sys

import numpy as np
from tqdm import tqdm

from mnist_lab._keras import keras

__all__ = ["Progress"]


class Progress(keras.callbacks.Callback):
    """Show a training in one line: epochs, time so far < time left, and what Keras logged for the last epoch.

    Give it to ``model.fit`` together with ``verbose=0``, which silences Keras's own lines.

    Examples
    --------
    >>> model.fit(x, y, epochs=12, verbose=0, callbacks=[Progress()])  # doctest: +SKIP
    12/12 epochs in 01:10, accuracy 0.9918, loss 0.5416, val_accuracy 0.9962, val_loss 0.5252
    """

    def on_train_begin(self, logs=None):
        """Write the line."""
        layout = "{n_fmt}/{total_fmt} epochs [{elapsed}<{remaining}]{postfix}"
        # on stdout, because what is on stderr looks like a fault
        self._bar = tqdm(total=self.params["epochs"], bar_format=layout, file=sys.stdout, mininterval=0, position=0)

    def on_epoch_end(self, epoch, logs=None):
        """Write the line anew."""
        numbers = [f"{name} {_short(value)}" for name, value in (logs or {}).items() if np.ndim(value) == 0]
        self._bar.set_postfix_str(", ".join(numbers), refresh=False)
        self._bar.update()

    def on_train_end(self, logs=None):
        """End the line, with the time that it took."""
        self._bar.bar_format = "{n_fmt}/{total_fmt} epochs in {elapsed}{postfix}"
        self._bar.close()


def _short(value):
    """Return a number with four decimals, or a small one with two digits.

    Examples
    --------
    >>> _short(0.99634), _short(0.00003)
    ('0.9963', '3.0e-05')
    """
    return f"{value:.4f}" if value == 0 or abs(value) >= 0.001 else f"{value:.1e}"
