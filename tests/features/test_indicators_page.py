"""The handbook's page of indicators says what the catalogue says."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from baoxue import mounted
from features.catalogue import load

RUN = CliRunner()
APP = mounted()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_holds_every_indicator_with_its_sentence_and_examples(lang: str) -> None:
    """Each indicator has its heading, its sentence in the language asked for, and its results."""
    page = RUN.invoke(APP, ["indicators", "--format", "md", "--lang", lang]).stdout
    for indicator in load():
        assert f"### `{indicator.name}` " in page
        assert (indicator.zh if lang == "zh" else indicator.en) in page
    assert page.count("2026-11-06") >= len(load())


def test_the_list_is_one_line_an_indicator() -> None:
    """Without a format there is one line an indicator, by name."""
    lines = RUN.invoke(APP, ["indicators", "--lang", "en"]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(load().names)
