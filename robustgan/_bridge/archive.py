"""Bytes of a model file: a zip that is written whole or not at all, and read with suspicion.

Knows zips, arrays and checksums. It does not know what the arrays are of.
"""

import hashlib
import io
import math
import os
import secrets
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

# Kinds of arrays that have a place in a file: numbers, truth values and texts.
KINDS = "biufcU"
# What reading a zip, an array or a description raises if it is not as it should be.
MALFORMED = (
    *(zipfile.BadZipFile, EOFError, struct.error, NotImplementedError, RuntimeError),
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
)
# A zip begins with a header of this length, then the name of its first entry.
_HEADER = b"PK\3\4"
_HEADER_LENGTH = 30
_CHECKSUM = "sha256.txt"


def write_entries(path: Path, entries: Mapping[str, bytes]) -> None:
    """Write a zip beside its place, and put it there once it is complete.

    Parameters
    ----------
    path : Path
        What is there is replaced.
    entries : mapping of str to bytes
        In order. A checksum is added.
    """
    entries = {**entries, _CHECKSUM: _checksum(entries).encode("ascii")}
    # Not by tempfile, whose files only their owner can read.
    temporary = path.with_name(f".{secrets.token_hex(8)}.robustgan")
    try:
        with temporary.open("xb") as file:
            with zipfile.ZipFile(file, "w") as archive:
                for name, data in entries.items():
                    # Without the time of day, so that the same fit is the same file.
                    archive.writestr(zipfile.ZipInfo(name), data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def begins_with(file: BinaryIO, name: str) -> bool:
    """Tell whether a file begins as a zip whose first entry has this name."""
    head = file.read(_HEADER_LENGTH + len(name))
    return head.startswith(_HEADER) and head[_HEADER_LENGTH:] == name.encode()


def read_entries(file: BinaryIO) -> dict[str, bytes]:
    """Read a zip whose entries are as large as they say and no larger than the file.

    Parameters
    ----------
    file : binary file
        Can be sought.

    Returns
    -------
    entries : dict of str to bytes
        The checksum among them, see `check_entries`.

    Raises
    ------
    any of MALFORMED
    """
    size = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        found = archive.infolist()
        is_stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in found)
        if not is_stored or sum(entry.file_size for entry in found) > size:
            raise ValueError("it says that it is larger than it is")
        if len({entry.filename for entry in found}) < len(found):
            raise ValueError("it has an entry twice")
        return {entry.filename: archive.read(entry) for entry in found}


def check_entries(entries: dict[str, bytes]) -> None:
    """Take the checksum out of the entries; raise ValueError if it is not theirs."""
    if entries.pop(_CHECKSUM).decode("ascii") != _checksum(entries):
        raise ValueError("its checksum is wrong")


def array_to_bytes(array: NDArray[Any]) -> bytes:
    """Write an array in NumPy's format."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def array_from_bytes(data: bytes) -> NDArray[Any]:
    """Read an array whose header asks for exactly the bytes that are there."""
    buffer = io.BytesIO(data)
    if np.lib.format.read_magic(buffer) != (1, 0):
        raise ValueError("it has an array of a version that is not known")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
    count = math.prod(shape)
    if dtype.kind not in KINDS or count * dtype.itemsize != len(data) - buffer.tell():
        raise ValueError("it has an array of another size or type than it says")
    flat = np.frombuffer(data, dtype, count=count, offset=buffer.tell())
    # A copy that can be written to, aligned as any other.
    return flat.reshape(shape, order="F" if is_fortran else "C").copy(order="K")


def _checksum(entries: Mapping[str, bytes]) -> str:
    """Return a checksum over names, sizes and contents."""
    digest = hashlib.sha256()
    for name in sorted(entries):
        digest.update(f"{name} {len(entries[name])}\n".encode())
        digest.update(entries[name])
    return digest.hexdigest()
