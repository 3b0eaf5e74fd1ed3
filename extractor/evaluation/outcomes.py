"""What a call got right and wrong, field by field: all that figures are counted from, no transcript text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from extractor.evaluation.labels import LabelledCall
from extractor.evaluation.overlap import any_overlap, pair_up
from extractor.evaluation.predictions import FieldPrediction, Item, Prediction, Predictions
from extractor.form import Field, KindName
from extractor.kinds import KINDS

MISSING = "no record of this call"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ItemsOutcome(_Part):
    """Needs: how many the label has, how many were predicted, how many of these pair up with the label's by
    their quotes, and how many of the pairs have one catalogue id.
    """

    gold: int
    predicted: int
    matched: int
    catalog_right: int


class QuotesOutcome(_Part):
    """Quotes: how many, how many overlap a gold quote of their field, how many were tied letter for letter.

    `exact` is None where the source doesn't tell.
    """

    count: int
    overlapping: int
    exact: int | None


class FieldOutcome(_Part):
    """One field of one call.

    `agrees`: both say stated, and the answer is the label's. `quotes` and `items` are None where the source
    has none, `items` also for fields of other kinds than needs; `confidence` where nothing is known of it.
    """

    kind: KindName
    gold_stated: bool
    gold_option: str | None
    stated: bool
    option: str | None
    agrees: bool
    quotes: QuotesOutcome | None
    items: ItemsOutcome | None
    confidence: float | None

    @property
    def strict(self) -> bool:
        """A true positive of the strict figures; without quotes there is none."""
        return self.agrees and self.quotes is not None and self.quotes.overlapping > 0

    @property
    def answer_right(self) -> bool:
        """Both say absent, or both say the same answer, whatever the quotes."""
        return self.agrees or (not self.stated and not self.gold_stated)

    def right(self, *, strictly: bool) -> bool:
        """Whether the field is right, with a quote that proves it where `strictly`."""
        return self.answer_right and (self.strict or not strictly or not self.stated)


class CallOutcome(_Part):
    """One call. `failed` says why it has no prediction: then every field counts as absent and the score as 0.

    `sides_right` counts the label's speakers whose side was told right, None where the source has no sides.
    """

    call_id: str
    failed: str | None
    fields: dict[str, FieldOutcome]
    gold_score: int
    score: int
    speakers: int
    sides_right: int | None


def judge_all(calls: Iterable[LabelledCall], predictions: Predictions) -> list[CallOutcome]:
    """Each labelled call's outcome."""
    return [
        judge(call, predictions.made.get(call.call_id), predictions.failures.get(call.call_id, MISSING))
        for call in calls
    ]


def judge(call: LabelledCall, prediction: Prediction | None, failure: str = MISSING) -> CallOutcome:
    """Compare one call with its label; without a prediction every field counts as absent."""
    speakers = call.label.speakers
    sides_right: int | None = 0
    if prediction is not None:
        sides_right = None
        if prediction.sides is not None:
            told = {_name(name): side for name, side in prediction.sides.items()}
            sides_right = sum(told.get(_name(name)) == side for name, side in speakers.items())
    return CallOutcome(
        call_id=call.call_id,
        failed=failure if prediction is None else None,
        fields={
            f.id: _failed_field(call, f) if prediction is None else _field(call, f, prediction.fields[f.id])
            for f in call.form.fields
        },
        gold_score=call.gold_score(),
        score=prediction.score if prediction else 0,
        speakers=len(speakers),
        sides_right=sides_right,
    )


def _field(call: LabelledCall, field: Field, said: FieldPrediction) -> FieldOutcome:
    gold_stated = call.label.stated(field.id)
    stated = said.result.status == "stated"
    label = call.label.fields[field.id]
    return FieldOutcome(
        kind=field.kind,
        gold_stated=gold_stated,
        gold_option=call.gold_option(field),
        stated=stated,
        option=said.result.option,
        agrees=stated and gold_stated and KINDS[field.kind].agrees(field, said.result, label),
        quotes=_quotes(call.gold_quotes(field), said),
        items=_items(_gold_items(call, field), said.items) if field.kind == "needs" else None,
        confidence=said.confidence,
    )


def _failed_field(call: LabelledCall, field: Field) -> FieldOutcome:
    return FieldOutcome(
        kind=field.kind,
        gold_stated=call.label.stated(field.id),
        gold_option=call.gold_option(field),
        stated=False,
        option=None,
        agrees=False,
        quotes=QuotesOutcome(count=0, overlapping=0, exact=0),
        items=_items(_gold_items(call, field), ()) if field.kind == "needs" else None,
        confidence=None,
    )


def _quotes(gold: Sequence[str], said: FieldPrediction) -> QuotesOutcome | None:
    if said.quotes is None:
        return None
    if said.result.status == "absent":
        return QuotesOutcome(count=0, overlapping=0, exact=0)
    overlapping = sum(any_overlap([quote], gold) for quote in said.quotes)
    return QuotesOutcome(count=len(said.quotes), overlapping=overlapping, exact=said.exact)


def _gold_items(call: LabelledCall, field: Field) -> list[Item]:
    if not call.label.stated(field.id):
        return []
    return [Item(i.get("catalog"), tuple(i["evidence"])) for i in call.label.fields[field.id]["items"]]


def _items(gold: Sequence[Item], predicted: Sequence[Item] | None) -> ItemsOutcome | None:
    if predicted is None:
        return None
    pairs = pair_up([i.quotes for i in predicted], [i.quotes for i in gold])
    return ItemsOutcome(
        gold=len(gold),
        predicted=len(predicted),
        matched=len(pairs),
        catalog_right=sum(predicted[i].catalog == gold[j].catalog for i, j in pairs.items()),
    )


def _name(name: str) -> str:
    return " ".join(name.casefold().split())
