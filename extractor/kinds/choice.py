"""One, or several, of the form's options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field as Setting
from pydantic import create_model

from extractor.form import Field, Form
from extractor.kinds.base import Answer, Finding, Kind, Reading, joined, mean_confidence
from extractor.transcript import Transcript


class ChoiceAnswer(Answer):
    """The ids of the options that hold."""

    options: list[str] = Setting(min_length=1)


class ChoiceKind(Kind):
    """Options picked from a list. With `multiple`, findings add up; the one with most points counts."""

    name: ClassVar[str] = "choice"

    def check(self, field: Field) -> Iterator[str]:
        """Yield what is wrong with the field."""
        if len(field.options) < 2:
            yield "a choice field has at least two options"

    def answer_model(self, field: Field, form: Form) -> type[Answer]:
        """The options as an enum, one unless `multiple`."""
        most = len(field.options) if field.multiple else 1
        ids: Any = Literal[tuple(o.id for o in field.options)]
        fields: dict[str, Any] = {"options": (list[ids], Setting(min_length=1, max_length=most))}
        return create_model("Choice", __base__=ChoiceAnswer, **fields)

    def read(
        self, field: Field, form: Form, findings: Sequence[Finding], transcript: Transcript
    ) -> Reading | None:
        """Take the options as said."""
        known = {o.id for o in field.options}
        picked = dict.fromkeys(
            o for f in findings if isinstance(f.answer, ChoiceAnswer) for o in f.answer.options if o in known
        )
        if not picked:
            return None
        option = max(picked, key=lambda o: field.option(o).points)
        evidence = joined(e for f in findings for e in f.evidence)
        return Reading(option, {"options": list(picked)}, evidence, mean_confidence(findings))

    def gold_option(self, field: Field, label: Mapping[str, Any]) -> str | None:
        """The label's option."""
        return str(label["option"])
