"""Fit the small linear models on labelled calls and write `extractor/learned.json`.

    python eval/fit.py eval/train --judge

Everything is judged on sellers left out of training (leave one seller out): the strength of regularisation,
the thresholds and the probability curves. `eval/test` must never be given. `--judge` asks the embedded
model about the best places, to learn what its word counts (it takes a quarter of an hour); without it, what
was learned of that before stays.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.preprocessing import MaxAbsScaler

from extractor.cues import Features, relative_features
from extractor.evaluation.labels import LabelledCall, load_labelled
from extractor.evaluation.overlap import overlap
from extractor.form import KindName
from extractor.learned import FILE, logit
from extractor.llm.client import open_client
from extractor.matching import Matcher
from extractor.readers import read_file
from extractor.record import Usage
from extractor.sides import with_sides
from extractor.strategies.candidates import Candidate, Scene, candidates
from extractor.strategies.evidence import JUDGE_ANSWERS, MOST_JUDGED, judge_question
from extractor.transcript import Transcript

TEST = Path(__file__).resolve().with_name("test")
STRENGTHS = (0.05, 0.1, 0.3, 1.0)
JUDGED: tuple[KindName, ...] = ("horizon", "needs")
# Asking about every fourth call is enough to learn two numbers.
JUDGE_STEP = 4
# Below this weight the model's word turns next to nothing, and asking for it costs seconds.
WORTH_ASKING = 0.5
# Log-odds from which a catalogue entry is believed: a little below even, since most needs are covered by one.
CATALOG_FROM = -0.5
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
    odds: np.ndarray = field(default_factory=lambda: np.array([]))

    @property
    def best(self) -> int:
        """The place that a reader would report."""
        return int(np.argmax(self.odds))

    @property
    def top(self) -> float:
        """The best place's log-odds."""
        return float(self.odds[self.best]) if len(self.odds) else -20.0


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
    return Call(call.call_id, seller, call.label.stated(field_id), [judged(c) for c in found])


def speakers_of(call: LabelledCall, transcript: Transcript, scene: Scene) -> Call:
    """The speakers of a call: the seller's people are "right"."""
    places = [
        Place(features, False, call.label.speakers.get(name) == "seller")
        for name, features in relative_features(transcript.turns, scene.counts).items()
    ]
    return Call(call.call_id, call.label.file.parent.name, True, places)


class Fitted:
    """A logistic regression with its features scaled into 0 to 1 by their largest values."""

    def __init__(self, places: Sequence[Place], strength: float) -> None:
        self.vectorizer, self.scaler = DictVectorizer(), MaxAbsScaler()
        matrix = self.scaler.fit_transform(self.vectorizer.fit_transform([p.features for p in places]))
        self.model = LogisticRegression(C=strength, max_iter=5000)
        self.model.fit(matrix, [p.is_right for p in places])

    def odds(self, places: Sequence[Place]) -> np.ndarray:
        """Log-odds of each place."""
        if not places:
            return np.array([])
        matrix = self.scaler.transform(self.vectorizer.transform([p.features for p in places]))
        return np.asarray(self.model.decision_function(matrix))

    def weights(self) -> dict[str, float]:
        """Weights over features as they are, unscaled."""
        names = self.vectorizer.get_feature_names_out()
        unscaled = self.model.coef_[0] / self.scaler.scale_
        return {str(n): round(float(w), 4) for n, w in zip(names, unscaled, strict=True) if abs(w) > 1e-4}


def leave_one_seller_out(calls: Sequence[Call], strength: float) -> None:
    """Judge each call with a model that has seen no call of its seller."""
    for seller in sorted({c.seller for c in calls}):
        fitted = Fitted([p for c in calls if c.seller != seller for p in c.places], strength)
        for call in calls:
            if call.seller == seller:
                call.odds = fitted.odds(call.places)


def strict_f1(calls: Sequence[Call], threshold: float) -> float:
    """F1 of reporting each call's best place from `threshold` on: right where value and evidence are."""
    reported = [c for c in calls if c.top >= threshold]
    right = sum(c.stated and c.places[c.best].is_right for c in reported)
    return 2 * right / max(1, len(reported) + sum(c.stated for c in calls))


def found_f1(calls: Sequence[Call], threshold: float) -> float:
    """F1 of "stated" alone."""
    reported = [c for c in calls if c.top >= threshold]
    return 2 * sum(c.stated for c in reported) / max(1, len(reported) + sum(c.stated for c in calls))


def evidence_f1(calls: Sequence[Call], threshold: float) -> float:
    """F1 over places of taking all from `threshold` on as evidence, in calls that state the field."""
    stated = [c for c in calls if c.stated]
    pairs = [(o >= threshold, p.is_evidence) for c in stated for o, p in zip(c.odds, c.places, strict=True)]
    hits = sum(a and b for a, b in pairs)
    return 2 * hits / max(1, sum(a for a, _ in pairs) + sum(b for _, b in pairs))


F1 = Callable[[Sequence[Call], float], float]


def best_threshold(f1: F1, calls: Sequence[Call], values: Sequence[float]) -> float:
    """The middle of the stretch of thresholds with the best F1."""
    steps = np.linspace(min(values), max(values), 200)
    scores = [f1(calls, t) for t in steps]
    best = [t for t, score in zip(steps, scores, strict=True) if score >= max(scores) - 1e-9]
    return round(float(np.median(best)), 3)


def curve(odds: Sequence[float], truth: Sequence[bool]) -> tuple[float, float]:
    """Slope and intercept that turn log-odds into a probability (Platt scaling)."""
    if len(set(truth)) < 2:
        return 1.0, 0.0
    model = LogisticRegression(C=1.0).fit(np.array(odds)[:, None], list(truth))
    return round(float(model.coef_[0][0]), 4), round(float(model.intercept_[0]), 4)


def learn(name: str, calls: Sequence[Call]) -> dict[str, object]:
    """Fit one model; print how it does on sellers left out."""

    def quality(strength: float) -> float:
        leave_one_seller_out(calls, strength)
        truth = [p.is_right for c in calls for p in c.places]
        odds = np.concatenate([c.odds for c in calls])
        top = np.mean([c.places[c.best].is_right for c in calls if c.stated and len(c.odds)])
        return float(average_precision_score(truth, odds) + top)

    qualities = {strength: quality(strength) for strength in STRENGTHS}
    strength = max(STRENGTHS, key=lambda s: qualities[s])
    leave_one_seller_out(calls, strength)
    stated_from = best_threshold(found_f1, calls, [c.top for c in calls])
    also_from = best_threshold(evidence_f1, calls, [o for c in calls if c.stated for o in c.odds])
    reported = [c for c in calls if c.top >= stated_from]
    tops, stated = [c.top for c in calls], [c.stated for c in calls]
    auc = roc_auc_score(stated, tops) if len(set(stated)) == 2 else float("nan")
    print(
        f"{name:9} {len(calls)} calls, C {strength}: "
        f"best place right {qualities[strength]:.2f} (AP + share), "
        f"stated or not AUC {auc:.2f}, found F1 {found_f1(calls, stated_from):.2f}, "
        f"strict F1 {strict_f1(calls, stated_from):.2f}, evidence F1 {evidence_f1(calls, also_from):.2f}"
    )
    fitted = Fitted([p for c in calls for p in c.places], strength)
    return {
        "bias": round(float(fitted.model.intercept_[0]), 4),
        "weights": fitted.weights(),
        "stated_from": stated_from,
        "also_from": also_from,
        "stated_curve": curve(tops, stated),
        "right_curve": curve(
            [c.top for c in reported], [c.stated and c.places[c.best].is_right for c in reported]
        ),
    }


def matches_of(call: LabelledCall, transcript: Transcript) -> Call:
    """The turns of the label's needs: "right" where the most similar entry of the catalogue is the need's."""
    form_field = call.form.field("need")
    stated = call.label.stated(form_field.id)
    matcher = Matcher(call.form.catalog, [t.text for t in transcript.turns])
    places = []
    for item in call.label.fields["need"].get("items") or [] if stated else []:
        for text in {t.text for t in transcript.turns for q in item["evidence"] if q in t.text}:
            if found := matcher.best(text):
                places.append(Place(found[1], False, found[0].id == item["catalog"]))
    return Call(call.call_id, call.label.file.parent.name, stated, places)


def learn_matching(calls: Sequence[Call]) -> dict[str, object]:
    """When to believe the entry that is most like a turn: where believing is right more often than not."""
    leave_one_seller_out(calls, 10.0)
    judged = [(o, p.is_right) for c in calls for o, p in zip(c.odds, c.places, strict=True)]
    right = np.mean([(o >= 0) == truth for o, truth in judged])
    print(f"catalog   {len(judged)} turns: right to believe or not {right:.2f}")
    fitted = Fitted([p for c in calls for p in c.places], 10.0)
    bias = round(float(fitted.model.intercept_[0]), 4)
    return {"bias": bias, "weights": fitted.weights(), "stated_from": CATALOG_FROM}


Read = tuple[LabelledCall, Transcript, Scene]


async def ask_judge(field_id: str, read_calls: Sequence[Read], calls: Sequence[Call]) -> dict[str, float]:
    """What the embedded model's answers count, asked about the best places of each call."""
    asked: list[tuple[float, float, bool]] = []
    async with contextlib.aclosing(await open_client("local")) as client:
        for (labelled, _, scene), call in list(zip(read_calls, calls, strict=True))[::JUDGE_STEP]:
            form_field = labelled.form.field(field_id)
            places = candidates(form_field, labelled.form, scene)
            for i in np.argsort(-call.odds)[: MOST_JUDGED[form_field.kind]]:
                question = judge_question(form_field, scene, places[i])
                said = await client.choose(question, list(JUDGE_ANSWERS), usage=Usage())
                asked.append((float(call.odds[i]), logit(said["yes"]), call.places[i].is_right))
    mean = float(np.mean([yes for _, yes, _ in asked]))
    told, right = [(odds, yes - mean) for odds, yes, _ in asked], [r for *_, r in asked]
    model = LogisticRegression(C=1.0).fit(told, right)
    weight = max(0.0, float(model.coef_[0][1] / model.coef_[0][0]))
    print(f"{field_id}: {len(asked)} places asked about, log-odds of Yes {mean:.2f}, weight {weight:.2f}")
    return {"judge_weight": round(weight, 3) if weight >= WORTH_ASKING else 0.0, "judge_mean": round(mean, 3)}


def main() -> None:
    """Read the folders, fit, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    labelled = [call for folder in options.folders for call in load_labelled(folder)]
    if any(TEST in call.label.file.resolve().parents for call in labelled):
        parser.error("nothing may be learned from the test part")
    read_calls = [(call, transcript, Scene(transcript)) for call in labelled for transcript in [read(call)]]
    before = json.loads(FILE.read_text(encoding="utf-8"))["models"]
    models: dict[str, dict[str, object]] = {}
    for field_id, kind in BANT.items():
        calls = [places_of(c, t, scene, field_id) for c, t, scene in read_calls]
        models[kind] = learn(kind, calls)
        if kind in JUDGED:
            told = before.get(kind, {})
            kept = {name: told.get(name, 0.0) for name in ("judge_weight", "judge_mean")}
            models[kind] |= asyncio.run(ask_judge(field_id, read_calls, calls)) if options.judge else kept
    # Where nothing is sold, nobody is a seller.
    sales = [r for r in read_calls if any(r[0].label.stated(f) for f in BANT)]
    models["catalog"] = learn_matching([matches_of(c, t) for c, t, _ in sales])
    models["sides"] = learn("sides", [speakers_of(c, t, scene) for c, t, scene in sales])
    text = json.dumps({"fitted_on": [c.call_id for c in labelled], "models": models}, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(f"written: {options.out}, {len(text)} bytes")


if __name__ == "__main__":
    main()
