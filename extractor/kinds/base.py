"""What a kind of field is: the contract that each module of this package keeps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from extractor.form import Field, Form
from extractor.parsing.numbers import find_numbers
from extractor.record import Evidence, FieldResult
from extractor.transcript import Transcript


class Answer(BaseModel):
    """What a model is asked for: one finding. Each kind adds what else it wants to know.

    `quotes` are the model's copies of the words that prove the answer; grounding ties them to the transcript.
    """

    model_config = ConfigDict(extra="ignore")

    quotes: list[str] = Setting(
        min_length=1, max_length=4, description="the buyer's own words, copied letter for letter"
    )


@dataclass(frozen=True)
class Finding:
    """One answer for one field, with its quotes tied to the transcript.

    `confidence` is the probability that the finding is right, None where nothing is known of it.
    """

    field: str
    answer: Answer
    evidence: tuple[Evidence, ...]
    confidence: float | None = None

    @property
    def position(self) -> tuple[int, int]:
        """Where its last evidence stands: what is said later overrides what was said earlier."""
        return max((e.turn, e.char_start) for e in self.evidence)


@dataclass(frozen=True)
class Reading:
    """A field's answer, normalised to the form: what a kind makes of findings.

    `value` is JSON-ready. `evidence` are the quotes that carry it. `warnings` name no transcript text.
    """

    option: str | None
    value: dict[str, Any]
    evidence: tuple[Evidence, ...]
    confidence: float | None = None
    warnings: tuple[str, ...] = field(default=())


class Kind(ABC):
    """How fields of one kind are asked for, normalised and compared with a label.

    `joins` says whether findings from several places are read together (needs add up; a role is told in
    pieces) or one by one, where the last word wins.
    """

    name: ClassVar[str]
    joins: ClassVar[bool] = False

    @abstractmethod
    def check(self, field: Field) -> Iterator[str]:
        """Yield what is wrong with a form's field of this kind, each saying what would be right."""

    @abstractmethod
    def answer_model(self, field: Field, form: Form) -> type[Answer]:
        """The pydantic model of one finding, made from the field: small, flat, enums for options."""

    @abstractmethod
    def read(
        self, field: Field, form: Form, findings: Sequence[Finding], transcript: Transcript
    ) -> Reading | None:
        """Normalise findings (one, unless `joins`) in the order in which they were said.

        Returns:
            None where the evidence does not carry an answer: then the field is absent.
        """

    def restates(self, earlier: Reading, final: Reading) -> bool:
        """Whether an earlier reading says what the final one says, so that its quotes prove it, too."""
        return earlier.option == final.option

    @abstractmethod
    def gold_option(self, field: Field, label: Mapping[str, Any]) -> str | None:
        """The option that a stated label says, which gives its points."""

    def gold_quotes(self, label: Mapping[str, Any]) -> list[str]:
        """The label's evidence."""
        return [str(q) for q in label.get("evidence") or []]

    def agrees(self, field: Field, result: FieldResult, label: Mapping[str, Any]) -> bool:
        """Whether a stated result says what a stated label says (evidence is compared elsewhere)."""
        return result.option == self.gold_option(field, label)


def joined(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Evidence in the order of the call, each place once, a quote inside another left out."""
    placed = sorted(dict.fromkeys(evidence), key=lambda e: (e.turn, e.char_start, -e.char_end))
    kept: list[Evidence] = []
    for e in placed:
        if kept and kept[-1].turn == e.turn and kept[-1].char_end >= e.char_end:
            continue
        kept.append(e)
    return tuple(kept)


def mean_confidence(findings: Sequence[Finding]) -> float | None:
    """The mean of the findings' confidences, None where none has any."""
    known = [f.confidence for f in findings if f.confidence is not None]
    return sum(known) / len(known) if known else None


def carried(text: str, evidence: Sequence[Evidence]) -> str:
    """A model's paraphrase, or the first quote itself where the paraphrase has a figure that no quote has."""
    quoted = {v for e in evidence for v in _figures(e.quote)}
    return text if _figures(text) <= quoted else evidence[0].quote


def _figures(text: str) -> set[float]:
    # "One" is more often a pronoun than a figure.
    return {v for n in find_numbers(text) for v in (n.value, n.other) if v is not None and v != 1}
