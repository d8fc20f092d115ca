"""What preflight finds and misses in notebooks that no one here wrote, cell by cell against nbval.

Download source archives of packages that carry executed notebooks, unpack them, then count::

    pip download --no-deps --no-binary :all: nbval==0.11.0
    python -m benchmarks.upkeep.preflight_accuracy nbval-0.11.0

The stored count is over the notebooks of nbval, nbclient, nbconvert, nbdime, nbformat, jupytext, papermill and
pytest-notebook, and of emcee, giddy, hdbscan and mapclassify, in the versions that it names. The latter four, with
corner, esda, geopandas, libpysal, seaborn, statsmodels and sympy, were installed beside this package. The notebooks
are executed, in a copy but with your rights: count none that you would not run.

Each notebook is counted twice: as it was shipped, where most failures come from libraries that moved on since, and
after it was executed here and saved, where every failure is one that a re-execution on the same machine brings (a
cell that raises here then stores its error, and is found by that alone). What nbval said is kept in
``runs/preflight_accuracy``, so that an interrupted count goes on where it stopped, and one after a change of the
rules takes seconds; delete the folder to run the notebooks anew. The table is printed and stored in
``results/measurements/preflight_accuracy.json``.

A cell is judged unless it fails because a package, a file or the network is missing or an earlier cell failed. A hit
is a cell that was named and fails, even if it fails for another reason too. An alarm for a cell that passes is false,
unless its rule is about what one run on one machine cannot show.
"""

import argparse
import contextlib
import hashlib
import io
import json
import re
import shutil
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from mnist_lab import files
from mnist_lab.grading.preflight import preflight
from mnist_lab.grading.text import text_table

ROOT = files.project_root(Path(__file__).parent)
CACHE = ROOT / "runs" / "preflight_accuracy"
CELL_TIMEOUT = 60  # seconds
STATES = ("shipped", "executed")
CATEGORIES = ("hit", "miss", "false alarm", "not shown here", "clean", "not judged")

# Rules about another machine or release, about size, or about a cell in which nbval compares nothing.
NOT_SHOWN_HERE = {"machine-path", "no-tolerance", "widget", "oversized", "not-executed", "malformed-tag"}
_NETWORK = re.compile(r"URLError|HTTPError|ConnectionError|ConnectTimeout|ProxyError|SSLError|MaxRetryError|gaierror")
_NOT_JUDGED = ("package missing", "file missing", "network", "after a failure", "time limit", "not run")


def join(findings, outcomes):
    """Join what preflight says with what nbval does, cell by cell.

    Parameters
    ----------
    findings : iterable of (int or None, str)
        Number of the code cell, from 1, and rule.
    outcomes : list of str
        One a code cell: "passed", or why it failed.

    Returns
    -------
    list of (str, tuple of str)
        One a code cell: one of ``CATEGORIES``, and its kinds. They are the rules that named the cell; for a miss and
        a cell that is not judged why it failed.
    """
    rules = [[rule for cell, rule in findings if cell == number] for number in range(1, len(outcomes) + 1)]
    return [_category(rules, outcome) for rules, outcome in zip(rules, outcomes, strict=True)]


def _category(rules, outcome):
    if outcome in _NOT_JUDGED:
        return "not judged", (outcome,)
    if outcome != "passed":
        return ("hit", tuple(rules)) if rules else ("miss", (outcome,))
    if not rules:
        return "clean", ()
    return ("not shown here" if NOT_SHOWN_HERE & set(rules) else "false alarm"), tuple(rules)


class Recorder:
    """Pytest plugin that keeps one outcome a cell in ``outcomes``, as ``join`` takes them."""

    def __init__(self):
        self.outcomes = {}

    def pytest_runtest_setup(self, item):
        """Skip what follows a time limit: nbval would run it and expect it to fail."""
        import pytest

        if item.parent.timed_out:
            pytest.skip("an earlier cell reached its time limit")

    def pytest_runtest_makereport(self, item, call):
        """Keep the outcome of the cell, or of the kernel's start."""
        import pytest

        if call.excinfo is not None:
            skipped = call.excinfo.errisinstance(pytest.skip.Exception)
            failed_before = any(outcome != "passed" for outcome in self.outcomes.values())
            self.outcomes[item.cell_num] = "not run" if skipped else why_failed(item, call.excinfo.value, failed_before)
        elif call.when == "call":
            self.outcomes[item.cell_num] = "passed"


def why_failed(item, error, failed_before):
    """Name the kind of a failure of nbval's test item for a cell."""
    message = str(error)
    if "Timeout" in message:
        return "time limit"
    if "Unrun reference" in message:
        return "outputs without a run"
    if "outputs differ" in message:
        return difference(item.cell.outputs, item.test_outputs, item.parent.skip_compare)
    raised = [output for output in item.test_outputs or () if output["output_type"] == "error"]
    if not raised:
        return "not run"  # the kernel is dead
    name = raised[-1]["ename"]
    if name in [output.get("ename") for output in item.cell.outputs]:
        return "raises as stored"
    if name == "ModuleNotFoundError":
        return "package missing"
    if name == "FileNotFoundError":
        return "file missing"
    if _NETWORK.search(name):
        return "network"
    if failed_before and name == "NameError":
        return "after a failure"
    return f"raises {name}"


def difference(stored, new, skipped=()):
    """Name the kind of difference between the stored and the new outputs of a cell."""
    a, b = _texts(stored, skipped), _texts(new, skipped)
    differing = {kind for kind in a.keys() | b.keys() if a.get(kind) != b.get(kind)}
    if differing == {"stderr"}:
        return "stderr"
    if a.keys() != b.keys():
        return "other kinds of output"
    if any(len(a[kind]) != len(b[kind]) for kind in differing):
        return "another number of outputs"
    if all(_masked(a[kind]) == _masked(b[kind]) for kind in differing):
        return "numbers"
    return "text"


def _texts(outputs, skipped):
    """Return what nbval compares: kind to list of texts."""
    texts = {}
    for output in outputs:
        named = {output["name"]: output["text"]} if output["output_type"] == "stream" else output.get("data", {})
        for kind, text in named.items():
            if kind not in skipped:
                texts.setdefault(kind, []).append(text)
    return texts


def _masked(texts):
    return [re.sub(r"[-+]?\d+(?:[.,]\d*)*(?:e[-+]?\d+)?|\s+", "", str(text)) for text in texts]


def run_nbval(path, cells):
    """Run a notebook under nbval and return one outcome a code cell."""
    import pytest

    recorder = Recorder()
    settings = path.parent / "preflight_accuracy.ini"
    settings.write_text("[pytest]\n", encoding="utf-8")
    arguments = ["-c", str(settings), "--rootdir", str(path.parent), "--noconftest", "-p", "no:cacheprovider", "-qq"]
    arguments += ["--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_TIMEOUT}", "--color=no", str(path)]
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(arguments, plugins=[recorder])
    return [recorder.outcomes.get(number, "not run") for number in range(cells)]


def execute_here(path):
    """Execute a notebook and save it in its place as Jupyter does, up to a cell that reaches the time limit."""
    import nbformat
    from jupyter_client import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    manager = AsyncKernelManager(
        kernel_name=CURRENT_ENV_KERNEL_NAME, kernel_spec_manager=NbvalKernelspecManager(), shutdown_wait_time=1
    )
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, km=manager, timeout=CELL_TIMEOUT, allow_errors=True, resources=folder)
    client.shutdown_kernel = "immediate"
    with client.setup_kernel(cleanup_kc=True):
        try:
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
        except (CellTimeoutError, DeadKernelError):
            notebook.cells = notebook.cells[:index]
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def observe(path, copy):
    """Return nbval's outcomes of a notebook as shipped and as executed here, and the latter's path; from the cache.

    Parameters
    ----------
    path, copy : pathlib.Path
        The notebook, and its copy among copies of the files that lie beside it, which is overwritten.
    """
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    stored, executed = CACHE / f"{digest}.json", CACHE / f"{digest}.ipynb"
    if not stored.exists():
        outcomes = {"shipped": run_nbval(copy, len(code_cells(copy)))}
        execute_here(copy)
        CACHE.mkdir(parents=True, exist_ok=True)
        executed.write_bytes(copy.read_bytes())
        outcomes["executed"] = run_nbval(copy, len(code_cells(copy)))
        files.write_json(stored, outcomes)
    return json.loads(stored.read_text(encoding="utf-8")), executed


def code_cells(path):
    """Return the code cells of a notebook of Python and format 4; empty for another file."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        metadata = notebook["metadata"]
        kernel, language = metadata.get("kernelspec", {}), metadata.get("language_info", {})
        if kernel.get("language", language.get("name", "python")) != "python":
            return []
        return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def find_executed(folder):
    """Return the notebooks of Python that store outputs, equal ones once."""
    found = {}
    for path in sorted(folder.rglob("*.ipynb")):
        cells = code_cells(path)
        if any(cell.get("outputs") for cell in cells) and any(cell.get("execution_count") for cell in cells):
            found.setdefault(json.dumps([(cell["source"], cell["outputs"]) for cell in cells]), path)
    return list(found.values())


def count(folders):
    """Yield ``(state, archive, notebook, cells)`` for each notebook, shipped and executed; cells as `join` does."""
    for folder in folders:
        notebooks = find_executed(folder)
        with tempfile.TemporaryDirectory() as temporary:
            copy = Path(temporary) / "copy"
            shutil.copytree(folder, copy)
            for path in notebooks:
                outcomes, executed = observe(path, copy / path.relative_to(folder))
                for state, notebook in (("shipped", path), ("executed", executed)):
                    findings = [(finding.cell, finding.rule) for finding in preflight(notebook)]
                    name = path.relative_to(folder).as_posix()
                    yield state, folder.name, name, join(findings, outcomes[state])


def summary(counted):
    """Count the cells of each category, and of each kind in it."""
    joined = [cell for _, _, _, cells in counted for cell in cells]
    kinds = {
        name: dict(Counter(kind for category, kinds in joined if category == name for kind in kinds).most_common())
        for name in CATEGORIES
    }
    cells = Counter(category for category, _ in joined)
    return {name: {"cells": cells[name], **({"kinds": kinds[name]} if kinds[name] else {})} for name in CATEGORIES}


def main():
    """Count the folders named on the command line, print the tables and store them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="an unpacked archive, as NAME-VERSION")
    folders = [folder.resolve() for folder in parser.parse_args().folders]
    counted = list(count(folders))
    content = {
        "command": f"python -m benchmarks.upkeep.preflight_accuracy {' '.join(folder.name for folder in folders)}",
        "archives": ["==".join(folder.name.rsplit("-", 1)) for folder in folders],
        "run_with": {name: version(name) for name in ("nbval", "ipykernel", "ipywidgets", "matplotlib", "numpy")},
    }
    for state in STATES:
        of_state = [entry for entry in counted if entry[0] == state]
        categories = summary(of_state)
        content[state] = {
            "notebooks": len(of_state),
            "cells": sum(len(cells) for *_, cells in of_state),
            **categories,
            "misses": {
                f"{archive}/{name} cell {number}": kinds[0]
                for _, archive, name, cells in of_state
                for number, (category, kinds) in enumerate(cells, start=1)
                if category == "miss"
            },
        }
        rows = [
            (name, entry["cells"], ", ".join(f"{kind} {n}" for kind, n in entry.get("kinds", {}).items()))
            for name, entry in categories.items()
        ]
        print(f"\n{state}: {content[state]['notebooks']} notebooks, {content[state]['cells']} code cells")
        print(text_table(("cells that are", "count", "by kind"), rows))
    files.write_json(ROOT / "results" / "measurements" / "preflight_accuracy.json", content)


if __name__ == "__main__":
    main()
