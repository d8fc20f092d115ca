"""The command ``mnist-lab env``: print what may change results."""

import json

__all__ = ["command"]


def command(arguments):
    """Print the record of the environment as JSON; return the exit code."""
    from mnist_lab.reproducibility import environment_record

    print(json.dumps(environment_record(), indent=1, ensure_ascii=False))
    return 0
