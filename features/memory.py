"""Memory that libraries keep for their next use, given back to the system between two large pieces of work."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Let Arrow and the C library let go of what nobody holds any more; costs some milliseconds."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux":
        # absent where the C library is not GNU's
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
