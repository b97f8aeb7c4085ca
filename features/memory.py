"""Memory on large pieces of work: what libraries keep is given back, and rings are seldom looked for."""

from __future__ import annotations

import ctypes
import gc
import sys

#: So many objects more than were let go of before anybody looks for rings among them.
RINGS = 200_000


def give_back() -> None:
    """Let Arrow and the C library let go of what nobody holds any more; costs some milliseconds."""
    pool = getattr(sys.modules.get("pyarrow"), "default_memory_pool", None)
    if pool is not None:
        pool().release_unused()
    if sys.platform == "linux":
        # absent where the C library is not GNU's
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def seldom_look_for_rings() -> None:
    """From now on, in this process: whoever works through a city makes millions of short-lived objects and
    hardly a ring of them; to look for rings costs a thirtieth of a portion, a tenth of what imports take."""
    gc.set_threshold(RINGS)
