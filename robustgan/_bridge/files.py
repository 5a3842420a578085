"""Values in a file without pickle: a zip of arrays and a description in JSON.

Knows how a file is told from another one. It does not know what the values are for.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from robustgan._bridge import description
from robustgan._bridge.archive import (
    MALFORMED,
    array_from_bytes,
    array_to_bytes,
    begins_with,
    check_entries,
    read_entries,
    write_entries,
)

FORMAT = 1


def write_values(
    path: Path,
    kind: str,
    values: Mapping[str, Any],
    other: description.Encoder | None = None,
) -> None:
    """Write values to a file, whole or not at all.

    Parameters
    ----------
    path : Path
        What is there is replaced.
    kind : str
        What the file is, by which it is known again.
    values : mapping
        By name: plain values, arrays, and lists and dicts of them.
    other : callable, optional
        Describes values of further classes; see `robustgan._bridge.description.encode`.

    Raises
    ------
    IndescribableError
        If a value has no place in a file.
    """
    arrays: list[Any] = []
    nodes = description.encode(dict(values), arrays, other)
    described = {"format": FORMAT, "values": nodes}
    entries = {_name(kind): json.dumps(described, allow_nan=False).encode("ascii")}
    entries |= {f"{i}.npy": array_to_bytes(array) for i, array in enumerate(arrays)}
    write_entries(path.resolve(), entries)


def read_values(path: Path, kind: str, other: description.Decoder | None = None) -> dict[str, Any]:
    """Read what `write_values` wrote.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        What it should be.
    other : callable, optional
        Makes values of further classes; see `robustgan._bridge.description.decode`.

    Raises
    ------
    ValueError
        If the file is something else, is damaged, or of another format.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        if not begins_with(file, _name(kind)):
            raise ValueError(f"{path} must be a {kind} of robustgan, got another file.")
        try:
            entries = read_entries(file)
            check_entries(entries)
            described = json.loads(entries[_name(kind)])
            if described["format"] != FORMAT:
                raise ValueError(f"format {described['format']!r}, which is not {FORMAT}")
            arrays = [array_from_bytes(entries[f"{i}.npy"]) for i in range(len(entries) - 1)]
            values: dict[str, Any] = description.decode(described["values"], arrays, other)
        except MALFORMED as error:
            reason = (" ".join(str(error).split()) or type(error).__name__)[:200]
            raise ValueError(
                f"{path} must be whole and of this version, got a {kind} that cannot be read "
                f"({reason}). Copy it again, or make it anew."
            ) from error
    return values


def _name(kind: str) -> str:
    """Return the first entry, by which a file begins."""
    return f"robustgan-{kind}.json"
