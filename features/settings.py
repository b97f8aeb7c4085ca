"""Settings common to the three packages: where things are kept and in which language to speak."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Spark(BaseModel):
    """``[spark]``: which cluster does the work where the engine is ``spark``.

    ``master``: ``local[2]`` (two tasks on this machine), ``spark://HOST:7077``, ``yarn``, ``k8s://...``;
    empty: what Spark's own configuration says. ``options``: Spark's own settings by name.
    """

    master: str = "local[2]"
    options: dict[str, str] = Field(default_factory=dict)


class Settings(BaseSettings):
    """Read from ``BAOXUE_*`` in the environment, then from ``baoxue.toml`` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="BAOXUE_", toml_file="baoxue.toml", extra="ignore", env_nested_delimiter="__"
    )

    home: Path = Path("var")
    lang: Literal["zh", "en"] = "zh"
    engine: Literal["duckdb", "polars", "spark"] = "polars"
    spark: Spark = Field(default_factory=Spark)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment prevails over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
