"""Work on the pieces of a file: several at a time, handed over in order, never more than are asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

#: Pieces worked on at the same time.
HANDS = 2
Piece = TypeVar("Piece")
Done = TypeVar("Done")


def in_turn(
    work: Callable[[Piece], Done], pieces: Iterable[Piece], *, ahead: int = 0
) -> Iterator[Done]:
    """``work`` done on each of ``pieces``, in their order; no more than ``HANDS`` wait to be taken.

    ``ahead``: so many more are held ready, where it takes long to come by one and no hand shall be idle.
    """
    waiting: deque[Future[Done]] = deque()
    with ThreadPoolExecutor(HANDS) as hands:
        for piece in pieces:
            waiting.append(hands.submit(work, piece))
            if len(waiting) == HANDS + ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
