"""What a task does, without a cluster: tried twice, tried late, told of another program, torn on the way."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from features.refusal import Refusal
from serving.services import portions, tasks
from serving.services.errand import Errand
from serving.services.making import Run, Stages, portioned, settled
from serving.services.tasks import draw, plan, read_margins, tell, weigh
from tests.serving.scoring.test_draw import model
from tests.serving.scoring.test_model import put
from tests.serving.services.counties import county, desk, facts, order


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of four portions, with a rule; nothing drawn."""
    home = tmp_path_factory.mktemp("home")
    made = order(facts(county(home / "county"), home), home, most=90)
    runs = desk(home).runs
    return Run(made, (), runs, runs)


@pytest.fixture
def errand(own: Run, tmp_path: Path) -> Errand:
    """The run as it travels, its parts to go to a folder of their own."""
    into = desk(tmp_path).runs
    return Errand.of(replace(own, into=into), own.order.facts.folder.parents[1])


def test_what_travels_comes_back_as_the_same_order(errand: Errand, own: Run) -> None:
    """Pickled and made again the order has the same digest, and nobody's id is in what travels."""
    sent = pickle.dumps(errand)
    again = pickle.loads(sent).run()
    assert again.order.digest == own.order.digest
    everyone = portions_of(own)
    assert everyone
    assert not [pupil for pupil in everyone if pupil.encode() in sent]


def portions_of(own: Run) -> list[str]:
    """Everybody's id."""
    return [pupil for share in portioned(own.order) if share for pupil in share.students]


def test_a_trained_model_is_found_again_by_its_digest(
    errand: Errand, own: Run, tmp_path: Path
) -> None:
    """From the registered version or the champion; another one of the same name is refused."""
    trained = replace(own.order, model=model())
    packed = replace(Errand.of(replace(own, order=trained), tmp_path))
    with pytest.raises(Refusal, match="模型"):
        packed.run()
    put(tmp_path, model(2), "champion", "dropout-risk")
    with pytest.raises(Refusal, match="模型"):
        packed.run()
    put(tmp_path, model(), "bundles", "dropout-risk", "1")
    assert packed.run().order.model.bundle.digest == trained.model.bundle.digest


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda e: replace(e, digest="other"), "同一版本"),
        (lambda e: replace(e, key="other"), "同一版本"),
        (lambda e: replace(e, facts=replace(e.facts, folder=Path("/nowhere"))), "共享目录"),
    ],
)
def test_another_program_or_folder_is_told(
    errand: Errand, spoil: Callable[[Errand], Errand], word: str
) -> None:
    """A task that would draw something else says so, with the remedy, and raises nothing."""
    told = tell(spoil(errand), plan, 0, last=False)
    assert word in told.zh
    assert told.en


def test_the_same_portion_drawn_twice_at_once_is_one_part(errand: Errand) -> None:
    """Attempts side by side leave one part, and a late one changes no byte of it."""
    count = tell(errand, plan, 0, last=True).count
    assert count == 4
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda _: tell(errand, draw, 1, last=True), range(2)))
    run = errand.run()
    assert [one.zh for one in told] == ["", ""]
    assert run.into.begun(run.order.folder) == {1}
    before = parts(run)
    assert tell(errand, draw, 1, last=True).count == 0
    assert parts(run) == before


def parts(run: Run) -> dict[str, str]:
    """Every file in the making, by its path: what it holds."""
    making = run.into.room(run.order.folder).parent
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in making.rglob("*.parquet")}


def test_a_late_attempt_leaves_nothing_behind(errand: Errand) -> None:
    """After the run stands complete a straggler writes nothing and begins no folder."""
    run = errand.run()
    for step, number in ((plan, 0), *((draw, n) for n in range(4))):
        assert tell(errand, step, number, last=True).zh == ""
    run.into.finish(run.order.folder, {"manifest.json": "{}"})
    assert tell(errand, draw, 3, last=True).count == 0
    making = run.into.root  # type: ignore[attr-defined]
    assert not list(making.rglob(".writing-*"))


def test_portions_are_laid_once_and_read_back(errand: Errand, own: Run) -> None:
    """What is read is what was shared out, and laying again changes nothing."""
    room = errand.into.room(own.order.folder)
    found = portioned(own.order)
    laid = portions.lay(room, found)
    assert portions.lay(room, found[:2]) == laid == portions.laid(room)
    for number, share in enumerate(found):
        again = laid.share(number)
        assert share is not None
        assert again is not None
        for name in ("schools", "students", "beside"):
            assert getattr(again, name).to_list() == getattr(share, name).to_list()
    assert laid.everyone is not None
    assert sorted(laid.everyone.collect()["student_id"]) == sorted(portions_of(own))


def test_without_portions_a_task_asks_for_the_shared_folder(
    errand: Errand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that does not see what the plan laid waits, then says which folder it lacks."""
    monkeypatch.setattr(tasks, "UNSEEN_SECONDS", 1.0)
    assert "BAOXUE_HOME" in tell(errand, draw, 0, last=False).zh
    with pytest.raises(Refusal, match="BAOXUE_HOME"):
        read_margins(errand.into.room(errand.run().order.folder), 1)


def test_an_error_that_no_person_mends_is_raised_until_the_last_try(errand: Errand) -> None:
    """For the cluster to try elsewhere; told at last by kind and place, never in its own words."""

    def breaks(run: Run, number: int, clock: Stages) -> int:
        raise ValueError("张三 990121199901011234")

    with pytest.raises(RuntimeError, match="portion 4") as raised:
        tell(errand, breaks, 3, last=False)
    told = tell(errand, breaks, 3, last=True)
    for said in (str(raised.value), told.zh, told.en):
        assert "ValueError (test_tasks.py:" in said
        assert "张三" not in said
    assert raised.value.__suppress_context__


def test_margins_of_the_portions_are_those_of_the_county(errand: Errand, own: Run) -> None:
    """Cuts settled from what tasks weigh are the cuts of everybody at once."""
    count = tell(errand, plan, 0, last=True).count
    for number in range(count):
        assert tell(errand, weigh, number, last=True).zh == ""
    assert tell(errand, weigh, 0, last=True).count == 0
    found = read_margins(errand.into.room(own.order.folder), count)
    whole = settled(own.order, portioned(own.order))
    assert own.order.model.settled(found).cuts == whole.model.cuts
