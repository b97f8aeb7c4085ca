"""The weekly run: digest, lease, frames, lists, a folder that stands, one transaction that publishes.

Killed anywhere, the published list stands: tables are written aside and renamed, the extract is
registered, and only the last step, one transaction, makes them the week's list. A rerun takes up what
stands complete; no list ever stands on an extract that the next one would not be laid upon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from features.facts import check_fresh
from features.refusal import Refusal
from features.situation import check_enrolled
from serving.ports import Clock, Publication, Unreachable
from serving.services.desk import Desk
from serving.services.making import Crew, Say, make
from serving.services.manifest import read_manifest
from serving.services.order import Order

#: A run that has not come back after so long is taken to be dead on another machine.
LEASE_SECONDS = 3600


@dataclass(frozen=True)
class Done:
    """The publication, and whether this call made it (False: it stood already)."""

    publication: Publication
    fresh: bool


def publish_week(
    order: Order, desk: Desk, *, clock: Clock, say: Say, crew: Crew | None = None
) -> Done:
    """Run and publish one week of one area.

    The same digest is a no-op. Another digest in a published week raises ``Refusal`` unless
    ``order.revise`` gives a reason, and the old list stands until the new one takes its place.
    ``say(stage, seconds)`` is called after each stage. ``crew`` draws; None: threads of this process.
    """
    area, name = order.facts.batch.area, order.model.name
    standing = desk.lists.current(area, order.week, name)
    if standing is not None and standing.run_digest == order.digest:
        desk.register(order.facts)
        return Done(standing, fresh=False)
    if standing is not None and not order.revise:
        raise _published(order.week)
    check_fresh(order.facts.batch, order.as_of)
    check_enrolled(order.facts, order.as_of)
    with _lease(order, desk, clock) as renew:

        def told(stage: str, seconds: float) -> None:
            renew()
            say(stage, seconds)

        drafted = _take_up(order, desk) or make(order, desk, told, into=desk.runs, crew=crew)
        publication = _signed(drafted, order, clock, revises=standing is not None)
        desk.register(order.facts)
        desk.lists.publish(publication, revise=standing is not None, holder=order.holder)
    return Done(publication, fresh=True)


def _signed(drafted: Publication, order: Order, clock: Clock, *, revises: bool) -> Publication:
    said = vars(drafted) | {
        "published_at": clock(),
        "published_by": order.by,
        "reason": order.revise if revises else "",
    }
    return Publication(**said)


def _published(week: str) -> Refusal:
    return Refusal(
        f"{week} 周的名单已经发布，而本次的数据、模型、设置或程序与当时不同。原名单保持不变。"
        "确需更正请加 --revise 并写明理由，例如 --revise 补录考勤。",
        f"The list of {week} is published, from other data, another model, settings or program. It "
        'stands. To correct it, give a reason: --revise "late attendance entered".',
    )


@contextmanager
def _lease(order: Order, desk: Desk, clock: Clock) -> Iterator[Callable[[], None]]:
    """Hold the lease; what is given renews it, since a province takes longer than one lease lasts."""
    key = f"weekly/{order.facts.batch.area}/{order.week}/{order.model.name}"
    if not desk.lists.take_lease(key, order.holder, now=clock(), seconds=LEASE_SECONDS):
        raise Refusal(
            f"另一个进程正在生成 {order.week} 周的名单。请等它结束后用 baoxue status 查看。",
            f"Another process is making the list of {order.week}. Wait for it, then see "
            "`baoxue status`.",
        )

    def renew() -> None:
        # a database away for a moment ends no run: publishing looks whose the lease is
        with suppress(Unreachable):
            desk.lists.take_lease(key, order.holder, now=clock(), seconds=LEASE_SECONDS)

    try:
        yield renew
    finally:
        desk.lists.drop_lease(key, order.holder)


def _take_up(order: Order, desk: Desk) -> Publication | None:
    """What a killed run had already written completely."""
    if not desk.runs.exists(order.folder):
        return None
    return read_manifest(desk.runs.text(order.folder, "manifest.json"))
