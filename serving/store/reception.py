"""Many requests, one transaction: who asks, which lists stand, what is logged; then the answers.

A commit that is forced to the disk costs milliseconds whatever it holds. While one is under way,
requests gather; the next transaction takes them all, in the order they came. Half of its processor time
does not depend on how many it holds either, so in a crowd transactions begin some time apart. No answer leaves
before the commit that holds its entry, and the chain of hashes is the same as one by one.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from features.refusal import Refusal
from serving.accounts import AuditUnwritable, Clock, Entry, Look, T
from serving.store.audit import INSERT, chained
from serving.store.database import Database
from serving.store.lists import SqlLists
from serving.store.standing import how_things_stand
from serving.store.written import Written

log = logging.getLogger("baoxue.audit")
#: At most so many requests share a transaction, so that the first need not wait for a crowd.
MOST = 256
#: Where several asked together, seconds from one transaction's beginning to the next (decision 80).
APART = 0.003
#: After so many seconds without a request there is time to tidy up.
QUIET = 1.0
_INSERT = Written(INSERT)


@dataclass
class _Asked:
    """One request on its way; ``said`` or ``refused`` is set before the loop is told."""

    token: str
    look: Look[Any]
    demo: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    said: Any = None
    refused: BaseException | None = None

    def tell(self) -> None:
        """Give the answer to whoever still waits for it."""
        if self.future.done():
            return
        if self.refused is not None:
            self.future.set_exception(self.refused)
        else:
            self.future.set_result(self.said)


class BatchReception:
    """Fulfils ``serving.accounts.Reception`` with one thread of its own, begun at the first request."""

    def __init__(self, database: Database, clock: Clock, lists: SqlLists) -> None:
        """``clock`` gives aware UTC moments."""
        self._database = database
        self._clock = clock
        self._lists = lists
        self._asked: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
        self._begun = threading.Lock()
        self._thread: threading.Thread | None = None

    async def ask(self, token: str, look: Look[T], *, demo: bool) -> T:
        """See ``serving.accounts.Reception``."""
        if self._thread is None:
            self._begin()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._asked.put(_Asked(token, look, demo, loop, future))
        return await future

    def _begin(self) -> None:
        with self._begun:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="reception", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        tidy, ready = True, 0.0
        while True:
            try:
                first = self._asked.get(timeout=None if tidy else QUIET)
            except queue.Empty:
                self._tidy()
                tidy = True
                continue
            rest = ready - time.monotonic()
            if rest > 0:
                time.sleep(rest)
            begun, batch, tidy = time.monotonic(), [first], False
            while len(batch) < MOST and not self._asked.empty():
                batch.append(self._asked.get())
            self._serve(batch)
            _tell(batch)
            # after one who asked alone nobody waits
            ready = begun + APART if len(batch) > 1 else 0.0

    def _tidy(self) -> None:
        try:
            self._database.tidy()
        except (SQLAlchemyError, sqlite3.Error, Refusal) as error:
            log.info("not tidied: %s", type(error).__name__)

    def _serve(self, batch: Sequence[_Asked]) -> None:
        """One transaction for all; where it fails nobody is shown anything."""
        try:
            with self._database.direct() as direct:
                tokens = {one.token for one in batch}
                standing = how_things_stand(direct, tokens, self._clock())
                mark = self._lists.mark_at(standing.lists)
                entries: list[Entry] = []
                for one in batch:
                    entries += _looked(one, standing.actors.get((one.token, one.demo)), mark)
                _INSERT.each(direct, chained(entries, self._clock, standing.newest))
        except (SQLAlchemyError, Refusal) as error:
            log.error("audit not written: %s", type(error).__name__)
            for one in batch:
                one.refused = AuditUnwritable()
        except BaseException as error:
            for one in batch:
                one.refused = error


def _looked(one: _Asked, actor: Any, mark: str) -> Sequence[Entry]:
    """Call the look; what it raises concerns that one request alone."""
    try:
        entries, one.said = one.look(actor, mark)
    except Exception as error:
        one.refused = error
        return ()
    return entries


def _tell(batch: Sequence[_Asked]) -> None:
    """One call into each loop for all of its requests."""
    loops: dict[asyncio.AbstractEventLoop, list[_Asked]] = {}
    for one in batch:
        loops.setdefault(one.loop, []).append(one)
    for loop, own in loops.items():
        try:
            loop.call_soon_threadsafe(_tell_all, own)
        except RuntimeError:  # the loop was closed meanwhile: nobody waits
            log.info("a request went away")


def _tell_all(batch: Sequence[_Asked]) -> None:
    for one in batch:
        one.tell()
