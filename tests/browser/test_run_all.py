"""Notebooks in JupyterLab: restart the kernel, run all cells, look at what comes out."""

import re
import time

import nbformat
import pytest

from mnist_lab import files

ROOT = files.project_root(__file__)
NAMES = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
QUICK = (NAMES[0], NAMES[10])
RESTART = "() => { window.jupyterapp.commands.execute('notebook:restart-run-all'); }"
READY = "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
DRAWN_AS = {
    "application/vnd.plotly.v1+json": ".js-plotly-plot .main-svg",
    "application/vnd.jupyter.widget-view+json": ".jupyter-widgets",
}
CONTENT = "() => window.jupyterapp.shell.currentWidget.content.model.toJSON()"


def run_all(page, minutes):
    """Restart the kernel, run all cells, and return the notebook."""
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(READY, timeout=60_000)
    page.evaluate(RESTART)
    page.click(".jp-Dialog button.jp-mod-accept")
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        time.sleep(2)
        notebook = nbformat.from_dict(page.evaluate(CONTENT))
        code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
        if page.evaluate(READY) and [cell.execution_count for cell in code] == list(range(1, len(code) + 1)):
            return notebook
        stopped = [cell.source for cell in code if any(output.output_type == "error" for output in cell.outputs)]
        assert not stopped, stopped
    raise AssertionError(f"not ready after {minutes} minutes")


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in NAMES])
def test_run_all(lab, open_page, name):
    address, folder = lab
    path = folder / "notebooks" / f"{name}.ipynb"
    cleared = nbformat.read(path, as_version=4)
    for cell in cleared.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(cleared, path)
    check(open_page, address, name, minutes=4 if name in QUICK else 40)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES[:5])
def test_run_all_of_the_student_edition(edition, open_page, name):
    check(open_page, edition[0], name, minutes=40)


def check(open_page, address, name, minutes):
    """Run all; nothing fails, nothing is said on stderr or asked elsewhere, and what is interactive is there."""
    page, seen = open_page(address.format(name=name), viewport={"width": 1200, "height": 900})
    notebook = run_all(page, minutes)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert [url for url in seen.elsewhere if not re.search(r"jupyter|pypi", url)] == []
    for kind, drawn in DRAWN_AS.items():
        for number, cell in enumerate(notebook.cells):
            if any(kind in output.get("data", {}) for output in cell.get("outputs", ())):
                page.evaluate(f"() => window.jupyterapp.shell.currentWidget.content.scrollToItem({number})")
                page.locator(f"[data-windowed-list-index='{number}'] {drawn}").first.wait_for(
                    state="attached", timeout=20_000
                )
    assert page.get_by_text("Error displaying widget").count() == 0
