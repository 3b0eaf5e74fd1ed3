"""What the embedded model says of the best places, and what its word counts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from places import Call
from sklearn.linear_model import LogisticRegression

from extractor.form import Field, KindName
from extractor.learned import logit
from extractor.llm.client import open_client
from extractor.record import Usage
from extractor.strategies.candidates import Scene
from extractor.strategies.evidence import JUDGE_ANSWERS, MOST_JUDGED, judge_question

# Below this weight the model's word turns next to nothing, and asking for it costs seconds.
WORTH_ASKING = 0.3
# Of its full weight on train half is taken: its word is surest where the places already are.
JUDGE_SHARE = 0.5


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
