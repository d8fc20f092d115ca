"""What all figures share: colours, resolution, sizes."""

import matplotlib.pyplot as plt

DPI = 100
MOSAIC_DPI = 128  # a power of two: pixels / dpi * dpi gives back the whole number of pixels without a rounding error
# Inches, by function. Grids of images follow from the number of images instead.
FIGURE_SIZES = {
    "accuracy_over_seeds": (9, 4.5),
    "class_histogram": (8, 4),
    "confusion_matrix_heatmap": (8, 6.5),
    "cost_scatter": (11, 6.5),
    "discordance_scatter": (9, 5),
    "embedding_scatter": (7, 6.5),
    "errors_per_class_bars": (8, 4),
    "learning_curves": (11, 4),
    "p_value_heatmap": (11, 9),
    "predicted_against_true": (9, 5),
    "probability_histogram": (8, 4),
}
# The colours of Okabe and Ito (https://jfly.uni-koeln.de/color/): told apart by colour-blind people too.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK = "#CC79A7", "#56B4E9", "#000000"
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
DIGITS = range(10)
# After the palette "muted" of Paul Tol (https://sronpersonalpages.nl/~pault/), told apart by colour-blind people too;
# its pale colours are darker here, because thin digits are drawn in them.
TEN_COLORS = (
    *("#CC6677", "#332288", "#AA8800", "#117733", "#55AADD"),
    *("#882255", "#44AA99", "#777722", "#AA4499", "#000000"),
)


def axes(ax, name):
    """Return ax, or the Axes of a new figure of the size that ``FIGURE_SIZES`` has for a function."""
    if ax is not None:
        return ax
    return plt.subplots(figsize=FIGURE_SIZES[name], dpi=DPI, layout="constrained")[1]


def percent(fraction):
    """Return a fraction as text in percent."""
    return f"{fraction * 100:.2f} %"
