"""Problems and requirements, matched with what the seller's catalogue solves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field as Setting
from pydantic import create_model

from extractor.form import Field, Form
from extractor.kinds.base import Answer, Finding, Kind, Reading, carried, joined, mean_confidence
from extractor.record import Evidence, FieldResult
from extractor.transcript import Transcript

UNCOVERED = "none_of_these"


class NeedAnswer(Answer):
    """One need. `catalog` is an id of the form's catalogue or `UNCOVERED`."""

    text: str = Setting(max_length=300, description="the problem or requirement, in at most twelve words")
    catalog: str = UNCOVERED
    intensity: str | None = None


class NeedsKind(Kind):
    """A list of needs; the option follows from the share of them that the catalogue covers."""

    name: ClassVar[str] = "needs"
    joins: ClassVar[bool] = True

    def check(self, field: Field) -> Iterator[str]:
        """Yield what is wrong with the field."""
        if not field.options:
            yield "a needs field has options, each with min_coverage (0 to 1)"
        for option in field.options:
            if option.min_coverage is None:
                yield f"option {option.id} of a needs field has min_coverage (0 to 1)"
        if field.options and not any(o.min_coverage == 0 for o in field.options):
            yield "one option of a needs field has min_coverage: 0, for needs that nothing covers"

    def answer_model(self, field: Field, form: Form) -> type[Answer]:
        """One need: its text, the catalogue's id for it, its intensity."""
        ids = (*(item.id for item in form.catalog), UNCOVERED)
        fields: dict[str, Any] = {"catalog": (Literal[ids], UNCOVERED)}
        if field.intensities:
            fields["intensity"] = (Literal[tuple(o.id for o in field.intensities)], ...)
        return create_model("Need", __base__=NeedAnswer, **fields)

    def read(
        self, field: Field, form: Form, findings: Sequence[Finding], transcript: Transcript
    ) -> Reading | None:
        """Join findings of one need into one item, then match the items with the catalogue."""
        items = _distinct(findings, form)
        if not items:
            return None
        covered = sum(_catalog_id(i, form) is not None for i in items)
        coverage = covered / len(items)
        option = _by_coverage(field, coverage)
        value = {
            "intensity": _strongest(field, findings),
            "match": option,
            "coverage": round(coverage, 2),
            "items": [
                {
                    "text": carried(_need(i).text, i.evidence),
                    "catalog": _catalog_id(i, form),
                    "evidence": [e.model_dump(mode="json") for e in i.evidence],
                }
                for i in items
            ],
        }
        unmatched = f"{field.id}: the form has no `catalog` to match needs with; the README shows one"
        warnings = () if form.catalog else (unmatched,)
        evidence = joined(e for i in items for e in i.evidence)
        return Reading(option, value, evidence, mean_confidence(items), warnings)

    def gold_option(self, field: Field, label: Mapping[str, Any]) -> str | None:
        """The label's match."""
        return str(label["match"])

    def gold_quotes(self, label: Mapping[str, Any]) -> list[str]:
        """The evidence of all the label's items."""
        return [str(q) for item in label.get("items") or [] for q in item.get("evidence") or []]

    def agrees(self, field: Field, result: FieldResult, label: Mapping[str, Any]) -> bool:
        """Whether the match is the label's."""
        return result.option == self.gold_option(field, label)


def _need(finding: Finding) -> NeedAnswer:
    assert isinstance(finding.answer, NeedAnswer)
    return finding.answer


def _catalog_id(finding: Finding, form: Form) -> str | None:
    named = _need(finding).catalog
    return named if any(item.id == named for item in form.catalog) else None


def _distinct(findings: Sequence[Finding], form: Form) -> list[Finding]:
    """One finding a need: the same catalogue id, or no id to tell and evidence that overlaps, is one need."""
    items: list[Finding] = []
    for finding in findings:
        found = _catalog_id(finding, form)
        for n, item in enumerate(items):
            named = _catalog_id(item, form)
            if named == found if named and found else _overlap(item, finding):
                answer = _need(item).model_copy(update={"catalog": named or found or UNCOVERED})
                evidence = joined((*item.evidence, *finding.evidence))
                items[n] = replace(item, answer=answer, evidence=evidence)
                break
        else:
            items.append(finding)
    return items


def _overlap(a: Finding, b: Finding) -> bool:
    return any(_touch(x, y) for x in a.evidence for y in b.evidence)


def _touch(a: Evidence, b: Evidence) -> bool:
    return a.turn == b.turn and a.char_start < b.char_end and b.char_start < a.char_end


def _by_coverage(field: Field, coverage: float) -> str:
    by_least = sorted(field.options, key=lambda o: o.min_coverage or 0.0)
    return [o.id for o in by_least if coverage >= (o.min_coverage or 0.0)][-1]


def _strongest(field: Field, findings: Sequence[Finding]) -> str | None:
    """The first of the form's intensities (they run from strong to weak) that a finding has."""
    said = {_need(f).intensity for f in findings}
    return next((o.id for o in field.intensities if o.id in said), None)
