import json
import re
import shutil

import pytest

from mnist_lab import files
from mnist_lab.grading.cli import main
from mnist_lab.grading.html import command as html

ROOT = files.project_root(__file__)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return a project of two notebooks with their reference, which is the project of the command."""
    root = tmp_path / "course"
    shutil.copytree(ROOT / "results" / "measurements", root / "results" / "measurements")
    for name in ("01_class_histogram", "04_error_analysis"):
        shutil.copytree(ROOT / "results" / "reference" / name, root / "results" / "reference" / name)
        (root / "notebooks").mkdir(exist_ok=True)
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", root / "notebooks")
    monkeypatch.setattr(html, "project", lambda: root)
    return root


def pages(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}


def test_there_is_a_page_for_each_notebook_and_one_that_leads_to_them(course, tmp_path, capsys):
    assert main(["html", "--to", str(tmp_path / "site")]) == 0
    found = pages(tmp_path / "site")
    assert sorted(found) == ["01_class_histogram.html", "04_error_analysis.html", "index.html"]
    assert "01 Class histogram" in found["index.html"]
    assert "improved CNN" in found["index.html"]
    assert "Open " in capsys.readouterr().out
    for page in found.values():
        links = re.findall(r'href="([^"#]+\.html)"', page)
        assert links
        assert all(link in found for link in links)


def test_every_page_stands_alone(course, tmp_path):
    main(["html", "--to", str(tmp_path / "site")])
    for name, page in pages(tmp_path / "site").items():
        assert "<script" not in page, name
        assert not re.search(r"<(img|link|iframe)[^>]*(src|href)=\"(?!data:)", page), name
        assert "default-src 'none'" in page
        assert len(re.findall("<h1", page)) == 1, name
        assert len(re.findall("<img ", page)) == len(re.findall(r"<img [^>]*alt=\"[^\"]{20,}\"", page)), name


def test_after_a_run_the_first_page_has_its_verdicts(course, tmp_path):
    run = course / "runs" / "2026-01-02_030405" / "results" / "04_error_analysis"
    shutil.copytree(course / "results" / "reference" / "04_error_analysis", run)
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    metrics["test_errors"]["value"] = 300
    (run / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    main(["html", "--to", str(tmp_path / "site")])
    found = pages(tmp_path / "site")
    assert "Run 2026-01-02_030405, compared with the reference: 1 changed" in " ".join(found["index.html"].split())
    assert "test_errors: 36" in found["run.html"] or "test_errors" in found["run.html"]
    assert "01_class_histogram" not in found["run.html"]


def test_a_file_in_the_place_of_the_folder_is_wrong_use(course, tmp_path, capsys):
    (tmp_path / "site").write_text("mine", encoding="utf-8")
    assert main(["html", "--to", str(tmp_path / "site")]) == 2
    assert "name a folder" in capsys.readouterr().err
    assert (tmp_path / "site").read_text(encoding="utf-8") == "mine"
