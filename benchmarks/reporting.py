"""From rows of results to CSV files, Markdown tables and figures, and from CSV files only."""

import csv
import importlib.metadata
import os
import platform
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

Row = dict[str, str]
MARKERS = ("o", "s", "^", "v", "D", "P", "X", "*", "<", ">", "p", "h", "d", "8")


def write_rows(
    path: Path, rows: Iterable[Mapping[str, object]], packages: Iterable[str] = ()
) -> None:
    """Write rows as CSV with versions and machine in comment lines, whole or not at all.

    ``packages`` are further ones to name the version of, installed or not.
    """
    rows = list(rows)
    temporary = path.with_suffix(".part")
    with temporary.open("w", newline="", encoding="utf-8") as file:
        for package in ("robustgan", "torch", "numpy", "scipy", "scikit-learn"):
            file.write(f"# {package} {importlib.metadata.version(package)}\n")
        for package in packages:
            file.write(f"# {package} {version_of(package)}\n")
        file.write(f"# python {platform.python_version()}, {platform.machine()}, one thread\n")
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(
            {k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows
        )
    os.replace(temporary, path)


def version_of(package: str) -> str:
    """Return the version of a package that need not be installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def read_rows(path: Path) -> list[Row]:
    """Read what `write_rows` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def medians(rows: list[Row], column: str) -> dict[str, dict[str, float]]:
    """Return the median over seeds of a column, by cell and estimator."""
    found: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        cell = f"{row['design']}, {int(row['n_samples']):,} × {row['n_features']}"
        values = found.setdefault(cell, {}).setdefault(row["estimator"], [])
        values.append(float(row[column]))
    return {
        cell: {name: statistics.median(values) for name, values in by_name.items()}
        for cell, by_name in found.items()
    }


def write_table(path: Path, rows: list[Row]) -> None:
    """Write the median ratios to the oracle as a Markdown table."""
    table, oracle = medians(rows, "ratio"), medians(rows, "oracle")
    names = list(next(iter(table.values())))
    lines = [
        "| design | oracle's error | " + " | ".join(names) + " |",
        "|---" * (len(names) + 2) + "|",
    ]
    for cell, by_name in table.items():
        ratios = [f"{by_name[name]:.3g}" if name in by_name else "" for name in names]
        ratios = ["fails" if ratio == "nan" else ratio for ratio in ratios]
        lines.append(f"| {cell} | {oracle[cell]['mean']:.4f} | " + " | ".join(ratios) + " |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw_ratios(path: Path, rows: list[Row], *, label: str, title: str) -> None:
    """Draw the median ratios to the oracle, a line a design."""
    table = medians(rows, "ratio")
    cells = list(table)[::-1]
    names = list(table[cells[-1]])
    figure, ax = plt.subplots(figsize=(8, 1.5 + 0.32 * len(cells)), layout="constrained")
    for name, marker in zip(names, MARKERS, strict=False):
        at = [i for i, cell in enumerate(cells) if name in table[cell]]
        ratios = [table[cells[i]][name] for i in at]
        ours = name.startswith("JSGAN")
        fill = "black" if ours and "alone" not in name else "none"
        edge = "black" if ours else "0.45"
        size = 8 if ours else 6
        ax.plot(ratios, at, marker, label=name, ms=size, mfc=fill, mec=edge, zorder=2 + ours)
    ax.axvline(1, color="0.7", lw=1, zorder=1)
    ax.set_xscale("log")
    ax.set_yticks(range(len(cells)), cells)
    ax.set_xlabel(label)
    ax.set_title(title)
    ax.grid(axis="y", color="0.92")
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.12), ncols=2, frameon=False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
