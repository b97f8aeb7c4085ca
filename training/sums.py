"""Sums of training are added up by one thread, so that the same rows give the same bytes.

A matrix library adds in as many parts as it has threads, and another number of parts gives other last digits:
they reach the report, its digest and the id of every list. How many it has is one number for the whole process,
which only the first thread to ask may set: so the limit is laid around a whole course, and not where threads of
it multiply.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Within, BLAS has one thread; afterwards what it had. Within another it changes nothing."""
    import scipy.linalg  # noqa: F401 - brings a matrix library of its own: one that is loaded later has no limit
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield


__all__ = ["one_thread"]
