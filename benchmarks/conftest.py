"""The peers that benchmarks compare with need not be installed; their modules are then not collected."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["one_epoch_torch.py"]
