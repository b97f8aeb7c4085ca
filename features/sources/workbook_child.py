"""Run alone in a child process with little memory: first sheet of a workbook -> CSV of its cells.

A workbook of a few kilobytes can ask for terabytes (one cell far away, a bomb of zeros); what
happens here can only end this process. Exit codes: 0 done, 3 locked, 4 too large, 5 unreadable.
Cells become text: whole numbers without a point, dates as ISO 8601; a number of more than 15 digits
is written as 1.2E+17, since its last digits are gone.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
from datetime import date, datetime

LOCKED, FAR, BROKEN = 3, 4, 5
EXACT = 10**15


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float | int):
        return _number(cell)
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _number(cell: float) -> str:
    if abs(cell) >= EXACT:
        return f"{cell:.5E}"
    return str(int(cell)) if cell == int(cell) else repr(cell)


def _write(path: str, out: str) -> dict[str, object]:
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(path)
    names = book.sheet_names
    cells = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    with open(out, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(map(_text, row) for row in cells)
    return {"sheets": names, "rows": len(cells)}


def main(path: str, out: str, megabytes: int) -> int:
    """Read ``path``, write the cells to ``out`` and the names of the sheets to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    try:
        sys.stdout.write(json.dumps(_write(path, out)))
    except MemoryError:
        return FAR
    except Exception as error:
        return LOCKED if "assword" in str(error) else BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
