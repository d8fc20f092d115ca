"""The table of all models in ``results/measurements/README.md``: ``python -m benchmarks.measurements table``.

It is made from the catalogue and the stored measurements; the text around it stays.
"""

from benchmarks.timing import FOLDER
from mnist_lab import comparison, files
from mnist_lab.models import CATALOGUE

BEGIN, END = "<!-- made by python -m benchmarks.measurements table -->", "<!-- end of the table -->"


def model_rows():
    """Return the table as lines of Markdown; a dash stands for what is not there."""
    table = comparison.model_table(CATALOGUE)
    lines = [
        "| measurement | model | original | test accuracy | seeds | seconds of a training |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in table.iterrows():
        spread = "" if row["spread"] != row["spread"] else f" ± {row['spread']:.2f}"
        accuracy = f"{row['test %']:.2f}{spread} %" if row["seeds"] else "-"
        original = "" if row["original %"] != row["original %"] else f"{row['original %']:.2f} %"
        seconds = "-" if row["seconds"] != row["seconds"] else f"{row['seconds']:.0f}"
        lines.append(f"| `{name}` | {CATALOGUE[name].title} | {original} | {accuracy} | {row['seeds']} | {seconds} |")
    return lines + [f"\n{sentence}" for sentence in comparison.gaps(table)]


def main():
    """Write the table between its two markers."""
    path = FOLDER / "README.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    content = "\n".join([f"{before}{BEGIN}\n", *model_rows(), f"\n{END}{rest.partition(END)[2]}"])
    files.write_atomically(path, content.encode("utf-8"))
