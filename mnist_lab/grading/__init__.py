"""What graders and instructors run: re-execute notebooks, compare results, predict what fails elsewhere.

Nothing in here imports TensorFlow, so that ``mnist-lab diff``, ``mnist-lab preflight`` and the pytest
plugin answer at once; the notebooks' kernels load it themselves.
"""
