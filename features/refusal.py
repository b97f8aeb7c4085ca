"""A refusal: one sentence for people, in both languages, that says what is wrong and what to do."""

from __future__ import annotations


class Refusal(Exception):
    """Raised where the program will not go on and a person can mend it.

    The command line prints the sentence and exits 1; the API answers with an RFC 9457 problem.
    The sentences never hold a pupil's name or id: they may end up in a log.
    """

    def __init__(self, zh: str, en: str) -> None:
        """Keep both sentences; ``zh`` is the default."""
        super().__init__(zh)
        self.zh = zh
        self.en = en

    def __reduce__(self) -> tuple[object, tuple[object, ...], dict[str, object]]:
        """As it travels from a process that works for this one: its kind, both sentences, what else it says."""
        return _arrived, (type(self), self.zh, self.en), self.__dict__

    def say(self, lang: str = "zh") -> str:
        """The sentence in ``lang`` ('zh' or 'en')."""
        return self.en if lang == "en" else self.zh


def _arrived(kind: type[Refusal], zh: str, en: str) -> Refusal:
    told = kind.__new__(kind, zh)
    Refusal.__init__(told, zh, en)
    return told
