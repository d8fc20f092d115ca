import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from mnist_lab.grading import kernel_environment
from mnist_lab.grading.kernel_environment import library_notice, shadowed_files
from mnist_lab.grading.run.kernel import run_notebook

SOURCES = [
    "import os, sys\nnames = set(globals())\nimport matplotlib\n"
    "print(matplotlib.get_backend(), matplotlib.rcParams['font.size'], matplotlib.rcParams['savefig.bbox'])",
    "print(os.environ['KERAS_BACKEND'], os.listdir(os.environ['KERAS_HOME']), 'PYTHONSTARTUP' in os.environ)",
    "import filelock, helper\nprint(helper.VALUE, hasattr(filelock, 'FileLock'))",
    "'shown'\n'last'",
    "try:\n    assert False\nexcept AssertionError:\n    print('asserts')",
    "import mnist_lab\nprint(mnist_lab.__file__)",
    "from matplotlib import pyplot as plt\n_ = plt.plot([1, 2])",
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, write_notebook):
    """The texts of a notebook that ran for a user whose configuration changes everything, and its folder."""
    home = tmp_path_factory.mktemp("home")
    files = {
        "start.py": "import matplotlib\nmatplotlib.use('agg')\nraise SystemExit",
        "ipython/profile_default/startup/00.py": "import matplotlib\nmatplotlib.use('agg')",
        "ipython/profile_default/ipython_kernel_config.py": "c.InteractiveShell.ast_node_interactivity = 'all'",
        "matplotlibrc": "font.size: 18\nsavefig.bbox: tight",
        "keras/keras.json": '{"floatx": "float16", "image_data_format": "channels_first", "backend": "jax"}',
        "keras/datasets/here": "",
        "work/filelock.py": "",
        "work/helper.py": "VALUE = 'helped'",
        "work/mnist_lab/__init__.py": "",
        "work/ipykernel_launcher.py": "raise SystemExit",
    }
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    path = write_notebook(home / "work" / "a.ipynb", *SOURCES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLBACKEND", "agg")
        patch.setenv("MATPLOTLIBRC", str(home / "matplotlibrc"))
        patch.setenv("IPYTHONDIR", str(home / "ipython"))
        patch.setenv("KERAS_HOME", str(home / "keras"))
        patch.setenv("KERAS_BACKEND", "jax")
        patch.setenv("PYTHONSTARTUP", str(home / "start.py"))
        patch.setenv("PYTHONOPTIMIZE", "2")
        run = run_notebook(path, home / "out.ipynb")
    assert run.ok, run.error
    cells = nbformat.read(home / "out.ipynb", as_version=4).cells[1:]
    return [cell.outputs for cell in cells], home


def test_matplotlib_is_as_it_comes_and_draws_in_the_notebook(hostile):
    outputs, _ = hostile
    assert "inline" in outputs[0][0].text and outputs[0][0].text.split()[1:] == ["10.0", "None"]
    assert "image/png" in outputs[6][0].data


def test_keras_has_its_data_sets_but_no_settings(hostile):
    if sys.platform == "win32":
        pytest.skip("Windows allows links to few users")
    assert hostile[0][1][0].text == "tensorflow ['datasets'] False\n"


def test_what_lies_beside_a_notebook_does_not_take_the_place_of_what_is_installed(hostile):
    assert hostile[0][2][0].text == "helped True\n"
    assert str(hostile[1]) not in hostile[0][5][0].text
    assert shadowed_files(hostile[1] / "work", None) == ["filelock.py", "ipykernel_launcher.py", "mnist_lab/"]


def test_ipython_shows_the_last_value_and_python_keeps_assertions(hostile):
    assert [output.data["text/plain"] for output in hostile[0][3]] == ["'last'"]
    assert hostile[0][4][0].text == "asserts\n"


def test_the_library_is_that_of_the_project_at_hand(tmp_path, make_project, write_notebook):
    root = make_project(tmp_path / "second", **{"01_a": ["import mnist_lab\nprint(mnist_lab.NAME)"]})
    assert library_notice(root) is None  # it holds no library
    (root / "mnist_lab").mkdir()
    (root / "mnist_lab" / "__init__.py").write_text("NAME = 'second'", encoding="utf-8")
    assert f"the notebooks import mnist_lab of {root.resolve()}" in library_notice(root)
    run_notebook(
        root / "notebooks" / "01_a.ipynb", tmp_path / "out.ipynb", environment={"MNIST_LAB_PROJECT": str(root)}
    )
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[1].outputs[0].text == "second\n"


def test_relative_entries_of_the_users_path_keep_their_meaning(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["mine", "", "/other"]))
    path = kernel_environment._python_path(None).split(os.pathsep)
    assert path[-2:] == [str(tmp_path / "mine"), str(Path("/other").absolute())]


def test_a_home_that_cannot_be_written_needs_no_home(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(blocked / name))
    monkeypatch.setattr("jupyter_core.paths.jupyter_runtime_dir", lambda: str(blocked / "runtime"))
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: None)  # the cache of fonts takes seconds
    (tmp_path / "kernel").mkdir()
    changes = kernel_environment.kernel_environment(tmp_path / "kernel")
    assert changes["MPLCONFIGDIR"] == str(tmp_path / "kernel" / "matplotlib")
    assert changes["JUPYTER_RUNTIME_DIR"] == str(tmp_path / "kernel" / "jupyter")
    assert (tmp_path / "kernel" / "matplotlib").is_dir()


def test_where_links_are_refused_the_users_folder_of_keras_is_named(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError("not allowed")

    (tmp_path / "keras" / "datasets").mkdir(parents=True)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(kernel_environment.Path, "symlink_to", refuse)
    changes = kernel_environment._keras_home(tmp_path / "own")
    assert changes == {"KERAS_HOME": str(tmp_path / "own"), "MNIST_LAB_KERAS_HOME": str(tmp_path / "keras")}
