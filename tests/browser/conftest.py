"""A browser, a JupyterLab, and a copy of the project to run in it; without them, these tests are skipped."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from mnist_lab import files
from mnist_lab.grading.cli import main

ROOT = files.project_root(__file__)


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    """Return a running Chromium."""
    driver = pytest.importorskip("playwright.sync_api", reason="no driver: pip install -e '.[browser]'")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium: apt install chromium")
    with driver.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Seen:
    """What a page asked other hosts for, and what it complained about."""

    def __init__(self, page):
        self.elsewhere, self.complaints = [], []
        page.on("request", self._request)
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _request(self, request):
        if not request.url.startswith(("file:", "data:", "blob:", "http://127.0.0.1", "ws://127.0.0.1")):
            self.elsewhere.append(request.url)


@pytest.fixture
def open_page(browser):
    """Return a function that opens a page and returns it with what was seen of it."""
    with contextlib.ExitStack() as stack:

        def call(address, **options):
            context = stack.enter_context(contextlib.closing(browser.new_context(**options)))
            page = context.new_page()
            seen = Seen(page)
            page.goto(address)
            return page, seen

        yield call


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Return the address and the folder of a JupyterLab that runs in a copy of the project."""
    pytest.importorskip("jupyterlab")
    folder = tmp_path_factory.mktemp("lab")
    for name in ("notebooks", "results/measurements", "results/reference"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "Modelle").mkdir()
    with running_lab(folder) as address:
        yield address, folder


@pytest.fixture(scope="session")
def edition(tmp_path_factory):
    """Return the address and the folder of a JupyterLab that runs in the student edition."""
    folder = tmp_path_factory.mktemp("edition")
    assert main(["release", "--to", str(folder)]) == 0
    with running_lab(folder) as address:
        yield address, folder


@contextlib.contextmanager
def running_lab(folder):
    """Run a JupyterLab in a folder; gives the address of a notebook, with the token in it and `name` to fill in.

    Each notebook has a workspace of its own: else the tabs of the notebook before come back, and one of them in front.
    """
    token = secrets.token_hex(8)
    options = ["--no-browser", "--ip=127.0.0.1", "--port=0", f"--IdentityProvider.token={token}", "--allow-root"]
    options += ["--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={folder}", "--LabApp.news_url="]
    home = folder / ".home"
    # what nbval sets for its own notebooks is not for this one
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MNIST_LAB", "MPL"))}
    environment |= {"JUPYTER_CONFIG_DIR": str(home), "JUPYTER_RUNTIME_DIR": str(home / "runtime")}
    environment |= {"JUPYTER_DATA_DIR": str(home / "data")}
    command = [sys.executable, "-m", "jupyterlab", *options]
    with (folder / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        yield f"{_address(home / 'runtime', server)}lab/workspaces/{{name}}/tree/notebooks/{{name}}.ipynb?token={token}"
    finally:
        server.terminate()
        server.wait(20)


def _address(folder, server, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        for path in folder.glob("jpserver-*.json"):
            with contextlib.suppress(ValueError, OSError):
                url = json.loads(path.read_text(encoding="utf-8"))["url"]
                urllib.request.urlopen(f"{url}api", timeout=5).close()
                return url
        time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start")
