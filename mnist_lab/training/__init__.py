"""Training: reproducible, loaded where it was done before, watched and stopped by callbacks.

==================  ================================================================================
``fit``             ``train``: set the seed, build, fit
``saving``          ``load_or_train``, ``load_model``; architecture and weights as two files
``early_stopping``  early stopping, best checkpoint, the epoch from which a model overfits
``plateau``         smaller steps where the validation loss stops falling
``monitoring``      loss and metrics after each epoch, in inference mode
``tensorboard``     logs for TensorBoard, and what it shows of them; import it by its own name
``progress``        one live line for a training
``batches``         arrays as batches, without the waits of Keras's own
==================  ================================================================================
"""

from mnist_lab.training.early_stopping import EarlyStopping, best_checkpoint, overfitting_epoch
from mnist_lab.training.fit import train
from mnist_lab.training.monitoring import EvaluateAfterEpoch, evaluate, penalty
from mnist_lab.training.plateau import plateau_learning_rates, reduce_on_plateau
from mnist_lab.training.progress import Progress
from mnist_lab.training.saving import load_model, load_or_train, load_weights, save_weights
