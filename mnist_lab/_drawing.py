"""What all charts share: colours, resolution, figure size."""

import matplotlib.pyplot as plt

DPI = 100
# The colours of Okabe and Ito (https://jfly.uni-koeln.de/color/): told apart by colour-blind people too.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK = "#CC79A7", "#56B4E9", "#000000"
CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
DIGITS = range(10)


def axes(ax, figsize):
    """Return ax, or the Axes of a new figure whose size does not depend on what is drawn."""
    if ax is not None:
        return ax
    return plt.subplots(figsize=figsize, dpi=DPI, layout="constrained")[1]


def percent(fraction):
    """Return a fraction as text in percent."""
    return f"{fraction * 100:.2f} %"
