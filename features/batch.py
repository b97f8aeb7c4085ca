"""``batch.toml``: what an extract says about itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from features.refusal import Refusal
from features.tables import RESTRICTED_COLUMNS, TABLES
from features.tables.codes import STATUS_KIND
from features.wording import Unfit, mistakes, read_toml

FILE = "batch.toml"
TENTH_DAY = "tenth_unexplained_day"
OUTCOMES = (*STATUS_KIND, TENTH_DAY)
#: Names that say the same as a restricted column; none may be declared as a model input.
_RESTRICTED_WORDS = (
    *RESTRICTED_COLUMNS, "gender", "hukou", "nation", "race", "性别", "民族", "户口", "户籍",
    "孤儿", "无人抚养",
)  # fmt: skip


class Attribute(BaseModel):
    """A column of ``attributes`` that a model may use: a number, its direction and its words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["number"] = "number"
    direction: Literal[-1, 0, 1] = 0
    #: Whether it is compared within the class too: what is much in one class may be little in another, and
    #: those with much may leave one class and those with little another (``departure_rate_alike``).
    in_class: bool = False
    zh: str
    en: str


class Batch(BaseModel):
    """What an extract says about itself; frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    area: str = Field(default="local", pattern=r"^[\w-]{1,64}$")
    received_on: date | None = None
    mode: Literal["full", "delta"] = "full"
    attendance_mode: Literal["full", "exceptions"] = "full"
    synthetic: bool = False
    id_scheme: Literal["national", "any"] = "national"
    population: Literal["compulsory", "any"] = "compulsory"
    outcome: tuple[str, ...] = Field(
        default=("dropped_out", "suspected_dropout", TENTH_DAY), min_length=1
    )
    alerts: bool = True
    lag_days: dict[str, int] = Field(default_factory=dict)
    attributes: dict[str, Attribute] = Field(default_factory=dict)
    #: What a synthetic county was made with, to compare estimates with; of real data nobody knows it.
    truth: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _truth_of_the_invented(self) -> Batch:
        if self.truth and not self.synthetic:
            raise Unfit("truth 只用于虚构数据", "truth belongs to synthetic data only")
        return self

    @field_validator("outcome")
    @classmethod
    def _known_outcomes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(value) - set(OUTCOMES))
        if unknown:
            raise Unfit(
                f"中没有 {'、'.join(unknown)} 这种结果（可写的有 {'、'.join(OUTCOMES)}）",
                f"has an unknown outcome {', '.join(unknown)} (known: {', '.join(OUTCOMES)})",
            )
        return value

    @field_validator("lag_days")
    @classmethod
    def _known_lags(cls, value: dict[str, int]) -> dict[str, int]:
        wrong = [name for name, days in value.items() if name not in TABLES or not 0 <= days <= 366]
        if wrong:
            raise Unfit(
                f"每行写成 表名 = 天数（0至366）：{'、'.join(wrong)}",
                f"wants TABLE = DAYS (0..366) on each line: {', '.join(wrong)}",
            )
        return value

    @field_validator("attributes")
    @classmethod
    def _lawful_attributes(cls, value: dict[str, Attribute]) -> dict[str, Attribute]:
        for name, one in value.items():
            said = f"{name} {one.zh} {one.en}".lower()
            if any(word in said for word in _RESTRICTED_WORDS):
                raise Unfit(
                    f"中的 {name} 属于受限信息，不得用于模型，请删去",
                    f"{name} is restricted and never a model input; delete it",
                )
        return value

    def lag(self, table: str) -> int:
        """Days after its own day on which a fact of ``table`` is known unless it says so itself."""
        return self.lag_days.get(table, 7 if table == "grades" else 0)

    @property
    def largest_lag(self) -> int:
        """The largest lag of any table, in days."""
        return max(self.lag(name) for name in TABLES)

    @classmethod
    def read(cls, folder: Path) -> Batch:
        """``batch.toml`` of ``folder``, or the defaults where there is none.

        Raises ``Refusal`` where the file is no TOML or says something unknown.
        """
        path = folder / FILE
        if not path.exists():
            return cls()
        try:
            return cls.model_validate(read_toml(path))
        except ValidationError as error:
            zh, en = mistakes(error.errors(), cls.model_fields)
            raise Refusal(f"{FILE} 有误：{zh}", f"{FILE} is wrong: {en}") from None

    def to_toml(self) -> str:
        """The text of a ``batch.toml`` that reads back as this batch."""
        plain = self.model_dump(mode="python", exclude={"lag_days", "attributes", "truth"})
        lines = [f"{key} = {_toml(value)}" for key, value in plain.items() if value is not None]
        if self.lag_days:
            lines += ["", "[lag_days]", *(f"{k} = {v}" for k, v in self.lag_days.items())]
        if self.truth:
            lines += ["", "[truth]", *(f"{k} = {v}" for k, v in self.truth.items())]
        for name, attribute in self.attributes.items():
            lines += ["", f"[attributes.{_toml(name)}]"]
            lines += [f"{k} = {_toml(v)}" for k, v in attribute.model_dump().items()]
        return "\n".join(lines) + "\n"

    def write(self, folder: Path) -> Path:
        """Write ``batch.toml`` into ``folder`` and return its path."""
        path = folder / FILE
        path.write_text(self.to_toml(), encoding="utf-8")
        return path


def check_received(batch: Batch, today: date) -> None:
    """Refuse an extract of a day that has not come: every true one after it would count as older."""
    received = batch.received_on
    if received is not None and received > today:
        raise Refusal(
            f"批次接收日期 {received} 晚于今天（{today}），未导入：否则以后收到的批次都会被当作更早的批次。"
            f"请改正 {FILE} 的 received_on；未写 received_on 的，请写上收到数据的日期。"
            "今天的日期不对时，请先校正本机日期。",
            f"received_on ({received}) lies after today ({today}), so the extract was not imported: every "
            f"later one would count as older. Mend received_on in {FILE}; where there is none, write the "
            "day on which the data came. If today is another day, set this machine's clock first.",
        )


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    quoted = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'
