"""A load generator: open (requests leave on schedule, whatever the answers take) and closed.

Open load shows queueing: a request is timed from the moment it was due, not from when a connection
was free. Closed load (so many users, each asking again as soon as answered) shows the most that is
answered. One process, raw HTTP/1.1 over kept connections; it takes one of the machine's cores.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

#: The least that is slept, seconds: uvloop's timers count milliseconds and a shorter sleep is none. Who asks
#: would take a good part of a core from who answers. What leaves late for it is timed from when it was due.
TICK = 0.001


@dataclass
class Told:
    """What a load gave: seconds from due to answered, statuses, and how long it took."""

    rate: float
    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    bytes: int = 0

    def per_second(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    def at(self, share: float) -> float:
        """The wait that ``share`` of the requests stayed below, milliseconds."""
        waits = sorted(self.waits)
        return 1000 * waits[min(len(waits) - 1, int(share * len(waits)))]

    def line(self) -> str:
        """Rate, median, 99th percentile, statuses."""
        asked = f"{self.rate:7,.0f}/s due" if self.rate else "closed loop "
        codes = ", ".join(f"{status}: {n:,}" for status, n in sorted(self.statuses.items()))
        return (
            f"{asked}  {self.per_second():7,.0f}/s answered  p50 {self.at(0.5):7.2f} ms  "
            f"p99 {self.at(0.99):8.2f} ms  {self.bytes / max(1, len(self.waits)) / 1024:6.1f} KB  ({codes})"
        )


class _Line(asyncio.Protocol):
    """One kept connection; one request at a time."""

    def __init__(self, done: Callable[[_Line, int, int], None]) -> None:
        self._done = done
        self._got = bytearray()
        self._whole = -1
        self.due = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def ask(self, request: bytes, due: float) -> None:
        self.due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._got += data
        if self._whole < 0:
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                return
            self._whole = end + 4 + _length(bytes(self._got[:end]))
        if len(self._got) >= self._whole:
            status, size = int(self._got[9:12]), self._whole
            self._got.clear()
            self._whole = -1
            self._done(self, status, size)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._whole >= 0 or self._got:
            self._done(self, 0, 0)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


def requests(paths: Sequence[str], tokens: Sequence[str], more: str = "") -> list[bytes]:
    """Raw GET requests: ``paths`` with a bearer token each (tokens are gone through in turn)."""
    return [
        f"GET {path} HTTP/1.1\r\nHost: benchmark\r\n"
        f"Authorization: Bearer {tokens[n % len(tokens)]}\r\n{more}\r\n".encode()
        for n, path in enumerate(paths)
    ]


async def open_load(
    port: int, asked: Sequence[bytes], *, rate: float, seconds: float, lines: int = 64
) -> Told:
    """``rate`` requests a second by Poisson arrivals for ``seconds``, over ``lines`` connections."""
    told, luck = Told(rate), random.Random(7)
    free: deque[_Line] = deque()
    late: deque[tuple[float, bytes]] = deque()
    count = 0

    def done(line: _Line, status: int, size: int) -> None:
        _note(told, line, status, size)
        if late:
            due, request = late.popleft()
            line.ask(request, due)
        else:
            free.append(line)

    every = await _connect(port, lines, done)
    free.extend(every)
    began = time.perf_counter()
    due = began
    while due < began + seconds:
        now = time.perf_counter()
        while due <= now:
            request = asked[count % len(asked)]
            count += 1
            if free:
                free.popleft().ask(request, due)
            else:
                late.append((due, request))
            due += luck.expovariate(rate)
        await asyncio.sleep(max(TICK, due - time.perf_counter()))
    until = time.perf_counter() + 10
    while len(told.waits) < count and time.perf_counter() < until:
        await asyncio.sleep(0.01)
    told.seconds = time.perf_counter() - began
    told.statuses[0] += count - len(told.waits)
    told.statuses += Counter()
    _close(every)
    return told


async def closed_load(port: int, asked: Sequence[bytes], *, users: int, seconds: float) -> Told:
    """``users`` who each ask again as soon as they are answered."""
    told, next_one, over = Told(0), 0, False

    def done(line: _Line, status: int, size: int) -> None:
        nonlocal next_one
        _note(told, line, status, size)
        if not over and status:
            next_one += 1
            line.ask(asked[next_one % len(asked)], time.perf_counter())

    every = await _connect(port, users, done)
    began = time.perf_counter()
    for n, line in enumerate(every):
        line.ask(asked[(n * 7919) % len(asked)], time.perf_counter())
    await asyncio.sleep(seconds)
    over = True
    told.seconds = time.perf_counter() - began
    _close(every)
    return told


async def _connect(port: int, lines: int, done: Callable[[_Line, int, int], None]) -> list[_Line]:
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Line(done), "127.0.0.1", port) for _ in range(lines)
    ]
    return [line for _, line in made]


def _note(told: Told, line: _Line, status: int, size: int) -> None:
    told.waits.append(time.perf_counter() - line.due)
    told.statuses[status] += 1
    told.bytes += size


def _close(lines: Sequence[_Line]) -> None:
    for line in lines:
        line.transport.close()
