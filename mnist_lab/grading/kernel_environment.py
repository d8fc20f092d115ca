"""The one environment in which kernels start, for ``mnist-lab run`` and for nbval.

What a user's own configuration would change is out of play: matplotlib's backend and settings, IPython's profile and
startup files, ``keras.json`` and the choice of Keras's backend, Python's startup file and its options. Which library a
notebook imports does not depend on files that lie beside it.
"""

import contextlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
from importlib.machinery import PathFinder
from pathlib import Path

import platformdirs

import mnist_lab

__all__ = ["MOST_PRINTED", "apply_changes", "kernel_environment", "library_notice", "shadowed_files"]

MOST_PRINTED = 5_000_000  # characters that a cell may print; the rest is left out, and the output says so
# They run code at start, leave out assertions, or turn warnings into errors.
_REMOVED = ("PYTHONSTARTUP", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONINSPECT")

# Run in the kernel before the notebook. The notebook's folder comes last on the path: what lies beside a notebook can
# be imported, but does not take the place of what is installed.
_IPYTHON_CONFIG = f"""\
c = get_config()
c.InteractiveShellApp.ignore_cwd = True
c.InteractiveShellApp.exec_lines = ["__import__('sys').path.append('')"]
c.HistoryManager.hist_file = ":memory:"

from ipykernel.iostream import OutStream

def bounded(write, most={MOST_PRINTED}):
    def write_at_most(self, string):
        if not isinstance(string, str):
            return write(self, string)
        cell = (getattr(self, "parent_header", None) or {{}}).get("msg_id")
        cell_before, printed = getattr(self, "_printed", (None, 0))
        printed = printed if cell == cell_before else 0
        self._printed = cell, printed + len(string)
        if printed + len(string) <= most:
            return write(self, string)
        if printed <= most:
            write(self, string[:most - printed] + f"\\n[output cut: a cell may print {{most:,}} characters]\\n")
        return len(string)
    return write_at_most

OutStream.write = bounded(OutStream.write)
"""


def kernel_environment(folder, root=None):
    """Return what to change in the environment of a process before it starts kernels.

    Parameters
    ----------
    folder : path-like
        An existing empty folder for the configuration, one for each notebook: what runs in a kernel may write there.
    root : path-like, optional
        The project whose library the notebooks import; by default they import the one that runs this.

    Returns
    -------
    dict of str to (str or None)
        Environment variables; None stands for one to remove.

    Examples
    --------
    >>> kernel_environment("/tmp/empty")["KERAS_BACKEND"]  # doctest: +SKIP
    'tensorflow'
    """
    folder = Path(folder)
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text(_IPYTHON_CONFIG, encoding="utf-8")
    (folder / "matplotlibrc").touch()
    style = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "MATPLOTLIBRC": str(folder / "matplotlibrc")}
    return {
        **dict.fromkeys(_REMOVED),
        **style,
        "MPLCONFIGDIR": str(_matplotlib_folder(folder / "matplotlib", style)),
        "IPYTHONDIR": str(folder / "ipython"),
        **_keras_home(folder / "keras"),
        "KERAS_BACKEND": "tensorflow",
        "PYTHONPATH": _python_path(root),
        **_jupyter_folders(folder / "jupyter"),
    }


def apply_changes(changes, environment):
    """Return a copy of an environment with the changes of :func:`kernel_environment`.

    Examples
    --------
    >>> apply_changes({"a": "1", "b": None}, {"b": "2", "c": "3"})
    {'c': '3', 'a': '1'}
    """
    changed = {name: value for name, value in environment.items() if name not in changes}
    return changed | {name: value for name, value in changes.items() if value is not None}


def library_notice(root):
    """Return a line for a user whose command is another library's than the project at hand; None where it is not.

    It happens in a second clone with the environment of the first.
    """
    here, ours = _library(root), _library(None)
    if here == ours:
        return None
    return f"Note: this command is that of {ours}, the notebooks import mnist_lab of {here}"


def shadowed_files(folder, root):
    """Return the names beside a notebook that an installed module has too, which is the one that is imported."""
    folder = Path(folder).resolve()
    if folder == _library(root):
        return []
    elsewhere = [entry for entry in sys.path if entry and Path(entry).resolve() != folder]
    modules = {path.stem: path.name for path in folder.glob("*.py")}
    modules |= {path.parent.name: f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
    return sorted(shown for name, shown in modules.items() if _is_installed(name, elsewhere))


def _is_installed(name, places):
    if name == "mnist_lab" or name in sys.stdlib_module_names:
        return True
    spec = PathFinder.find_spec(name, places)
    return spec is not None and spec.origin is not None  # a folder without __init__.py has no origin


def _library(root):
    """Return the folder that holds the library of a project, or the one of this process."""
    if root and (Path(root) / "mnist_lab" / "__init__.py").is_file():
        return Path(root).resolve()
    return Path(mnist_lab.__file__).resolve().parents[1]


def _python_path(root):
    """Return PYTHONPATH with the library first and the user's own entries, which may be relative, after it."""
    library = _library(root)
    installed = library.name in ("site-packages", "dist-packages")  # there it is found anyway
    entries = [] if installed else [str(library)]
    entries += [str(Path(entry).absolute()) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    return os.pathsep.join(dict.fromkeys(entries))


def _matplotlib_folder(fallback, style):
    """Return a folder for matplotlib's cache of fonts, which takes seconds to make, and make the cache."""
    version = importlib.metadata.version("matplotlib")
    folder = Path(platformdirs.user_cache_dir("mnist_lab")) / f"matplotlib-{version}"
    if not _is_writable(folder):
        folder = fallback
        folder.mkdir()
    if not any(folder.glob("fontlist*.json")):  # in a kernel, the wait would be told on stderr
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        environment = os.environ | style | {"MPLCONFIGDIR": str(folder), "MPLBACKEND": "agg"}
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(command, env=environment, cwd=folder, capture_output=True, timeout=300, check=False)
    return folder


def _keras_home(folder):
    """Make a folder without keras.json and with the data sets and weights that the user's folder holds."""
    users = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    folder.mkdir()
    try:
        for path in users.iterdir() if users.is_dir() else ():
            if path.is_dir():
                (folder / path.name).symlink_to(path.resolve(), target_is_directory=True)
    except OSError:  # Windows allows links to few users
        return {"KERAS_HOME": str(folder), "MNIST_LAB_KERAS_HOME": str(users)}
    return {"KERAS_HOME": str(folder)}


def _jupyter_folders(folder):
    """Give Jupyter a folder of ours where its own can't be written, as in a home that is read-only."""
    from jupyter_core.paths import jupyter_runtime_dir

    return {} if _is_writable(Path(jupyter_runtime_dir())) else {"JUPYTER_RUNTIME_DIR": str(folder)}


def _is_writable(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
