"""What takes long and every worker needs: imported once, by the server of which workers are copies.

No Polars, directly or through others: its threads begin when it is imported, and a copy would not have them.
"""

from __future__ import annotations

import gc
from contextlib import suppress

gc.disable()  # nothing that is imported is let go of

import lightgbm  # noqa: E402, F401 - for whoever is copied

with suppress(ImportError):  # without it contributions are looked up, slower
    import numba

    def _next(number: float) -> float:
        return number + 1.0

    # what numba knows of types and functions is gathered when it makes its first one ready: half a second
    # that the kernel of the contributions then need not spend in every worker
    numba.njit(_next)(0.0)

gc.freeze()  # and no copy looks through it, which would make it its own
gc.enable()
