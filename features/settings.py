"""Settings common to the three packages: where things are kept and in which language to speak."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """Read from ``BAOXUE_*`` in the environment, then from ``baoxue.toml`` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="BAOXUE_", toml_file="baoxue.toml", extra="ignore", env_nested_delimiter="__"
    )

    home: Path = Path("var")
    lang: Literal["zh", "en"] = "zh"
    engine: Literal["duckdb", "polars", "spark"] = "polars"

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
