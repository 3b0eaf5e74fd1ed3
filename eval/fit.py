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
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from exchanges import exchange_places, plain_calls
from judge import ask_judge, best_places, learn_judge
from parts import learn_parts
from places import (
    BANT,
    NO_SALE,
    Call,
    Read,
    coverage_of,
    matches_of,
    places_of,
    read,
    speakers_of,
    words_of,
)
from regression import best_threshold, curve, ranked_places
from sklearn.metrics import roc_auc_score

from extractor.evaluation.labels import load_labelled
from extractor.form import KindName
from extractor.learned import FILE, log_probability, logit
from extractor.strategies.candidates import Scene
from extractor.transcript import Transcript

TEST = Path(__file__).resolve().with_name("test")
# A wrong proof costs more trust than a missing second one, so precision counts twice as much as recall. But a
# need that is missed is nearly as wrong as one too many.
EVIDENCE_BETA = {"needs": 0.8}
USUAL_BETA = 0.5
# A field that is missed loses a lead, and nobody sees it; one too many is seen by whoever reads its quotes.
STATED_BETA = 1.15


def f_measure(hits: int, reported: int, stated: int, beta: float) -> float:
    """F-measure of so many right ones among those reported and those that there are."""
    return (1 + beta**2) * hits / max(1, reported + beta**2 * stated)


def strict_f1(calls: Sequence[Call], threshold: float) -> float:
    """F1 of reporting each call's best place from `threshold` on: right where value and evidence are."""
    reported = [c for c in calls if c.says_stated >= threshold]
    right = sum(c.stated and c.places[c.best].is_right for c in reported)
    return f_measure(right, len(reported), sum(c.stated for c in calls), 1.0)


def found_f(calls: Sequence[Call], threshold: float) -> float:
    """F-measure of "stated" alone."""
    reported = [c for c in calls if c.says_stated >= threshold]
    hits = sum(c.stated for c in reported)
    return f_measure(hits, len(reported), sum(c.stated for c in calls), STATED_BETA)


def evidence_f(calls: Sequence[Call], threshold: float, beta: float) -> float:
    """F-measure over places of taking all from `threshold` on as evidence, in calls that state the field."""
    stated = [c for c in calls if c.stated]
    pairs = [(o >= threshold, p.is_evidence) for c in stated for o, p in zip(c.odds, c.places, strict=True)]
    return f_measure(sum(a and b for a, b in pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs), beta)


def decided(name: str, calls: Sequence[Call]) -> dict[str, object]:
    """When to report a field, and which places as its evidence; print how that does on sellers left out."""
    stated = [c.stated for c in calls]
    stated_curve = curve([(c.told, c.sale) for c in calls], stated)
    for call in calls:
        call.says_stated = float(np.dot((call.told, call.sale, 1.0), stated_curve))
    # Of probabilities the threshold with the best F-measure is that measure over one and the square of its
    # beta (Lipton et al., 2014, Optimal Thresholding of Classifiers to Maximize F1 Measure): surer than the
    # best of so few calls.
    best_f = max(found_f(calls, c.says_stated) for c in calls)
    stated_from = round(logit(best_f / (1 + STATED_BETA**2)), 3)
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


def looked_at(call: Call, kind: KindName) -> None:
    """Leave a call the places that the strategy would look at."""
    kept = best_places(call, kind)
    call.places = [call.places[i] for i in kept]
    call.candidates = [call.candidates[i] for i in kept]
    call.odds = call.odds[kept]


def read_scenes(folders: Sequence[Path]) -> list[Read]:
    """The calls of the folders as read, those without a sale last."""
    labelled = [call for folder in folders for call in load_labelled(folder)]
    labelled.sort(key=lambda call: call.label.file.parent.name == NO_SALE)
    return [(call, transcript, Scene(transcript)) for call in labelled for transcript in [read(call)]]


def learn_field(
    field_id: str,
    usual: Sequence[Read],
    dense: Sequence[Read],
    talk: Sequence[Transcript],
    sale: Sequence[float],
    answers: Path,
) -> tuple[dict[str, object], list[Call]]:
    """Rank a field's places, weigh the embedded model's word on them, and tell when to report the field.

    Returns:
        the model, and the calls with the places that the strategy would look at, the usual ones first.
    """
    kind = BANT[field_id]
    calls = [places_of(*one, field_id) for one in usual]
    for call, known in zip(calls, sale, strict=True):
        call.sale = known
    form = usual[0][0].form
    plain = plain_calls(field_id, form)
    heard = [*calls, *(places_of(*one, field_id) for one in dense), *(c for c, _ in plain)]
    model = ranked_places(kind, heard, exchange_places(field_id, form, talk))
    scenes = [(c.form.field(field_id), scene) for c, _, scene in (*usual, *dense)]
    scenes += [(form.field(field_id), scene) for _, scene in plain]
    asyncio.run(ask_judge(field_id, scenes, heard, answers))
    for call in heard:
        looked_at(call, kind)
    model |= learn_judge(field_id, kind, heard, answers)
    # Odds with the model's word in them are of another size than those without; and when to report a
    # field, whole calls of the usual kind tell.
    return model | decided(kind, calls), heard


def learn_catalog(sales: Sequence[Read]) -> dict[str, dict[str, object]]:
    """Which entry of the catalogue solves a need, and whether any does."""
    matches = [match for call, transcript, _ in sales for match in matches_of(call, transcript)]
    model = ranked_places("catalog", matches)
    heard, unheard = (coverage_of(sales, matches, heard=heard) for heard in (True, False))
    covered = ranked_places("covered", [*heard, *unheard])
    tell_covered(heard, unheard)
    return {"catalog": model, "covered": covered}


def learn_all(
    usual: Sequence[Read], dense: Sequence[Read], sales: Sequence[Read], answers: Path
) -> dict[str, dict[str, object]]:
    """All models; `sales` are those of the usual and the dense calls in which something is sold."""
    talk = [transcript for call, transcript, _ in usual if call.label.file.parent.name == NO_SALE]
    labelled = [call for call, _, _ in (*usual, *dense)]
    words = words_of(labelled, [t for _, t, _ in (*usual, *dense)])
    models = {"sale": ranked_places("sale", words) | learn_sale(words)}
    known = [about.sale for about in words[: len(usual)]]
    heard: dict[KindName, list[Call]] = {}
    for field_id, kind in BANT.items():
        models[kind], heard[kind] = learn_field(field_id, usual, dense, talk, known, answers)
    models |= learn_catalog(sales)
    told = list(zip((*usual, *dense), heard["role"], strict=False))
    models |= learn_parts(told, float(str(models["role"]["also_from"])))
    models["sides"] = ranked_places("sides", [speakers_of(call, transcript) for call, transcript, _ in sales])
    return models


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
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--answers", type=Path)
    asked.add_argument(
        "--only-catalog", action="store_true",
        help="learn only what the catalogue solves, for which no model is asked; the rest stays as it is",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    usual, dense = read_scenes(options.folders), read_scenes(options.dense)
    labelled = [call for call, _, _ in (*usual, *dense)]
    if any(TEST in call.label.file.resolve().parents for call in labelled):
        parser.error("nothing may be learned from the test part")
    # Where nothing is sold, nobody is a seller.
    sales = [r for r in (*usual, *dense) if any(r[0].label.stated(f) for f in BANT)]
    fitted_on = [c.call_id for c in labelled]
    if options.only_catalog:
        before = json.loads(FILE.read_text(encoding="utf-8"))
        models = before["models"] | learn_catalog(sales)
        # The models that stay were fitted on these.
        fitted_on = list(dict.fromkeys([*before["fitted_on"], *fitted_on]))
    else:
        models = learn_all(usual, dense, sales, options.answers)
    text = json.dumps({"fitted_on": fitted_on, "models": models}, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(f"written: {options.out}, {len(text)} bytes")


if __name__ == "__main__":
    main()
