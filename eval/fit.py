"""Fit the small linear models on labelled calls and write `extractor/learned.json`.

    python eval/fit.py eval/train --dense eval/dense --answers answers.json

Everything is judged on sellers left out of training: the strength of regularisation, the thresholds and the
probability curves. `eval/test` must never be given.

The embedded model is asked about the best places of each call, to learn what its word counts. It takes an
hour the first time; its answers are kept in the file, and asked for anew only where places changed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from places import (
    BANT,
    NO_SALE,
    Call,
    Place,
    coverage_of,
    matches_of,
    parts_of,
    places_of,
    plain_calls,
    read,
    speakers_of,
    words_of,
)
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from extractor.evaluation.labels import LabelledCall, load_labelled
from extractor.form import Field, KindName
from extractor.learned import FILE, log_probability, logit
from extractor.llm.client import open_client
from extractor.parsing.parts import PARTS
from extractor.record import Usage
from extractor.strategies.candidates import Scene
from extractor.strategies.evidence import JUDGE_ANSWERS, MOST_JUDGED, judge_question
from extractor.transcript import Transcript
from extractor.vocabulary import SAID

TEST = Path(__file__).resolve().with_name("test")
STRENGTHS = (0.03, 0.1, 0.3, 1.0)
# Sellers are left out in so many folds, not one by one: that takes a third of the time.
FOLDS = 10
# Words in fewer calls than this are chance; of those few words that tell someone's part, in fewer than this.
SAID_CALLS, PART_CALLS = 20, 6
# Below this weight the model's word turns next to nothing, and asking for it costs seconds.
WORTH_ASKING = 0.3
# Of its full weight on train half is taken: its word is surest where the places already are.
JUDGE_SHARE = 0.5
# A wrong proof costs more trust than a missing second one, so precision counts twice as much as recall. But a
# need that is missed is nearly as wrong as one too many.
EVIDENCE_BETA = {"needs": 0.8}
USUAL_BETA = 0.5
CURVE_STRENGTH = 1.0


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
        return rounded(names, self.model.coef_[0] / self.scaler.scale_)


def rounded(names: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    """Weights by name, as they are written; those that count next to nothing are left out."""
    return {str(n): round(float(w), 4) for n, w in zip(names, weights, strict=True) if abs(w) > 1e-4}


def leave_sellers_out(calls: Sequence[Call], strength: float) -> None:
    """Judge each call with a model that has seen no call of its seller."""
    sellers = sorted({c.seller for c in calls})
    for left_out in (set(sellers[n::FOLDS]) for n in range(min(FOLDS, len(sellers)))):
        fitted = Fitted([p for c in calls if c.seller not in left_out for p in c.places], strength)
        for call in calls:
            if call.seller in left_out:
                call.odds = fitted.odds(call.places)


def without_rare_words(calls: Sequence[Call], least: int = SAID_CALLS) -> None:
    """Leave the places only those words that at least so many calls say."""
    words = ({w for p in c.places for w in p.features if w.startswith(SAID)} for c in calls)
    counts = Counter(w for in_call in words for w in in_call)
    for place in (p for c in calls for p in c.places):
        place.features = {
            name: x for name, x in place.features.items() if counts.get(name, least) >= least
        }


def strict_f1(calls: Sequence[Call], threshold: float) -> float:
    """F1 of reporting each call's best place from `threshold` on: right where value and evidence are."""
    reported = [c for c in calls if c.says_stated >= threshold]
    right = sum(c.stated and c.places[c.best].is_right for c in reported)
    return 2 * right / max(1, len(reported) + sum(c.stated for c in calls))


def found_f1(calls: Sequence[Call], threshold: float) -> float:
    """F1 of "stated" alone."""
    reported = [c for c in calls if c.says_stated >= threshold]
    return 2 * sum(c.stated for c in reported) / max(1, len(reported) + sum(c.stated for c in calls))


def evidence_f(calls: Sequence[Call], threshold: float, beta: float) -> float:
    """F-measure over places of taking all from `threshold` on as evidence, in calls that state the field."""
    stated = [c for c in calls if c.stated]
    pairs = [(o >= threshold, p.is_evidence) for c in stated for o, p in zip(c.odds, c.places, strict=True)]
    hits, weight = sum(a and b for a, b in pairs), beta**2
    return (1 + weight) * hits / max(1, sum(a for a, _ in pairs) + weight * sum(b for _, b in pairs))


F = Callable[[Sequence[Call], float], float]


def best_threshold(f: F, calls: Sequence[Call], values: Sequence[float]) -> float:
    """The middle of the stretch of thresholds with the best F-measure."""
    steps = np.linspace(min(values), max(values), 200)
    scores = [f(calls, t) for t in steps]
    best = [t for t, score in zip(steps, scores, strict=True) if score >= max(scores) - 1e-9]
    return round(float(np.median(best)), 3)


def curve(given: Sequence[Sequence[float]], truth: Sequence[bool]) -> tuple[float, ...]:
    """Slopes and intercept that turn what is given into the log-odds of the truth (Platt scaling)."""
    if len(set(truth)) < 2:
        return (1.0, *(0.0 for _ in given[0]))
    # Held back: of half a hundred calls that are told apart without a mistake the next will not be.
    model = LogisticRegression(C=CURVE_STRENGTH, max_iter=1000).fit(np.array(given), list(truth))
    if min(model.coef_[0]) < 0:
        # What is given tells nothing: nobody is less sure for being told more.
        return (*(0.0 for _ in given[0]), round(logit(float(np.mean(truth))), 4))
    return tuple(round(float(x), 4) for x in (*model.coef_[0], model.intercept_[0]))


def ranked_places(name: str, calls: Sequence[Call]) -> dict[str, object]:
    """Fit the model that ranks places; the calls get the odds of models that have not seen their seller."""

    def quality(strength: float) -> float:
        leave_sellers_out(calls, strength)
        truth = [p.is_right for c in calls for p in c.places]
        odds = np.concatenate([c.odds for c in calls])
        top = np.mean([c.places[c.best].is_right for c in calls if c.stated and len(c.odds)])
        return float(average_precision_score(truth, odds) + top)

    without_rare_words(calls)
    qualities = {strength: quality(strength) for strength in STRENGTHS}
    strength = max(STRENGTHS, key=lambda s: qualities[s])
    leave_sellers_out(calls, strength)
    right = f"best place right {qualities[strength]:.2f} (AP + share)"
    print(f"{name:9} {len(calls)} calls, C {strength}: {right}")
    fitted = Fitted([p for c in calls for p in c.places], strength)
    return {"bias": round(float(fitted.model.intercept_[0]), 4), "weights": fitted.weights()}


def decided(name: str, calls: Sequence[Call]) -> dict[str, object]:
    """When to report a field, and which places as its evidence; print how that does on sellers left out."""
    stated = [c.stated for c in calls]
    stated_curve = curve([(c.told, c.sale) for c in calls], stated)
    for call in calls:
        call.says_stated = float(np.dot((call.told, call.sale, 1.0), stated_curve))
    # Of probabilities the threshold with the best F1 is half that F1 (Lipton et al., 2014, Optimal
    # Thresholding of Classifiers to Maximize F1 Measure): surer than the best of so few calls.
    best_f1 = max(found_f1(calls, c.says_stated) for c in calls)
    stated_from = round(logit(best_f1 / 2), 3)
    beta = EVIDENCE_BETA.get(name, USUAL_BETA)
    seen = [o for c in calls if c.stated for o in c.odds]
    also_from = best_threshold(partial(evidence_f, beta=beta), calls, seen)
    reported = [c for c in calls if c.says_stated >= stated_from]
    auc = roc_auc_score(stated, [c.says_stated for c in calls]) if len(set(stated)) == 2 else float("nan")
    hits = sum(c.stated for c in reported)
    false = (len(reported) - hits) / max(1, len(stated) - sum(stated))
    print(
        f"{name:9} {len(calls)} calls: "
        f"stated or not AUC {auc:.2f}, found precision {hits / max(1, len(reported)):.2f}, "
        f"recall {hits / sum(stated):.2f}, "
        f"falsely stated {false:.2f}, strict F1 {strict_f1(calls, stated_from):.2f}, "
        f"evidence F{beta:g} {evidence_f(calls, also_from, beta):.2f}"
    )
    right = [c.stated and c.places[c.best].is_right for c in reported]
    return {
        "stated_from": stated_from,
        "also_from": also_from,
        "stated_curve": stated_curve,
        "right_curve": curve([(c.top,) for c in reported], right),
    }


def learn_sale(calls: Sequence[Call]) -> dict[str, object]:
    """How sure a call's words make it that something is sold; the calls get what is made of that."""
    sold = [c.places[0].is_right for c in calls]
    print(f"sale      {len(calls)} calls: sold or not AUC {roc_auc_score(sold, [c.top for c in calls]):.2f}")
    slope, intercept = curve([(c.top,) for c in calls], sold)
    for call in calls:
        call.sale = call.known * log_probability(slope * call.top + intercept)
    return {"right_curve": (slope, intercept)}


def tell_covered(heard: Sequence[Call], unheard: Sequence[Call]) -> None:
    """Print how well the seller's answers tell whether the catalogue solves a need, and how well without."""
    for title, calls in (("heard", heard), ("unheard", unheard)):
        covered = [c.places[0].is_right for c in calls]
        right = np.mean([(c.top > 0) == is_so for c, is_so in zip(calls, covered, strict=True)])
        auc = roc_auc_score(covered, [c.top for c in calls])
        print(f"covered   {len(calls)} turns, answers {title}: AUC {auc:.2f}, accuracy {right:.2f}")


async def ask_judge(
    field_id: str, scenes: Sequence[tuple[Field, Scene]], calls: Sequence[Call], file: Path
) -> None:
    """Ask the embedded model about the best places of the calls, and keep its answers in the file."""
    answers = kept_answers(file)
    async with contextlib.aclosing(await open_client("local")) as client:
        for (form_field, scene), call in zip(scenes, calls, strict=True):
            for i in best_places(call, form_field.kind):
                if (key := place_key(call, field_id, i)) not in answers:
                    question = judge_question(form_field, scene, call.candidates[i])
                    said = await client.choose(question, list(JUDGE_ANSWERS), usage=Usage())
                    answers[key] = round(logit(said["yes"]), 4)
            keep_answers(file, answers)


def kept_answers(file: Path) -> dict[str, float]:
    """The model's log-odds of Yes by place, as far as it was asked."""
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def keep_answers(file: Path, answers: dict[str, float]) -> None:
    """Write the answers for the next time."""
    file.write_text(json.dumps(answers, indent=0), encoding="utf-8")


def best_places(call: Call, kind: KindName) -> list[int]:
    """The places that the strategy would look at, the best first."""
    return [int(i) for i in np.argsort(-call.odds)[: MOST_JUDGED[kind]]]


def place_key(call: Call, field_id: str, place: int) -> str:
    """A name for a place that stays while its quote does."""
    e = call.candidates[place].evidence
    return f"{call.call_id}|{field_id}|{e.turn}|{e.char_start}"


def learn_judge(field_id: str, kind: KindName, calls: Sequence[Call], file: Path) -> dict[str, object]:
    """What the embedded model's answers count; the calls it was asked about get its word in their odds."""
    answers = kept_answers(file)
    asked = [
        (call, i, answers[key])
        for call in calls
        for i in best_places(call, kind)
        if (key := place_key(call, field_id, i)) in answers
    ]
    mean = float(np.mean([yes for *_, yes in asked]))
    told = [(call.odds[i], yes - mean) for call, i, yes in asked]
    model = LogisticRegression(C=1.0).fit(told, [call.places[i].is_right for call, i, _ in asked])
    weight = JUDGE_SHARE * max(0.0, float(model.coef_[0][1] / model.coef_[0][0]))
    print(f"{field_id:9} {len(asked)} places asked about, log-odds of Yes {mean:.2f}, weight {weight:.2f}")
    if weight < WORTH_ASKING:
        return {"judge_weight": 0.0, "judge_mean": round(mean, 3)}
    for call, i, yes in asked:
        call.odds[i] += weight * (yes - mean)
    return {"judge_weight": round(weight, 3), "judge_mean": round(mean, 3)}


def looked_at(call: Call, kind: KindName) -> None:
    """Leave a call the places that the strategy would look at."""
    kept = best_places(call, kind)
    call.places = [call.places[i] for i in kept]
    call.candidates = [call.candidates[i] for i in kept]
    call.odds = call.odds[kept]


Read = tuple[LabelledCall, Transcript, Scene]


def read_scenes(folders: Sequence[Path]) -> list[Read]:
    """The calls of the folders as read, those without a sale last."""
    labelled = [call for folder in folders for call in load_labelled(folder)]
    labelled.sort(key=lambda call: call.label.file.parent.name == NO_SALE)
    return [(call, transcript, Scene(transcript)) for call in labelled for transcript in [read(call)]]


def learn_field(
    field_id: str, usual: Sequence[Read], dense: Sequence[Read], sale: Sequence[float], answers: Path
) -> dict[str, object]:
    """Rank a field's places, weigh the embedded model's word on them, and tell when to report the field."""
    kind = BANT[field_id]
    calls = [places_of(*one, field_id) for one in usual]
    for call, known in zip(calls, sale, strict=True):
        call.sale = known
    form = usual[0][0].form
    plain = plain_calls(field_id, form)
    heard = [*calls, *(places_of(*one, field_id) for one in dense), *(c for c, _ in plain)]
    model = ranked_places(kind, heard)
    scenes = [(c.form.field(field_id), scene) for c, _, scene in (*usual, *dense)]
    scenes += [(form.field(field_id), scene) for _, scene in plain]
    asyncio.run(ask_judge(field_id, scenes, heard, answers))
    for call in heard:
        looked_at(call, kind)
    model |= learn_judge(field_id, kind, heard, answers)
    # Odds with the model's word in them are of another size than those without; and when to report a
    # field, whole calls of the usual kind tell.
    return model | decided(kind, calls)


def learn_catalog(sales: Sequence[Read]) -> dict[str, dict[str, object]]:
    """Which entry of the catalogue solves a need, and whether any does."""
    matches = [match for call, transcript, _ in sales for match in matches_of(call, transcript)]
    model = ranked_places("catalog", matches)
    heard, unheard = (coverage_of(sales, matches, heard=heard) for heard in (True, False))
    covered = ranked_places("covered", [*heard, *unheard])
    tell_covered(heard, unheard)
    return {"catalog": model, "covered": covered}


def learn_parts(sales: Sequence[Read]) -> dict[str, dict[str, object]]:
    """Which part in the purchase someone tells of themself: for each, what speaks for it.

    Nothing said speaks for none of them.
    """
    calls = [told for call, transcript, _ in sales if (told := parts_of(call, transcript))]
    without_rare_words(calls, PART_CALLS)
    features = [c.places[0].features for c in calls]
    truth = [[p.is_right for p in c.places].index(True) for c in calls]
    sellers = [c.seller for c in calls]
    classifier = LogisticRegression(fit_intercept=False, class_weight="balanced", max_iter=5000)
    model = make_pipeline(DictVectorizer(), classifier)
    split = GroupKFold(min(FOLDS, len(set(sellers))))
    told = cross_val_predict(model, features, truth, groups=sellers, cv=split)
    print(f"part      {len(calls)} calls: right {np.mean(told == truth):.2f}")
    vectorizer, fitted = (step for _, step in model.fit(features, truth).steps)
    names = vectorizer.get_feature_names_out()
    return {
        f"part {part}": {"bias": 0.0, "weights": rounded(names, row)}
        for part, row in zip(PARTS, fitted.coef_, strict=True)
    }


def main() -> None:
    """Read the folders, fit, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument(
        "--dense", type=Path, nargs="*", default=[],
        help="calls in which more is stated than usual: how often a field is stated is not learned from them",
    )  # fmt: skip
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    usual, dense = read_scenes(options.folders), read_scenes(options.dense)
    labelled = [call for call, _, _ in (*usual, *dense)]
    if any(TEST in call.label.file.resolve().parents for call in labelled):
        parser.error("nothing may be learned from the test part")
    # Where nothing is sold, nobody is a seller.
    sales = [r for r in (*usual, *dense) if any(r[0].label.stated(f) for f in BANT)]
    words = words_of(labelled, [t for _, t, _ in (*usual, *dense)])
    models = {"sale": ranked_places("sale", words) | learn_sale(words)}
    known = [about.sale for about in words[: len(usual)]]
    models |= {BANT[f]: learn_field(f, usual, dense, known, options.answers) for f in BANT}
    models |= learn_catalog(sales)
    models |= learn_parts(sales)
    models["sides"] = ranked_places("sides", [speakers_of(*one) for one in sales])
    text = json.dumps({"fitted_on": [c.call_id for c in labelled], "models": models}, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(f"written: {options.out}, {len(text)} bytes")


if __name__ == "__main__":
    main()
