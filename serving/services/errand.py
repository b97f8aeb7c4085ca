"""A run as it travels to another machine: everything but functions, trees and pupils.

Facts, model and lists lie in a home folder that both machines see under one path; definitions come with the
program. The digest of the order says whether the other machine makes the same order out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path

from features.catalogue import Catalogue, load
from features.facts import Facts
from features.refusal import Refusal
from serving.ports import Publication, Runs
from serving.scoring.model import RULE_VERSION, Model, attendance_rule
from serving.scoring.rules import of_plain, plain
from serving.services.making import Run
from serving.services.order import Order
from serving.settings import Capacity
from training.bundle import Bundle
from training.bundle.manifest import SHADOW, Cuts
from training.bundle.registry import champion, registered


@dataclass(frozen=True)
class Named:
    """A model by name: where it is found again, and what it must be."""

    name: str
    version: str
    found: str
    digest: str
    cuts: Cuts | None


@dataclass(frozen=True)
class Errand:
    """What a worker is told; ``run`` makes a run of it there. ``key`` is the home's, behind pupil ids."""

    home: Path
    facts: Facts
    as_of: date
    model: Named
    settings: Mapping[str, object]
    duties: Mapping[str, object]
    key: str
    workers: int
    most: int
    digest: str
    before: tuple[Publication, ...]
    kept: Runs
    into: Runs

    @classmethod
    def of(cls, run: Run, home: Path) -> Errand:
        """A run, packed. ``home`` is absolute, the same on every machine."""
        order, model = run.order, run.order.model
        named = Named(model.name, model.version, model.found, model.bundle.digest, model.cuts)
        return cls(
            home=home,
            facts=order.facts,
            as_of=order.as_of,
            model=named,
            settings=dict(order.settings),
            duties=plain(order.duties),
            key=order.pupil_key,
            workers=order.workers,
            most=order.most,
            digest=order.digest,
            before=tuple(run.before),
            kept=run.kept,
            into=run.into,
        )

    def with_cuts(self, cuts: Cuts | None) -> Errand:
        """With the cuts of a rule settled for the whole county."""
        return replace(self, model=replace(self.model, cuts=cuts))

    def run(self) -> Run:
        """The run, made again; Refusal where this machine has other data or another program."""
        if not self.facts.folder.is_dir():
            raise Refusal(
                "计算时看不到 BAOXUE_HOME 中的事实库。请确认该目录仍在；用集群时，请在每台执行节点的同一路径"
                "挂载同一个共享目录。",
                "Whoever draws does not see the store of facts in BAOXUE_HOME. Make sure that the folder is "
                "still there; on a cluster, mount the same shared folder at the same path on every executor.",
            )
        catalogue = load(self.facts.batch.attributes)
        order = Order(
            facts=self.facts,
            as_of=self.as_of,
            model=_model(self.home, self.model, catalogue),
            catalogue=catalogue,
            duties=of_plain(self.duties),
            capacity=Capacity.model_validate(self.settings["capacity"]).of,
            settings=self.settings,
            pupil_key=self.key,
            workers=self.workers,
            most=self.most,
        )
        if order.digest != self.digest:
            raise _another_program()
        return Run(order, self.before, self.kept, self.into)


def _model(home: Path, named: Named, catalogue: Catalogue) -> Model:
    if named.version == RULE_VERSION:
        bundle = attendance_rule(named.name, catalogue, trained=named.found == "refused")
    else:
        bundle = _bundle(home, named)
    return Model(named.name, named.version, bundle, named.found, named.cuts)


@cache
def _bundle(home: Path, named: Named) -> Bundle:
    """The bundle of that digest; kept, since a worker draws many portions."""
    name = named.name.removesuffix(SHADOW)
    for opened in (partial(registered, home, name, named.version), partial(champion, home, name)):
        try:
            bundle = opened()
        except Refusal:
            continue
        if bundle.digest == named.digest:
            return bundle
    raise Refusal(
        "BAOXUE_HOME 中找不到本次运行所用的模型。请不要在运行期间更换模型；用集群时，请确认各机器看到的是"
        "同一个共享目录。然后重新运行。",
        "The run's model is not found in BAOXUE_HOME. Let no model be replaced meanwhile; on a cluster, make "
        "sure that all machines see the same shared folder. Then run again.",
    )


def _another_program() -> Refusal:
    return Refusal(
        "负责计算的程序或设置与发起运行的不同，未计算。请不要在运行期间更新程序；用集群时，请在每台机器安装"
        "同一版本的保学（同一个 requirements 锁文件）。然后重新运行。",
        "The program that draws is another than the one that started the run: nothing was computed. Do not "
        "update the program meanwhile; on a cluster, install the same version of Baoxue on every machine "
        "(the same lock file). Then run again.",
    )
