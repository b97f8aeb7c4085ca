"""Settings common to the three packages: where things are kept and in which language to speak."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from features.refusal import Refusal
from features.wording import ended, mistakes, read_toml, unknown

FILE = Path("baoxue.toml")
#: Names in the same file that ``serving`` reads.
OF_SERVING = ("database_url", "capacity", "pupil_key", "alerts")


class Spark(BaseModel):
    """``[spark]``: which cluster does the work where the engine is ``spark``.

    ``master``: ``local[2]`` (two tasks on this machine), ``spark://HOST:7077``, ``yarn``, ``k8s://...``;
    empty: what Spark's own configuration says. ``options``: Spark's own settings by name.
    """

    model_config = ConfigDict(extra="forbid")

    master: str = "local[2]"
    options: dict[str, str] = Field(default_factory=dict)


class Settings(BaseSettings):
    """Read from ``BAOXUE_*`` in the environment, then from ``baoxue.toml`` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="BAOXUE_", extra="ignore", env_nested_delimiter="__"
    )

    home: Path = Path("var")
    lang: Literal["zh", "en"] = "zh"
    engine: Literal["duckdb", "polars", "spark"] = "polars"
    spark: Spark = Field(default_factory=Spark)

    def __init__(self, **given: Any) -> None:
        """Read them; raises ``Refusal`` that names what is not written as it must be."""
        try:
            super().__init__(**given)
        except ValidationError as error:
            zh, en = mistakes(error.errors())
            raise Refusal(
                f"设置有误：{zh}请改正环境变量（BAOXUE_ 加大写的名称）或 {FILE}。",
                f"A setting is wrong: {en} Mend the environment (BAOXUE_ and its name in capitals) or {FILE}.",
            ) from None
        except SettingsError as error:
            found = re.search(r'field "(\w+)"', str(error))
            name = found[1].upper() if found else ""
            raise Refusal(
                f"环境变量 BAOXUE_{name} 写法不对：它是一节设置，不是一个值。请改在 {FILE} 中写，"
                f"或写成 BAOXUE_{name}__项目名。",
                f"BAOXUE_{name} is a section, not one value. Write it in {FILE}, or as BAOXUE_{name}__ENTRY.",
            ) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment prevails over the file; a name in it that nobody reads is refused."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=_file())


def _file() -> dict[str, Any]:
    """What the file says; refuses one that is no TOML, and a name at its top that neither package reads."""
    if not FILE.exists():
        return {}
    known = {*Settings.model_fields, *OF_SERVING}
    said = read_toml(FILE)
    for name in said:
        if name not in known:
            zh, en = unknown(name, known)
            raise Refusal(
                f"{FILE} 中的 {name}：{ended(zh, '。')}", f"{FILE}: {name} {ended(en, '.')}"
            )
    return said
