"""Measurements that the notebooks read: ``python -m benchmarks.measurements NAME``, in the project's folder."""

import argparse

from benchmarks.measurements import ensemble, ideas, more_data, table, training_time
from benchmarks.measurements.measure import measure
from mnist_lab.models import CATALOGUE

OTHERS = {
    "training_time": training_time.main,
    "ensemble": ensemble.main,
    "ideas": ideas.main,
    "more_data": more_data.main,
    "table": table.main,
}


def main(argv=None):
    """Read the command line and make what it names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measurements", description=__doc__)
    names = [*CATALOGUE, *OTHERS]
    parser.add_argument("name", nargs="+", metavar="NAME", choices=names, help=", ".join(names))
    for name in parser.parse_args(argv).name:
        OTHERS[name]() if name in OTHERS else measure(name)


if __name__ == "__main__":
    main()
