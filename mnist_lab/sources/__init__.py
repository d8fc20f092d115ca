"""Where the bytes come from: the only rooms that touch the network. Notebooks use :mod:`mnist_lab.data` instead.

=============  =========================================================================
``mnist``      MNIST: folder of the user, caches, download, package index
``emnist``     extra digits: EMNIST whole or in parts, or scikit-learn's
``fetching``   what both share: cache, time limits, the file format IDX, clear failures
``archive``    a zip archive on a web server of which only the needed bytes are read
=============  =========================================================================
"""

from mnist_lab.sources.emnist import fetch_digits
from mnist_lab.sources.fetching import DataError, cache_folder, sources_used
from mnist_lab.sources.mnist import fetch_mnist, read_variant

__all__ = ["DataError", "cache_folder", "fetch_digits", "fetch_mnist", "read_variant", "sources_used"]
