"""Training adds up in one thread, so that the same rows give the same bytes.

A matrix library adds in as many parts as it has threads, and another number of parts gives other last digits:
they reach the report, its digest and the id of every list. How many it has is one number for the whole process:
threads that limit it for themselves overtake each other or, by threadpoolctl, are passed over in silence while
another holds it. So the limit is laid around a whole course, and not only where threads of it multiply.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Within, BLAS has one thread (unless another thread of the process holds another limit); afterwards what
    it had. Within another it changes nothing."""
    import scipy.linalg  # noqa: F401 - brings a matrix library of its own: one that is loaded later has no limit
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield


__all__ = ["one_thread"]
