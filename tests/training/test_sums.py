"""Whoever trains adds up in one thread, whatever else the process does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from threading import Thread

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from training.sums import one_thread

_ALONE = """
import numpy
from threadpoolctl import threadpool_info
from training.sums import one_thread
with one_thread():
    import scipy.linalg, scipy.optimize, sklearn.linear_model
    print({one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"})
print({one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"})
"""


def _threads() -> set[int]:
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def _two() -> Iterator[None]:
    with threadpool_limits(2, user_api="blas"):
        yield


def test_threads_of_a_course_take_nothing_from_it() -> None:
    """A part that asks for one thread too, in a thread of its own, leaves the course with one; then all is as
    before."""

    def part() -> None:
        with one_thread():
            np.ones(2) @ np.ones(2)

    assert _threads() == {2}
    with one_thread():
        other = Thread(target=part)
        other.start()
        other.join()
        assert _threads() == {1}
    assert _threads() == {2}


def test_what_fails_inside_puts_back_as_well() -> None:
    """An error inside leaves the process as it was found."""
    with pytest.raises(ValueError, match="inside"), one_thread():
        raise ValueError("inside")
    assert _threads() == {2}


def test_no_library_comes_later_without_the_limit() -> None:
    """In a new process the matrix libraries of numpy, scipy and scikit-learn have one thread, and two outside."""
    told = subprocess.run(
        [sys.executable, "-c", _ALONE],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "2"},
    )
    assert told.stdout.split() == ["{1}", "{2}"]
