"""How far a training is: one line, which is written anew after each epoch."""

import sys

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
        self._bar = tqdm(total=self.params["epochs"], bar_format=layout, file=sys.stdout, mininterval=0)

    def on_epoch_end(self, epoch, logs=None):
        """Write the line anew."""
        numbers = [f"{name} {value:.4f}" for name, value in (logs or {}).items()]
        self._bar.set_postfix_str(", ".join(numbers), refresh=False)
        self._bar.update()

    def on_train_end(self, logs=None):
        """End the line, with the time that it took."""
        self._bar.bar_format = "{n_fmt}/{total_fmt} epochs in {elapsed}{postfix}"
        self._bar.close()
