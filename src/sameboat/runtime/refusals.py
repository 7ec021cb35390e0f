"""What the program answers when a request cannot be done: a class with a code, in zh and en.

A `Refusal` is the world's doing and is expected; a mistake of ours is a crash. Each subclass is
defined beside the function that raises it. The HTTP status is not here: `api/errors.py` maps it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal

Language = Literal["zh", "en"]
Datum = str | int | bool | date | datetime | tuple[str, ...]


class Refusal(Exception):
    """Something asked for cannot be done; nothing was changed.

    Subclasses set `code` (stable, for programs) and the sentence in both languages; `{name}` in a
    sentence is filled in from the data given to the constructor.
    """

    code: ClassVar[str]
    en: ClassVar[str]
    zh: ClassVar[str]

    def __init__(self, **data: Datum) -> None:
        self.data = data
        super().__init__(f"{self.code}: {self.explain('en')}")

    def explain(self, language: Language) -> str:
        """Say what is wrong and how to mend it, in the language of the reader."""
        sentence = self.zh if language == "zh" else self.en
        return sentence.format_map(self.data)
