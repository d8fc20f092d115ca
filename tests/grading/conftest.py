import nbformat
import pytest

collect_ignore_glob = ["cases/*.ipynb"]  # some of them fail, as they should: tests run them


@pytest.fixture(scope="session")
def write_notebook():
    """Return a function that writes a notebook of code cells without outputs."""

    def write(path, *sources):
        cells = [nbformat.v4.new_markdown_cell("# Title"), *map(nbformat.v4.new_code_cell, sources)]
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


@pytest.fixture(scope="session")
def make_project(write_notebook):
    """Return a function that makes a project folder with notebooks given as ``name=[source, ...]``."""

    def make(root, **notebooks):
        root.mkdir(parents=True, exist_ok=True)
        (root / "pyproject.toml").write_text('[project]\nname = "mnist_lab"\n', encoding="utf-8")
        for name, sources in notebooks.items():
            write_notebook(root / "notebooks" / f"{name}.ipynb", *sources)
        return root

    return make
