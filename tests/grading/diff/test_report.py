import base64
import hashlib
import html.parser
import io
import itertools
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from mnist_lab.grading.diff.compare import compare_folders
from mnist_lab.grading.diff.pictures import difference_picture, read_picture
from mnist_lab.grading.diff.report import html_report
from mnist_lab.grading.diff.verdicts import FileVerdict

VOID = {"meta", "img", "input", "br", "hr", "link"}
EVIL = "<img src=x onerror=alert(1)>.png"


class Page(html.parser.HTMLParser):
    """The elements of a page in order, as (tag, attributes, text inside)."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        element = [tag, dict(attributes), "", list(self.open)]
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        for element in self.open:
            element[2] += text

    def all(self, *tags, css=None):
        found = [element for element in self.elements if element[0] in tags]
        return [element for element in found if css is None or css in element[1].get("class", "").split()]

    def texts(self, *tags, css=None):
        return [" ".join(element[2].split()) for element in self.all(*tags, css=css)]

    def inside(self, outer, *tags):
        return [element for element in self.all(*tags) if any(element is outer or o is outer for o in element[3])]


def write(folder, file, content):
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Image.Image):
        content.save(path, "PNG")
    else:
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def picture(colour, dots=(), size=(30, 20)):
    made = Image.new("RGBA", size, colour)
    for dot in dots:
        made.putpixel(dot, (0, 0, 255, 255))
    return made


@pytest.fixture
def report(tmp_path):
    """Return a function that reports on two folders given as ``{file: content}``."""

    def make(reference, candidate, verdicts=None, **options):
        folders = tmp_path / "a", tmp_path / "b"
        for folder, files in zip(folders, (reference, candidate), strict=True):
            folder.mkdir()
            for file, content in files.items():
                write(folder, file, content)
        text = html_report(verdicts or compare_folders(*folders), *folders, **options)
        return Page(text.encode("utf-8").decode("utf-8"))

    return make


def number(value, **more):
    return {"accuracy": {"value": value, **more}}


def environment(**libraries):
    return {"schema": 1, "seed": 0, "libraries": libraries}


REFERENCE = {
    "01/a_same.png": picture("white"),
    "01/a_same.json": number(1),
    "01/environment.json": environment(numpy="2.3", matplotlib="3.11.2"),
    "01/font.png": picture("green"),
    "01/font.json": number(1),
    "01/gone.png": picture("red"),
    "01/metrics.json": number(0.98, atol=0.003),
    "01/moved.png": picture("yellow"),
    "01/moved.json": number(0.9, atol=0.1),
    "02/curve.png": picture("white"),
    "02/curve.json": number(0.5, atol=0.1),
    "02/cut.png": picture("grey"),
    "02/environment.json": environment(numpy="2.3", matplotlib="3.11.2"),
}
CANDIDATE = {
    **{file: content for file, content in REFERENCE.items() if file != "01/gone.png"},
    "01/environment.json": environment(numpy="2.3", matplotlib="3.10.9"),
    "01/font.png": picture("green", [(1, 1)]),
    "01/moved.png": picture("yellow", [(1, 1), (2, 2)]),
    "01/moved.json": number(0.95, atol=0.1),
    "01/metrics.json": number(0.96, atol=0.003),
    f"02/{EVIL}": picture("purple"),
    "02/curve.png": picture("white", [(5, 5)]),
    "02/curve.json": number(0.9, atol=0.1),
    "02/cut.png": b"\x89PNG\r\n\x1a\nhalf",
    "02/environment.json": environment(numpy="2.4", matplotlib="3.10.9"),
}
TITLES = [
    "02/curve.png and curve.json",
    "01/metrics.json",
    "02/cut.png",
    "01/gone.png",
    f"02/{EVIL}",
    "01/font.png and font.json",
    "01/moved.png and moved.json",
]


@pytest.fixture
def page(report):
    return report(REFERENCE, CANDIDATE)


def section(page, title):
    (found,) = [s for s in page.all("section", css="file") if page.inside(s, "h3")[0][2] == title]
    return found


def test_changed_files_come_first_and_a_picture_stands_with_its_numbers(page):
    assert page.texts("h3") == TITLES
    assert [s[1].get("class") for s in page.all("section", css="file")] == ["file change"] * 5 + ["file"] * 2
    details = section(page, TITLES[0])[2]
    assert "accuracy: 0.5 -> 0.9 (tolerance 0.1)" in details
    assert "its numbers in curve.json" in details


def test_the_page_is_well_formed_and_has_one_title_and_headings_in_order(page):
    assert page.open == []
    assert page.all("html")[0][1] == {"lang": "en"}
    assert {"charset": "utf-8"} in [meta[1] for meta in page.all("meta")]
    levels = [int(heading[0][1]) for heading in page.all("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1 == levels[0]
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_nothing_outside_the_file_is_loaded_or_linked(page):
    addresses = [e[1][name] for e in page.elements for name in ("src", "href", "srcset", "action") if name in e[1]]
    assert addresses
    assert all(address.startswith(("data:image/png;base64,", "#")) for address in addresses)
    assert not page.all("link", "iframe", "object", "embed", "base", "form")
    assert not re.search(r"url\(|@import|https?:|//", page.all("style")[0][2])
    assert not re.search(r"fetch|XMLHttp|import|https?:|innerHTML|eval", page.all("script")[0][2])


def test_ids_are_unique_and_every_link_and_label_resolves(page):
    ids = [e[1]["id"] for e in page.elements if "id" in e[1]]
    assert len(ids) == len(set(ids))
    links = [e[1]["href"][1:] for e in page.all("a")]
    labels = [e[1]["aria-labelledby"] for e in page.elements if "aria-labelledby" in e[1]]
    assert set(links + labels) <= set(ids)
    assert {s[1]["id"] for s in page.all("section")} <= set(links)  # all sections are in the contents
    assert page.all("a")[0][1]["class"] == "skip"


def decoded(image):
    stream = io.BytesIO(base64.b64decode(image[1]["src"].partition(",")[2]))
    return Image.open(stream).convert("RGBA")


def same(a, b):
    return np.array_equal(np.asarray(a), np.asarray(b))


def test_a_changed_picture_is_shown_as_reference_candidate_and_difference(page):
    reference, candidate = REFERENCE["02/curve.png"], CANDIDATE["02/curve.png"]
    images = page.inside(section(page, TITLES[0]), "img")
    expected = [reference, candidate, difference_picture(reference, candidate)]
    assert all(same(decoded(image), other) for image, other in zip(images, expected, strict=True))
    assert [image[1]["alt"] for image in images] == [
        "Reference of 02/curve.png: 30 x 20 pixels",
        "Candidate of 02/curve.png: 30 x 20 pixels",
        "Difference of 02/curve.png: 1 of 600 pixels differ, 0.17 %",
    ]
    assert {(image[1]["width"], image[1]["height"]) for image in images} == {("30", "20")}


def test_every_picture_has_an_alternative_text(page):
    assert len(page.all("img")) == 3 + 1 + 1 + 1 + 3 + 3
    assert all(image[1]["alt"] for image in page.all("img"))


def test_a_missing_or_new_picture_shows_what_there_is(page):
    gone, new = section(page, "01/gone.png"), section(page, f"02/{EVIL}")
    assert [same(decoded(i), REFERENCE["01/gone.png"]) for i in page.inside(gone, "img")] == [True]
    assert "No candidate: there is no such file" in " ".join(gone[2].split())
    assert [same(decoded(i), CANDIDATE[f"02/{EVIL}"]) for i in page.inside(new, "img")] == [True]
    assert "No reference: there is no such file" in " ".join(new[2].split())


def test_an_unreadable_picture_shows_the_reason_and_does_not_stop_the_report(page):
    cut = section(page, "02/cut.png")
    assert len(page.inside(cut, "img")) == 1
    assert "No candidate: cut.png is no whole PNG picture" in " ".join(cut[2].split())
    assert not page.inside(cut, "button")


def test_identical_files_are_listed_closed_and_without_pictures(page):
    identical = page.inside(next(s for s in page.all("section") if s[1].get("id") == "identical"), "details")
    assert "open" not in identical[0][1]
    assert [bdi[2] for bdi in page.inside(identical[0], "bdi")] == ["01/a_same.json", "01/a_same.png", "01/font.json"]
    assert not page.inside(identical[0], "img")
    white = [i for i in page.all("img") if "a_same" in i[1]["alt"] or same(decoded(i), REFERENCE["01/a_same.png"])]
    assert [i[1]["alt"] for i in white] == ["Reference of 02/curve.png: 30 x 20 pixels"]


@pytest.mark.parametrize("title", TITLES[-2:])
def test_pictures_without_a_change_are_in_closed_details(page, title):
    details = page.inside(section(page, title), "details")
    assert len(details) == 1
    assert "open" not in details[0][1]
    assert len(page.inside(details[0], "img")) == 3 == len(page.inside(section(page, title), "img"))


def test_pictures_of_changes_are_not_hidden(page):
    for title in TITLES[:5]:
        assert not page.inside(section(page, title), "details")


def test_differences_of_environments_are_one_table_with_their_notebooks(page):
    rows = [[cell[2] for cell in page.inside(row, "th", "td")] for row in page.all("tr")]
    assert rows[1:] == [["matplotlib 3.11.2 -> 3.10.9", "01, 02"], ["numpy 2.3 -> 2.4", "02"]]
    assert not [title for title in page.texts("h3") if "environment.json" in title]


def test_a_summary_counts_verdicts_and_says_what_it_means(page):
    head = " ".join(page.all("header")[0][2].split())
    assert "3 changed, 1 unreadable, 1 missing, 1 new, 3 environment, 2 within tolerance, 3 identical" in head
    assert "A result changed" in head
    assert page.texts("title")[0].startswith("Changed: ")


def test_a_verdict_is_a_word_and_a_symbol(page):
    badges = page.all("span", css="badge")
    assert {b[1]["class"].removeprefix("badge ") for b in badges} == {
        *("changed", "missing", "new", "unreadable", "environment", "within-tolerance", "identical")
    }
    texts = {" ".join(b[2].split()) for b in badges}
    assert texts == {
        *("≠ changed", "− missing", "+ new", "? unreadable", "◇ environment", "≈ within tolerance", "= identical")
    }
    assert all(page.inside(b, "span")[1][1] == {"aria-hidden": "true"} for b in badges)


def luminance(colour):
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in values]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_every_text_has_enough_contrast(page):
    style = page.all("style")[0][2]
    badges = re.findall(r"\.badge\.[\w-]+ { background: (#\w{6}); }", style)
    assert len(badges) == 7
    assert all(contrast("#000000", colour) >= 4.5 for colour in badges)
    schemes = [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r":root {(.*?)}", style)]
    assert len(schemes) == 2
    for scheme in schemes:
        assert all(contrast(scheme[name], scheme["page"]) >= 4.5 for name in ("text", "quiet", "link"))
        assert contrast(scheme["line"], scheme["page"]) >= 3


def test_the_page_works_with_keyboard_and_without_script(page):
    style, script = page.all("style")[0][2], page.all("script")[0][2]
    assert ":focus-visible" in style
    buttons = page.all("button")
    assert len(buttons) == 3  # where both pictures are there
    assert all(
        "hidden" in b[1] and b[1]["type"] == "button" for b in buttons
    )  # without script there is nothing to press
    assert "prefers-reduced-motion" in script
    assert "hidden = false" in script
    assert not [e for e in page.elements if any(name.startswith("on") for name in e[1])]
    assert all(e[1]["tabindex"] == "-1" for e in page.elements if "tabindex" in e[1])


def test_only_the_own_script_may_run(page):
    (policy,) = [m[1]["content"] for m in page.all("meta") if "http-equiv" in m[1]]
    (script,) = page.all("script")
    digest = base64.b64encode(hashlib.sha256(script[2].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert '"use strict";' in script[2]


def test_names_and_details_are_escaped(report):
    evil = "</script><script>alert(1)</script>"
    verdicts = [
        FileVerdict(f"01/{EVIL}", "new", (f"{evil}: 1 -> 2", "'\"&<!--")),
        FileVerdict('"><b>.json', "identical"),
        FileVerdict("<i>/environment.json", "environment", ("<u> 1 -> 2",)),
        FileVerdict("{{ 7*7 }}.csv", "changed", ("bytes",)),
    ]
    page = report({}, {f"01/{EVIL}": picture("red")}, verdicts, names=("<s>", evil))
    assert len(page.all("script")) == 1
    assert not page.all("b", "i", "u", "s")
    assert [image[1]["alt"] for image in page.all("img")] == [f"Candidate of 01/{EVIL}: 30 x 20 pixels"]
    assert [set(image[1]) for image in page.all("img")] == [{"src", "width", "height", "alt"}]
    shown = page.all("body")[0][2]
    for text in (f"{evil}: 1 -> 2", "'\"&<!--", '"><b>.json', "<u> 1 -> 2", "<s>", "{{ 7*7 }}.csv"):
        assert text in shown


def test_characters_without_a_shape_become_visible_and_the_page_is_utf8(report):
    names = ("gnp\u202e.txt", "a\nb\udce9ü\0")
    page = report({}, {}, [FileVerdict(name, "changed", ("x\ty",)) for name in names], names=("Größe", "→"))
    assert page.texts("h3") == ["a\\nb\\udce9ü\\x00", "gnp\\u202e.txt"]
    assert [e[2] for e in page.all("dd")] == ["Größe", "→"]
    assert "x\\ty" in page.all("main")[0][2]


def test_a_link_to_a_picture_outside_is_not_followed(report, tmp_path):
    write(tmp_path, "secret.png", picture("red"))
    (tmp_path / "linked").mkdir()
    try:
        (tmp_path / "linked" / "x.png").symlink_to(tmp_path / "secret.png")
    except OSError:
        pytest.skip("this system makes no links")
    page = Page(html_report([FileVerdict("x.png", "new")], tmp_path / "nothing", tmp_path / "linked"))
    assert not page.all("img")
    assert "x.png is a link that leads outside the folder" in page.all("main")[0][2]


def test_equal_pixels_are_shown_once(report):
    same_picture = {"x.png": picture("red")}
    page = report({**same_picture, "x.json": number(1)}, {**same_picture, "x.json": number(2)})
    assert [i[1]["alt"] for i in page.all("img")] == ["Reference and candidate of x.png: the same pixels"]


def test_numbers_within_tolerance_leave_an_identical_picture_out(report):
    same_picture = {"x.png": picture("red")}
    page = report({**same_picture, "x.json": number(0.9, atol=0.1)}, {**same_picture, "x.json": number(0.95)})
    assert page.texts("h3") == ["x.json and x.png"]
    assert not page.all("img")


def test_pictures_of_other_sizes_and_shapes(report):
    page = report(
        {"x.png": picture("red"), "y.png": picture("red", size=(60_000, 1))},
        {"x.png": picture("red", size=(40, 20)), "y.png": picture("red", size=(1, 60_000))},
    )
    notes = page.texts("figcaption")
    assert notes[:3] == [
        "Reference, 30 x 20 pixels",
        "Candidate, 40 x 20 pixels",
        "Difference, 200 of 800 pixels differ, 25 %",
    ]
    assert notes[3:] == ["Reference, 60,000 x 1 pixels, shown smaller", "Candidate, 1 x 60,000 pixels, shown smaller"]
    assert "No difference: the difference would have 60,000 x 60,000 pixels" in page.all("main")[0][2]


def test_a_large_picture_is_shown_smaller_and_compared_whole(report):
    page = report({"x.png": picture("red", size=(3000, 30))}, {"x.png": picture("red", [(7, 7)], size=(3000, 30))})
    assert [(i[1]["width"], i[1]["height"]) for i in page.all("img")] == [("2000", "20")] * 3
    assert page.all("img")[2][1]["alt"].endswith("1 of 90,000 pixels differ, less than 0.01 %, shown smaller")


def test_a_picture_keeps_its_transparency_and_loses_what_else_its_file_holds(report, tmp_path):
    content = io.BytesIO()
    picture((255, 0, 0, 100)).save(content, "PNG", dpi=(72, 72))
    page = report({}, {"x.png": content.getvalue() + b"trailing"})
    data = base64.b64decode(page.all("img")[0][1]["src"].partition(",")[2])
    assert b"trailing" not in data
    assert b"pHYs" not in data
    assert same(decoded(page.all("img")[0]), read_picture(tmp_path / "b" / "x.png"))


def test_a_folder_on_one_side_is_one_section(report):
    page = report({"01/a.png": picture("red"), "02/a.png": picture("red")}, {"01/a.png": picture("red")})
    assert page.texts("h3") == ["02/"]
    assert not page.all("img")


def test_equal_folders_give_a_small_page_without_sections(report):
    page = report(REFERENCE, REFERENCE)
    assert not page.all("h3", "img", "tr", "button")
    assert "No result changed" in page.all("header")[0][2]
    assert page.texts("title")[0].startswith("No change: ")
    assert page.texts("summary") == [f"{len(REFERENCE)} files are identical"]


def test_no_files_at_all(report):
    page = report({}, {})
    assert "no files" in page.all("header")[0][2]
    assert page.open == []


def test_the_folder_of_one_notebook(report):
    page = report({"environment.json": environment(numpy="1")}, {"environment.json": environment(numpy="2")})
    assert page.texts("td") == ["this folder"]


def test_the_same_folders_give_the_same_page(tmp_path):
    for folder, files in (("a", REFERENCE), ("b", CANDIDATE)):
        for file, content in files.items():
            write(tmp_path / folder, file, content)
    folders = tmp_path / "a", tmp_path / "b"
    pages = [html_report(compare_folders(*folders), *folders) for _ in range(2)]
    assert pages[0] == pages[1]


def test_nothing_heavy_is_imported():
    code = "import sys, mnist_lab.grading.diff.report; print({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_large_pictures_are_there_to_the_last_pixel(tmp_path):
    """Long texts are cut on the page; a picture must not be."""
    shown = {}
    for number, name in enumerate(("reference", "candidate")):
        pixels = np.random.default_rng(number).integers(0, 256, (300, 400, 3), dtype=np.uint8)
        (tmp_path / name).mkdir()
        Image.fromarray(pixels).save(tmp_path / name / "noise.png")
        shown[name] = pixels
    verdicts = [FileVerdict("noise.png", "changed")]
    page = Page(html_report(verdicts, tmp_path / "reference", tmp_path / "candidate"))
    sources = [image[1]["src"].removeprefix("data:image/png;base64,") for image in page.all("img")]
    assert len(sources) == 3
    for source, pixels in zip(sources, shown.values(), strict=False):
        np.testing.assert_array_equal(
            np.asarray(Image.open(io.BytesIO(base64.b64decode(source))).convert("RGB")), pixels
        )
