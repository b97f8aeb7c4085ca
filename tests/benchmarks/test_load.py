"""The load generator: everything due is asked and timed from when it was due; waiting costs no processor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import closing, suppress
from types import SimpleNamespace

import pytest

from benchmarks import load
from benchmarks.load import Told, closed_load, open_load, requests

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
ASKED = requests(["/a", "/b"], ["token"])


class Server:
    """Answers on a free port; the answer to number ``hangs`` takes half a second and holds all others up."""

    def __init__(self, hangs: int = -1) -> None:
        self.asked: list[bytes] = []
        self.ends: set[asyncio.Task[None] | None] = set()
        self._hangs = hangs
        self._one = asyncio.Lock()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Every request of one connection."""
        self.ends.add(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            while head := await reader.readuntil(b"\r\n\r\n"):
                async with self._one:
                    self.asked.append(head)
                    if len(self.asked) == self._hangs:
                        await asyncio.sleep(0.5)
                writer.write(ANSWER)


def told(run: Callable[[int], Coroutine[None, None, Told]], hangs: int = -1) -> tuple[Told, Server]:
    """What the load on a server of our own gave."""

    async def both() -> tuple[Told, Server]:
        own = Server(hangs)
        server = await asyncio.start_server(own.answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        given = await run(port)
        server.close()
        await asyncio.wait({end for end in own.ends if end}, timeout=5)
        return given, own

    return asyncio.run(both())


def test_everything_due_is_asked_once_and_answered() -> None:
    """An open load of 400 a second for half a second: as many answers as requests, gone through in turn."""
    given, server = told(lambda port: open_load(port, ASKED, rate=400, seconds=0.5, lines=4))
    assert given.statuses == {200: len(server.asked)}
    assert 120 < len(given.waits) < 280
    assert sorted(server.asked) == sorted((ASKED * 200)[: len(server.asked)])
    assert given.bytes == len(ANSWER) * len(given.waits)


def test_who_is_due_while_the_server_hangs_waits() -> None:
    """One answer of half a second: all who were due meanwhile waited, not only the one that was sent."""
    given, _ = told(lambda port: open_load(port, ASKED, rate=400, seconds=0.7, lines=2), hangs=20)
    assert sum(wait > 0.1 for wait in given.waits) > 80
    assert given.at(0.99) > 300


def test_waiting_is_sleeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two requests the generator sleeps at least a tick of the loop's clock."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(seconds)

    monkeypatch.setattr(load, "asyncio", SimpleNamespace(**{**vars(asyncio), "sleep": sleep}))
    told(lambda port: open_load(port, ASKED, rate=5000, seconds=0.2))
    assert min(slept) >= 0.001


def test_users_ask_again_as_soon_as_answered() -> None:
    """A closed load of three users: each request answered, none beside the three under way at the end."""
    given, server = told(lambda port: closed_load(port, ASKED, users=3, seconds=0.3))
    assert set(given.statuses) == {200}
    assert 0 <= len(server.asked) - len(given.waits) <= 3
    assert len(given.waits) > 3
