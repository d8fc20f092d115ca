"""The pages of `mnist-lab html` in a browser: nothing from elsewhere, no complaint, readable on a phone, accessible."""

import pytest

from mnist_lab import files
from mnist_lab.grading.cli import main

ROOT = files.project_root(__file__)
PAGES = ["index", *sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    assert main(["html", "--to", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page(site, open_page, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    phone = {"width": 380, "height": 800}
    page, seen = open_page(f"file://{site / name}.html", color_scheme=scheme, viewport=phone)
    assert seen.elsewhere == []
    assert seen.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
    found = axe.run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
