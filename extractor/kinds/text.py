"""Free text: what was said of something that has no options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field as Setting

from extractor.form import Field, Form
from extractor.kinds.base import Answer, Finding, Kind, Reading, carried, joined, mean_confidence
from extractor.record import FieldResult
from extractor.transcript import Transcript


class TextAnswer(Answer):
    """What was said, in a few words."""

    text: str = Setting(max_length=300, description="what was said of it, in at most twenty words")


class TextKind(Kind):
    """A short text. Findings from several places stand one after another."""

    name: ClassVar[str] = "text"
    joins: ClassVar[bool] = True

    def check(self, field: Field) -> Iterator[str]:
        """Yield what is wrong with the field."""
        if field.options:
            yield "a text field has no options; its `points` are given where it is stated"

    def answer_model(self, field: Field, form: Form) -> type[Answer]:
        """The text alone."""
        return TextAnswer

    def read(
        self, field: Field, form: Form, findings: Sequence[Finding], transcript: Transcript
    ) -> Reading | None:
        """Join the texts, each at most once."""
        texts = dict.fromkeys(
            carried(f.answer.text, f.evidence) for f in findings if isinstance(f.answer, TextAnswer)
        )
        if not texts:
            return None
        evidence = joined(e for f in findings for e in f.evidence)
        return Reading(None, {"text": "; ".join(texts)}, evidence, mean_confidence(findings))

    def gold_option(self, field: Field, label: Mapping[str, Any]) -> str | None:
        """None: a text has no options."""
        return None

    def agrees(self, field: Field, result: FieldResult, label: Mapping[str, Any]) -> bool:
        """Always: texts are compared by their evidence."""
        return True
