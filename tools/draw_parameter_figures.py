"""Draw the figures of the guide on gait parameters, docs/guides/parameters.md."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

FOLDER = Path(__file__).parents[1] / "docs" / "guides" / "figures"
LEFT, RIGHT, INK, SOFT = "#0072B2", "#D55E00", "#1f2933", "#5b6773"


def main() -> None:
    """Write all figures as SVG with text as text, which keeps them small."""
    plt.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "gaitmap", "font.size": 9, "font.family": "sans-serif"}
    )
    FOLDER.mkdir(exist_ok=True)
    for name, draw in {"phases": draw_phases, "top_view": draw_top_view, "swing": draw_swing}.items():
        figure = draw()
        figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight", transparent=False)
        plt.close(figure)


def draw_phases() -> plt.Figure:
    """Stance and swing of both feet over one cycle of the left foot."""
    figure, axis = plt.subplots(figsize=(7.5, 2.9))
    stride, stance, delay = 1.1, 0.68, 0.55
    for row, (foot, colour, shift) in enumerate((("left foot", LEFT, 0.0), ("right foot", RIGHT, delay - stride))):
        for k in range(3):
            begin = shift + k * stride
            axis.broken_barh([(begin, stance)], (-row - 0.3, 0.6), color=colour, alpha=0.85)
            axis.broken_barh([(begin + stance, stride - stance)], (-row - 0.3, 0.6), color=colour, alpha=0.15)
        axis.text(-0.3, -row, foot, ha="right", va="center", color=colour)
    # IC, OTO, OFS, TC, IC' of the left foot
    events = {"IC": 0.0, "OTO": delay - stride + stance, "OFS": delay, "TC": stance, "IC'": stride}
    for name, time in events.items():
        axis.plot([time, time], [-1.45, 0.55], color=INK, linewidth=0.8, linestyle=":")
        axis.text(time, 0.62, name, ha="center", va="bottom", color=INK)
    spans = [
        ("initial\ndouble support", "IC", "OTO", -1.85),
        ("single support", "OTO", "OFS", -1.85),
        ("terminal\ndouble support", "OFS", "TC", -1.85),
        ("swing", "TC", "IC'", -1.85),
        ("contralateral step", "IC", "OFS", -2.75),
        ("step", "OFS", "IC'", -2.75),
    ]
    for name, first, last, height in spans:
        axis.annotate(
            "", (events[first], height), (events[last], height), arrowprops={"arrowstyle": "<->", "color": SOFT}
        )
        middle = (events[first] + events[last]) / 2
        axis.text(middle, height - 0.1, name, ha="center", va="top", color=SOFT, fontsize=8)
    axis.set(xlim=(-0.28, 1.5), ylim=(-3.4, 1.0), xlabel="time (s)")
    axis.set_yticks([])
    for side in ("left", "right", "top"):
        axis.spines[side].set_visible(False)
    return figure


def draw_top_view() -> plt.Figure:
    """Footprints from above with lengths, widths, circumduction, foot progression."""
    figure, axis = plt.subplots(figsize=(7.5, 2.6))
    prints = [("L", 0.0, 0.08, LEFT), ("R", 0.68, -0.08, RIGHT), ("L", 1.4, 0.08, LEFT)]
    for _, x, y, colour in prints:
        turn = np.deg2rad(8 if y > 0 else -8)
        shape = np.linspace(0, 2 * np.pi, 60)
        along, across = 0.14 * np.cos(shape), 0.045 * np.sin(shape)
        axis.fill(
            x + along * np.cos(turn) - across * np.sin(turn),
            y + along * np.sin(turn) + across * np.cos(turn),
            color=colour,
            alpha=0.3,
        )
    share = np.linspace(0, 1, 100)
    axis.plot(1.4 * share, 0.08 + 0.09 * np.sin(np.pi * share), color=LEFT)
    axis.plot([0, 1.4], [0.08, 0.08], color=LEFT, linewidth=0.8, linestyle="--")
    axis.annotate("", (0.7, 0.08), (0.7, 0.17), arrowprops={"arrowstyle": "<->", "color": INK})
    axis.text(0.72, 0.12, "circumduction", color=INK, va="center")
    axis.annotate("", (0, 0.235), (1.4, 0.235), arrowprops={"arrowstyle": "<->", "color": INK})
    axis.text(0.7, 0.245, "stride length", ha="center", color=INK)
    axis.annotate("", (0.68, -0.2), (1.4, -0.2), arrowprops={"arrowstyle": "<->", "color": SOFT})
    axis.text(1.04, -0.255, "step length (of the left foot)", ha="center", color=SOFT)
    axis.annotate("", (0.68, -0.08), (0.68, 0.08), arrowprops={"arrowstyle": "<->", "color": SOFT})
    axis.text(0.665, 0.0, "step width", ha="right", va="center", color=SOFT)
    axis.plot([1.4, 1.65], [0.08, 0.08], color=INK, linewidth=0.8)
    axis.plot([1.4, 1.4 + 0.25 * np.cos(np.deg2rad(8))], [0.08, 0.08 + 0.25 * np.sin(np.deg2rad(8))], color=INK)
    axis.text(1.66, 0.105, "foot progression\nangle", va="center", color=INK)
    axis.set(xlim=(-0.2, 2.0), ylim=(-0.29, 0.29), aspect="equal")
    axis.axis("off")
    return figure


def draw_swing() -> plt.Figure:
    """Heights of sensor and toe, and the angle of the sole, over one stride."""
    figure, axes = plt.subplots(2, 1, figsize=(7.5, 3.9), sharex=True)
    time = np.linspace(0, 100, 200)
    toe = np.interp(time, [0, 34, 44, 60, 78, 90, 100], [0, 0, 0.055, 0.018, 0.1, 0, 0])
    smooth = np.convolve(np.pad(toe, 8, mode="edge"), np.hanning(17) / np.hanning(17).sum(), mode="valid")
    sensor = 0.16 * np.exp(-(((time - 48) / 15) ** 2)) + 0.03 * np.exp(-(((time - 78) / 8) ** 2))
    axes[0].plot(time, sensor, color=LEFT, label="sensor")
    axes[0].plot(time, smooth, color="#009E73", label="toe")
    lowest = 200 * 60 // 100
    axes[0].annotate(
        "min. toe clearance", (60, smooth[lowest]), (84, 0.13), arrowprops={"arrowstyle": "->"}, fontsize=8
    )
    axes[0].set_ylabel("height (m)")
    axes[0].legend(frameon=False, loc="upper left")
    angle = np.interp(time, [0, 15, 36, 55, 80, 88, 100], [0, -5, -65, -20, 22, 5, 0])
    angle = np.convolve(np.pad(angle, 6, mode="edge"), np.hanning(13) / np.hanning(13).sum(), mode="valid")
    axes[1].plot(time, angle, color=LEFT)
    for axis in axes:
        for x, name in ((36, "TC"), (80, "IC")):
            axis.axvline(x, color=INK, linewidth=0.8, linestyle=":")
            if axis is axes[0]:
                axis.text(x + 0.7, 0.165, name, va="top")
        for side in ("right", "top"):
            axis.spines[side].set_visible(False)
    axes[1].text(38, -63, "toe-off angle", fontsize=8)
    axes[1].text(81.5, 22, "foot strike angle", fontsize=8)
    axes[1].axhline(0, color=SOFT, linewidth=0.6)
    axes[1].set(ylabel="angle of the sole (deg)", xlabel="stride from mid-stance to mid-stance (%)")
    return figure


if __name__ == "__main__":
    main()
