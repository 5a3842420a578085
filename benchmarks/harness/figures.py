"""From rows to pictures; readable in grey."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.harness.suite import Cell, Row
from benchmarks.harness.tables import by_cell, estimators_of, values

MARKERS = ("o", "s", "^", "v", "D", "P", "X", "*", "<", ">", "p", "h", "d", "8", "1", "2", "3", "4")


def draw_ratios(
    rows: list[Row], path: Path, *, label: str, title: str, column: str = "ratio"
) -> None:
    """Draw the median ratios to the oracle, a line a cell."""
    plt = _pyplot()
    # One fit alone is there for its time.
    rows = [row for row in rows if not row["estimator"].endswith("one fit")]
    table = {
        cell: {
            name: statistics.median(found) for name in fits if (found := values(fits[name], column))
        }
        for cell, fits in by_cell(rows).items()
    }
    cells = list(table)[::-1]
    names = [name for name in estimators_of(rows) if any(name in row for row in table.values())]
    figure, ax = plt.subplots(figsize=(8, 2 + 0.32 * len(cells)), layout="constrained")
    for name, marker in zip(names, MARKERS, strict=False):
        at = [i for i, cell in enumerate(cells) if name in table[cell]]
        ax.plot([table[cells[i]][name] for i in at], at, marker, label=name, **_look(name))
    ax.axvline(1, color="0.7", lw=1, zorder=1)
    ax.set_xscale("log")
    ax.set_yticks(range(len(cells)), [cell.label for cell in cells])
    ax.set_xlabel(label)
    ax.set_title(title)
    ax.grid(axis="y", color="0.92")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def draw_curves(
    rows: list[Row],
    path: Path,
    *,
    panels: Sequence[tuple[str, Callable[[Cell], bool], Callable[[Cell], float]]],
    label: str,
    column: str = "ratio",
    ours: str = "JSGAN",
    reference: float | None = 1.0,
    ticks: Sequence[float] = (),
) -> None:
    """Draw medians over seeds against a property of the cells, a panel a property.

    Parameters
    ----------
    rows : list of Row
    path : Path
    panels : sequence of tuple
        What is on the axis, which cells belong to it, and their place.
    label : str
        Of the other axis.
    column : str
        What is shown.
    ours : str
        Start of the names whose markers are black.
    reference : float or None
        Where a line is drawn across.
    ticks : sequence of float
        Of the places; by default powers of ten.
    """
    plt = _pyplot()
    names = [name for name in estimators_of(rows) if "alone" not in name]
    size = max(7.5, 3.6 * len(panels) + 0.6), 4.4
    figure, axes = plt.subplots(
        1, len(panels), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    # Not every one is in every panel.
    shown_names: set[str] = set()
    for ax, (title, belongs, place) in zip(axes[0], panels, strict=True):
        found = {cell: fits for cell, fits in by_cell(rows).items() if belongs(cell)}
        for name, marker in zip(names, MARKERS, strict=False):
            points = sorted(
                (place(cell), statistics.median(shown))
                for cell, fits in found.items()
                if (shown := values(fits.get(name, []), column))
            )
            if points:
                x, y = zip(*points, strict=True)
                look = _look(name, ours)
                ax.plot(x, y, marker + "-", lw=0.8, color=look["mec"], **look,
                        label=name if name not in shown_names else None)  # fmt: skip
                shown_names.add(name)
        if reference is not None:
            ax.axhline(reference, color="0.8", lw=1, zorder=1)
        ax.set(xscale="log", yscale="log", xlabel=title)
        if ticks:
            ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            ax.set_xlim(min(ticks) / 1.2, max(ticks) * 1.2)
            ax.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
        ax.grid(color="0.94")
    axes[0, 0].set_ylabel(label)
    longest = max(map(len, shown_names), default=0)
    figure.legend(
        loc="outside lower center",
        ncols=3 if longest > 20 or len(panels) == 1 else 4,
        frameon=False,
    )
    figure.savefig(path, dpi=120)
    plt.close(figure)


def draw_lines(
    panels: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
    path: Path,
    *,
    x: str,
    y: str,
    reference: float | None = 0.0,
    scale: str = "linear",
    places: str = "linear",
) -> None:
    """Draw lines through points, a panel a title.

    Parameters
    ----------
    panels : mapping of mapping
        Titles to names of lines to their points.
    path : Path
    x, y : str
        What is on the axes.
    reference : float or None
        Where a line is drawn across.
    scale, places : {'linear', 'log'}
        Of the vertical and of the horizontal axis.
    """
    plt = _pyplot()
    is_one = len(panels) == 1
    width = 4.5 * len(panels) + 2.5 * is_one
    figure, axes = plt.subplots(
        1, len(panels), figsize=(width, 4.2), squeeze=False, layout="constrained"
    )
    for ax, (title, lines) in zip(axes[0], panels.items(), strict=True):
        for i, (name, points) in enumerate(lines.items()):
            look = {"color": f"{0.6 * (i % 3) / 2:g}", "ls": ("-", "--", ":")[i // 3 % 3]}
            ax.plot(*zip(*points, strict=True), marker=MARKERS[i], label=name, **look)
        if reference is not None:
            ax.axhline(reference, color="0.8", zorder=0)
        ax.set(title=title, xlabel=x, ylabel=y, yscale=scale, xscale=places)
        ticks = sorted({place for points in lines.values() for place, _ in points})
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    # The lines are the same in all panels.
    handles, labels = axes[0, 0].get_legend_handles_labels()
    columns = 3 if is_one else 4
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _look(name: str, start: str = "JSGAN") -> dict[str, object]:
    """Return size and colours of a marker: ours are black, and filled at their defaults."""
    ours = name.startswith(start)
    fill = "black" if ours and "alone" not in name else "none"
    return {"ms": 8 if ours else 6, "mfc": fill, "mec": "black" if ours else "0.45",
            "zorder": 2 + ours}  # fmt: skip


def _pyplot() -> object:
    """Import matplotlib without a display."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt
