"""Tables as bytes: NumPy's own archive of plain arrays, never a pickle, with the trees they were made from."""

from __future__ import annotations

import io
import zipfile
from dataclasses import fields

import numpy as np

from training.bundle.tables.table import MOST_BYTES, Tables, sound

#: Tables of another shape are made anew.
FORMAT = 1
_NUMBERS = ("width", "bias")


def to_bytes(told: Tables, made_from: str) -> bytes:
    """An ``.npz``; ``made_from`` is the SHA-256 of the booster's text. The same tables, the same bytes."""
    held = io.BytesIO()
    header = {
        "format": np.array(FORMAT),
        "made_from": np.frombuffer(bytes.fromhex(made_from), np.uint8),
        "width": np.array(told.width),
        "bias": np.array(told.bias),
    }
    np.savez_compressed(held, allow_pickle=False, **header, **told.arrays())
    return held.getvalue()


def from_bytes(data: bytes, made_from: str) -> Tables | None:
    """The tables; None where they have another program's shape.

    Raises ValueError where they are torn, made from other trees, too large or would look beyond themselves.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(one.file_size for one in archive.infolist())
        if size > MOST_BYTES + 2**20:
            raise ValueError(f"{size} bytes")
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            said = {name: held[name] for name in held.files}
        if int(said.pop("format")) != FORMAT:
            return None
        if said.pop("made_from").tobytes().hex() != made_from:
            raise ValueError("made from other trees")
        numbers = {name: said.pop(name).item() for name in _NUMBERS}
        told = Tables(**numbers, **said)
    except (zipfile.BadZipFile, KeyError, TypeError, OSError, EOFError) as error:
        raise ValueError("not tables") from error
    if not _plain(told) or not sound(told):
        raise ValueError("not tables")
    return told


def _plain(told: Tables) -> bool:
    """Every array one-dimensional and of the kind its name says."""
    kinds = {
        "empty": "f8", "edges": "f8", "table": "f8", "used": "i4", "edge_at": "i4", "step_line": "i4",
        "step_at": "i4", "sum_into": "i4", "sum_at": "i4", "sum_from": "i8", "step_more": "u2",
    }  # fmt: skip
    held = told.arrays()
    return (
        set(held) == {one.name for one in fields(told)} - set(_NUMBERS)
        and all(value.ndim == 1 for value in held.values())
        and all(held[name].dtype == np.dtype(kind) for name, kind in kinds.items())
        and held["step_code"].dtype in (np.dtype("u1"), np.dtype("u2"))
        and isinstance(told.width, int)
        and isinstance(told.bias, float)
    )
