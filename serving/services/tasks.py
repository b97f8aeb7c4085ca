"""What a task of a cluster, or a process of this machine, does for a run, and the one row it answers with:
counts, seconds, no pupil."""

from __future__ import annotations

import json
import platform
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.refusal import Refusal
from serving.services import portions
from serving.services.errand import Errand
from serving.services.making import Drawing, Run, Stages, margins_of, portioned
from serving.services.memory import highest

Array = NDArray[np.float64]


#: So long another machine's files may stay unseen.
UNSEEN_SECONDS = 60.0
#: So many portions are named in a refusal.
NAMED = 8


@dataclass(frozen=True)
class Told:
    """One task's answer. ``seconds``: by stage, as JSON; ``held``: the most memory of its process, in GB;
    ``zh``, ``en``: what went wrong, empty where nothing did."""

    number: int
    count: int = 0
    seconds: str = "{}"
    held: float = 0.0
    host: str = ""
    zh: str = ""
    en: str = ""


#: ``Told`` as Spark spells it.
SCHEMA = "number int, count int, seconds string, held double, host string, zh string, en string"
#: A step of a run: the run, the number of the portion, the clock; how many of what it made.
Step = Callable[[Run, int, Stages], int]


def tell(errand: Errand, step: Step, number: int, *, last: bool) -> Told:
    """Do one step of the errand. ``last``: nobody will try again, so what fails is told, not raised.

    What a person can mend is told at once; anything else is raised for the cluster to try elsewhere, named by
    kind and place only, since an error's own words may hold rows.
    """
    clock, count, wrong = Stages(), 0, ("", "")
    try:
        count = step(errand.run(), number, clock)
    except Refusal as refusal:
        wrong = (refusal.zh, refusal.en)
    except Exception as error:
        place = _place(error)
        if not last:
            raise RuntimeError(f"portion {numbered([number])}: {place}") from None
        wrong = (f"程序出错：{place}。", f"the program failed: {place}.")
    seconds = json.dumps(clock.told)
    return Told(number, count, seconds, highest() / 1e9, platform.node(), *wrong)


def counted(told: Told, clock: Stages) -> Told:
    """The answer, its seconds counted towards the run's stages."""
    for stage, seconds in json.loads(told.seconds).items():
        clock.add(stage, seconds)
    return told


def numbered(numbers: Sequence[int]) -> str:
    """The first few portions, counted from 1 as people do."""
    return ", ".join(str(n + 1) for n in numbers[:NAMED]) + (" ..." if len(numbers) > NAMED else "")


def failed(
    wrong: Sequence[Told], count: int, look: tuple[str, str], *, at: bool = False
) -> Refusal:
    """One sentence for all portions that failed, of ``count`` asked for, the first with its ground. ``look``:
    what to look at, in Chinese and English; ``at``: on which machine is said too."""
    numbers, first = numbered([one.number for one in wrong]), wrong[0]
    zh, en = (f"，{first.host}", f" (on {first.host})") if at else ("", "")
    return Refusal(
        f"第 {numbers} 批没有算成（本次{count}批{zh}）：{first.zh}名单没有发布，已算完的批次保留。"
        f"请检查{look[0]}，再运行同一条命令，只补算这些批次。",
        f"Portion {numbers} (of {count} asked for) could not be drawn{en}: {first.en} Nothing was published; "
        f"portions that are done stay. Check {look[1]} and run the same command again: only these are drawn.",
    )


def as_row(told: Told) -> dict[str, object]:
    """An answer as a row of ``SCHEMA``."""
    return asdict(told)


def plan(run: Run, _: int, clock: Stages) -> int:
    """Lay the run's portions where all workers see them; how many there are."""
    with clock.stage("shares"):
        room = run.into.room(run.order.folder)
        laid = portions.laid(room) or portions.lay(room, portioned(run.order))
    return laid.count


def weigh(run: Run, number: int, clock: Stages) -> int:
    """Write the margins of a portion, without ids, for the cuts of the whole; how many (0: they lie there)."""
    room = run.into.room(run.order.folder)
    if margins_path(room, number).is_file():
        return 0
    with clock.stage("shares"):
        found = np.sort(margins_of(run.order, _laid(room).share(number)))
        with tempfile.NamedTemporaryFile(dir=room, suffix=".npy", delete=False) as aside:
            np.save(aside, found)
        Path(aside.name).replace(margins_path(room, number))
    return len(found)


def draw(run: Run, number: int, clock: Stages) -> int:
    """Write a portion's tables; how many pupils. One that stands already is left as it is."""
    folder = run.order.folder
    if run.into.exists(folder) or number in run.into.begun(folder):
        return 0
    laid = _laid(run.into.room(folder))
    drawing = Drawing(run.order, run.kept, run.before, laid.everyone)
    made = drawing.tables(laid.share(number), clock)
    with clock.stage("written"):
        run.into.add(folder, number, made)
    return made["roster"].height


def margins_path(room: Path, number: int) -> Path:
    """Where the margins of a portion lie."""
    return room / f"margins-{number:04d}.npy"


def read_margins(room: Path, count: int) -> Array:
    """The margins of all portions; Refusal where this machine does not see them."""
    paths = [margins_path(room, n) for n in range(count)]
    if not in_time(lambda: all(path.is_file() for path in paths)):
        raise _unseen()
    return np.concatenate([np.load(path) for path in paths])


def in_time(there: Callable[[], bool]) -> bool:
    """Whether another machine's files come to be seen: shared folders remember what was not there."""
    until = time.monotonic() + UNSEEN_SECONDS
    while not (seen := there()) and time.monotonic() < until:
        time.sleep(1)
    return seen


def _laid(room: Path) -> portions.Portions:
    if not in_time(lambda: portions.laid(room) is not None):
        raise _unseen()
    found = portions.laid(room)
    assert found is not None
    return found


def _unseen() -> Refusal:
    return Refusal(
        "BAOXUE_HOME 中看不到本次运行的分批文件。请确认该目录仍在，参与计算的机器看到的是同一个目录，"
        "然后重新运行。",
        "The run's portions are not to be seen in BAOXUE_HOME. Make sure that the folder is still there and "
        "that every machine that draws sees the same one, then run again.",
    )


def _place(error: Exception) -> str:
    """The error's kind and the line of it: never its text."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} ({Path(last.filename).name}:{last.lineno})"
