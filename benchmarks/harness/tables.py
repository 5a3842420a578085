"""From rows to Markdown: ratios to the oracle, who is smallest or tied, and where ours is not."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from benchmarks.harness.storage import NO_DEVICE, NOT_INSTALLED
from benchmarks.harness.suite import Cell, Row, cell_of

# Errors that differ by less than this share of the smallest are tied, whatever a test says.
_SAME = 0.01
# Those that differ by more are not, whatever a test says: three seeds give it little power.
_APART = 0.1
_LEVEL = 0.05
Found = dict[Cell, dict[str, list[Row]]]


def by_cell(rows: Sequence[Row]) -> Found:
    """Group rows by cell and estimator."""
    found: Found = {}
    for row in rows:
        found.setdefault(cell_of(row), {}).setdefault(row["estimator"], []).append(row)
    return found


def values(fits: Sequence[Row], column: str) -> list[float]:
    """Return a column of the fits that came to an end."""
    return [v for v in (float(fit.get(column) or "nan") for fit in fits) if math.isfinite(v)]


def estimators_of(rows: Sequence[Row]) -> list[str]:
    """Return names in the order of the rows, ours first."""
    names = list(dict.fromkeys(row["estimator"] for row in rows))
    return sorted(names, key=lambda name: not name.startswith("JSGAN"))


def markdown(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Lay out a table."""
    ruled = ["|" + "---|" * len(header)]
    return "\n".join([_line(header), *ruled, *map(_line, lines)]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def outcome(fits: Sequence[Row], column: str, form: Callable[[float], str]) -> str:
    """Print the median over seeds, or why there is none."""
    if not fits:
        return ""
    found = values(fits, column)
    if not found:
        return reason(fits[0]["note"])
    mark = "†" if fits[0]["note"] else ""
    n_failed = len(fits) - len(found)
    failed = f" ({n_failed} of {len(fits)} fail)" if n_failed else ""
    return f"{form(statistics.median(found))}{mark}{failed}"


def reason(note: str) -> str:
    """Shorten the note of a fit without a result."""
    if note in {NOT_INSTALLED, NO_DEVICE}:
        return note
    limit = re.match(r"exceeds (.*) s", note)
    return f"> {limit[1]} s" if limit else "fails"


def ratio_text(ratio: float) -> str:
    """Print a ratio to three digits, thousands apart."""
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}" if ratio < 1e6 else f"{ratio:.1e}"


def ratio_table(
    rows: Sequence[Row], *, column: str = "ratio", oracle: str = "oracle", best: bool = True
) -> str:
    """Print the median ratios to the oracle; the smallest, and those tied with it, are bold.

    Parameters
    ----------
    rows : sequence of Row
    column, oracle : str
        What is shown, and what it is relative to.
    best : bool, default=True
        Whether to set the smallest in bold.
    """
    names = estimators_of(rows)
    lines = []
    for cell, fits in by_cell(rows).items():
        best_error = values([row for each in fits.values() for row in each], oracle)
        line = [cell.label, f"{statistics.median(best_error):.4f}" if best_error else ""]
        smallest = tied(fits, column) if best else set()
        for name in names:
            text = outcome(fits.get(name, []), column, ratio_text)
            line.append(f"**{text}**" if name in smallest else text)
        lines.append(line)
    return markdown(["design", "oracle's error", *names], lines) + footnote(rows)


def footnote(rows: Sequence[Row]) -> str:
    """Explain the dagger where there is one."""
    stands_in = {row["note"] for row in rows if row["note"] and row["estimator"][:5] == "JSGAN"}
    stands_in = {note for note in stands_in if reason(note) == "fails" and ":" not in note}
    return "\n† too few rows for a game: a classical estimate stands in.\n" if stands_in else ""


def competitors(fits: Mapping[str, list[Row]], column: str) -> dict[str, dict[str, float]]:
    """Return errors by estimator and seed; a game alone is no competitor."""
    found = {}
    for name, each in fits.items():
        if "alone" in name or "one fit" in name:
            continue
        by_seed = {row["seed"]: float(row.get(column) or "nan") for row in each}
        by_seed = {seed: error for seed, error in by_seed.items() if math.isfinite(error)}
        if by_seed:
            found[name] = by_seed
    return found


def tied(fits: Mapping[str, list[Row]], column: str) -> set[str]:
    """Return the estimators whose error is the smallest, or not told from it.

    The smallest has the least median. Another is tied with it if the medians over the common seeds
    differ by less than 1 %, or by less than 10 % and a one-sided paired t-test on the logarithms
    over three or more common seeds does not reject at 5 %.
    """
    found = competitors(fits, column)
    if not found:
        return set()
    first = min(found, key=lambda name: statistics.median(found[name].values()))
    return {name for name, errors in found.items() if not is_larger(errors, found[first])}


def is_larger(errors: Mapping[str, float], smallest: Mapping[str, float]) -> bool:
    """Tell whether errors are larger than the smallest by more than chance."""
    from scipy.stats import t

    seeds = sorted(set(errors) & set(smallest))
    if not seeds:
        return True
    ours, theirs = ([each[seed] for seed in seeds] for each in (errors, smallest))
    # Copies of the truth make a median exact.
    if min(theirs) == 0:
        return statistics.median(ours) > statistics.median(theirs)
    if min(ours) == 0:
        return False
    ratio = statistics.median(ours) / statistics.median(theirs)
    # Two seeds would call almost everything chance.
    if ratio <= 1 + _SAME or ratio > 1 + _APART or len(seeds) < 3:
        return ratio > 1 + _SAME
    # Of logarithms: where tails are heavy, errors differ by orders of magnitude between seeds.
    logs = [math.log(a / b) for a, b in zip(ours, theirs, strict=True)]
    spread = statistics.stdev(logs) / math.sqrt(len(logs))
    return statistics.mean(logs) > float(t.ppf(1 - _LEVEL, len(logs) - 1)) * spread


def behind_table(
    rows: Sequence[Row], *, ours: str, reasons: Mapping[str, str], column: str = "ratio"
) -> str:
    """List every cell where ours is neither the smallest nor tied with it, and why.

    Parameters
    ----------
    rows : sequence of Row
    ours : str
        The estimator at its defaults.
    reasons : mapping of str to str
        Start of a cell's label to what was found out about it; the longest start counts.
    column : str
        What is compared.
    """
    lines, n_compared = [], 0
    for cell, fits in by_cell(rows).items():
        found = competitors(fits, column)
        if ours not in fits or len(found) < 2:
            continue
        n_compared += 1
        if ours in tied(fits, column):
            continue
        first = min(found, key=lambda name: statistics.median(found[name].values()))
        text = [outcome(fits[name], column, ratio_text) for name in (ours, first)]
        lines.append([cell.label, text[0], f"{text[1]} ({first})", reason_of(cell, reasons)])
    if not n_compared:
        return f"`{ours}` has not been run beside another.\n"
    if not lines:
        return f"In every cell `{ours}` has the smallest error or is tied with it.\n"
    return markdown(["where", f"`{ours}`", "smallest", "why"], lines)


def reason_of(cell: Cell, reasons: Mapping[str, str]) -> str:
    """Return what was found out about a cell; empty if nothing was."""
    starts = [start for start in reasons if cell.label.startswith(start)]
    return reasons[max(starts, key=len)] if starts else ""


def area_table(rows: Sequence[Row], *, reference: str) -> str:
    """Print median areas under the ROC curve, and what the fits of one design cost."""
    names = [name for name in estimators_of(rows) if name != reference] + [reference]
    found = by_cell(rows)
    area = partial(outcome, column="auc", form="{:.3f}".format)
    lines = []
    for cell, fits in found.items():
        shown = [area(fits.get(name, [])) for name in names]
        if shown[-1] == "fails":
            shown[-1] = ""
        lines.append([cell.label, *shown])
    for cell, fits in found.items():
        if cell.design == "shift.5":
            costs = [cost(fits.get(name, [])) for name in names[:-1]]
            lines.append([f"*CPU seconds,* {cell.label}", *costs, ""])
    return markdown(["rows", *names], lines) + footnote(rows)


def cost(fits: Sequence[Row]) -> str:
    """Print the median CPU time of fits."""
    seconds = values([fit for fit in fits if not fit["note"].startswith("exceeds")], "cpu_seconds")
    return f"{statistics.median(seconds):.2g}" if seconds else ""


def worst_table(rows: Sequence[Row], *, column: str = "ratio") -> str:
    """Print the worst cell of each estimator, and how often it is within twice the oracle."""
    lines = []
    for name in estimators_of(rows):
        if "alone" in name:
            continue
        medians = {}
        notes = []
        for cell, fits in by_cell([row for row in rows if row["estimator"] == name]).items():
            if found := values(fits[name], column):
                medians[cell] = statistics.median(found)
            else:
                notes.append(reason(fits[name][0]["note"]))
        if not medians:
            lines.append([name, notes[0], "", "", ""])
            continue
        worst = max(medians, key=lambda cell: medians[cell])
        within = sum(value <= 2 for value in medians.values())
        lines.append(
            [
                name,
                ratio_text(medians[worst]),
                worst.label,
                ratio_text(statistics.median(medians.values())),
                f"{within} of {len(medians) + len(notes)}",
            ]
        )
    return markdown(["estimator", "worst", "where", "median", "within 2 of the oracle"], lines)
