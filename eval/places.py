"""What `fit.py` learns from: places of labelled calls, compared with their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from extractor.cues import Features
from extractor.evaluation.labels import LabelledCall
from extractor.evaluation.overlap import overlap
from extractor.form import KindName
from extractor.learned import together
from extractor.matching import Matcher
from extractor.readers import read_file
from extractor.replies import coverage_features
from extractor.selling import share_known
from extractor.sides import talk_features, talkers_of, with_sides
from extractor.strategies.candidates import Candidate, Scene, candidates
from extractor.transcript import Transcript
from extractor.vocabulary import stems, word_features

NO_SALE = "nosale"
# Log-odds of a call without places.
NONE = -20.0
# Words in fewer calls than this say nothing of calls to come.
WORD_CALLS = 15
BANT: dict[str, KindName] = {"budget": "money", "authority": "role", "need": "needs", "timeline": "horizon"}


@dataclass
class Place:
    """A candidate with what the label says of it."""

    features: Features
    is_evidence: bool
    is_right: bool


@dataclass
class Call:
    """A labelled call's places for one thing to learn, and their log-odds once they were judged."""

    call_id: str
    seller: str
    stated: bool
    places: list[Place]
    known: float = 0.0
    sale: float = 0.0
    odds: np.ndarray = field(default_factory=lambda: np.array([]))
    says_stated: float = 0.0
    candidates: list[Candidate] = field(default_factory=list)
    turn: int = 0

    @property
    def best(self) -> int:
        """The place that a reader would report."""
        return int(np.argmax(self.odds))

    @property
    def top(self) -> float:
        """The best place's log-odds."""
        return float(self.odds[self.best]) if len(self.odds) else NONE

    @property
    def told(self) -> float:
        """What its places together say for it."""
        return together(list(self.odds)) if len(self.odds) else NONE


Read = tuple[LabelledCall, Transcript, Scene]


def read(call: LabelledCall) -> Transcript:
    """The call with its label's sides and date: what is learned should not suffer from other mistakes."""
    transcript = with_sides(read_file(call.transcript), dict(call.label.speakers), "label")
    return transcript.model_copy(update={"date": call.label.date})


def places_of(call: LabelledCall, transcript: Transcript, scene: Scene, field_id: str) -> Call:
    """The field's candidates in one call, compared with the label."""
    form_field = call.form.field(field_id)
    quotes, option = call.gold_quotes(form_field), call.gold_option(form_field)

    def judged(c: Candidate) -> Place:
        told = [q for q in quotes if q in transcript.turns[c.turn].text]
        evidence = any(overlap(c.evidence.quote, q) for q in told)
        return Place(c.features, evidence, evidence and (c.reading is None or c.reading.option == option))

    found = candidates(form_field, call.form, scene)
    seller = call.label.file.parent.name
    stated = call.label.stated(field_id)
    return Call(call.call_id, seller, stated, [judged(c) for c in found], candidates=found)


def speakers_of(call: LabelledCall, transcript: Transcript) -> Call:
    """The speakers of a call: the seller's people are "right"."""
    places = [
        Place(features, False, call.label.speakers.get(name) == "seller")
        for name, features in talk_features(transcript, talkers_of(transcript)).items()
    ]
    return Call(call.call_id, call.label.file.parent.name, True, places)


def words_of(labelled: Sequence[LabelledCall], transcripts: Sequence[Transcript]) -> list[Call]:
    """The words of each call: "right" where something is sold; where nothing is, it is nobody's call."""
    calls = []
    for call, transcript in zip(labelled, transcripts, strict=True):
        sold = any(call.label.stated(f) for f in BANT) or call.label.file.parent.name != NO_SALE
        seller = call.label.file.parent.name if sold else call.call_id
        words = word_features(t.text for t in transcript.turns)
        calls.append(Call(call.call_id, seller, True, [Place(words, False, sold)]))
    counts = Counter(word for c in calls for word in c.places[0].features)
    # Written to mislead, conversations without a sale are fuller of "budget" and "decision" than others are.
    asked = {stem for c in labelled for f in c.form.fields for stem in stems(f"{f.title} {f.ask}")}
    kept = {word for word, n in counts.items() if n >= WORD_CALLS} - asked
    for call in calls:
        call.places[0].features = {w: v for w, v in call.places[0].features.items() if w in kept}
    for call, transcript in zip(calls, transcripts, strict=True):
        call.known = share_known([t.text for t in transcript.turns], call.places[0].features)
    return calls


def matches_of(call: LabelledCall, transcript: Transcript) -> list[Call]:
    """Each turn that tells one of the label's needs, with the entries of the catalogue as its places."""
    if not call.label.stated("need"):
        return []
    matcher = Matcher(call.form.catalog, [t.text for t in transcript.turns])
    seller = call.label.file.parent.name
    told = [
        (n, quote, item["catalog"])
        for item in call.label.fields["need"]["items"]
        for quote in item["evidence"]
        for n, turn in enumerate(transcript.turns)
        if quote in turn.text
    ]
    return [
        Call(
            call.call_id, seller, solved_by is not None,
            [
                Place(features, False, entry.id == solved_by)
                for entry, features in zip(call.form.catalog, matcher.features(n, quote), strict=True)
            ],
            turn=n,
        )
        for n, quote, solved_by in told
    ]  # fmt: skip


def coverage_of(
    read_calls: Sequence[tuple[LabelledCall, Transcript, Scene]], matches: Sequence[Call], *, heard: bool
) -> list[Call]:
    """Each turn that tells one of the label's needs: "right" where the catalogue solves it.

    `heard` is whether the seller's answers to it count; without them it is as in a call without a seller.
    """
    turns = {labelled.call_id: transcript.turns for labelled, transcript, _ in read_calls}

    def place(match: Call) -> Place:
        said = turns[match.call_id] if heard else turns[match.call_id][: match.turn + 1]
        return Place(coverage_features(said, match.turn, match.odds), False, match.stated)

    return [Call(m.call_id, m.seller, True, [place(m)]) for m in matches]
