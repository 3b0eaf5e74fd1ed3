from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.cues import CUES
from extractor.form import Form
from extractor.formfile import load_form
from extractor.learned import FILE, Learned, learned, logit, sigmoid, together
from extractor.parsing.parts import PARTS
from extractor.strategies.candidates import RANKED
from extractor.vocabulary import SAID

MODELS = json.loads(FILE.read_text(encoding="utf-8"))["models"]
odds = st.floats(-1e6, 1e6)
probabilities = st.floats(0, 1)


def test_there_is_a_model_for_all_that_is_ranked_or_told() -> None:
    parts = {f"part {part}" for part in PARTS}
    assert set(MODELS) == {*RANKED, *parts, "sides", "catalog", "covered", "sale"}
    for name in MODELS:
        assert learned(name) is learned(name)
    with pytest.raises(KeyError):
        learned("weather")


@pytest.mark.parametrize("name", MODELS)
def test_a_model_s_figures_are_finite_and_its_curves_rise(name: str) -> None:
    model = learned(name)
    figures = (model.bias, model.stated_from, model.also_from, model.judge_weight, model.judge_mean)
    assert all(math.isfinite(x) for x in (*figures, *model.weights.values()))
    assert model.weights
    assert model.judge_weight >= 0
    assert model.stated_curve[0] > 0
    # Flat where surer places turned out to be no righter.
    assert model.right_curve[0] >= 0


# A word or two as `said`, `said_by` and `said_around` name them: no capitals, no digits.
SPOKEN = re.compile(rf"{SAID}(?:here|often|(?:next )?(?:left|right)): [^A-Z\d\s]+(?: [^A-Z\d\s]+)?")


def names_of_features(form: Form) -> set[str]:
    """Every name that a turn's or a mention's features may have."""
    pairs = {f"{a}+{b}" for a in CUES for b in CUES}
    told = {*CUES, *pairs}
    places = ("any", "buyer", "left", "right", "here", "clause", "before", "after")
    placed = {f"{where} {cue}" for where in places for cue in told}
    mention = {"last of turn", "named by buyer", "named by seller"}
    amount = {
        "bare", "currency", "period", "a month", "zero", "range", "bound", "rejected", "per unit", "size",
        "small", "huge", "said before", "said after", "revises", "revised", "reckoned",
    }  # fmt: skip
    when = {"loose", *(f"in {o.id}" for f in form.fields if f.kind == "horizon" for o in f.options)}
    turn = {"buyer", "seller", "log_words", "short", "place", "same side before", "same side after"}
    speaker = {"asks", "log_words", "first turn"}
    return told | placed | mention | amount | when | turn | speaker


@pytest.mark.parametrize("name", sorted({*RANKED, "sides"}))
def test_weights_stand_under_names_that_features_have(name: str) -> None:
    known = names_of_features(load_form("bant"))
    unknown = {w for w in learned(name).weights if w not in known and not SPOKEN.fullmatch(w)}
    # Kinds, bounds and parts of times are named by the reader of times.
    assert {w for w in unknown if not w.startswith(("is ", "bound ", "part "))} == set()


@given(st.lists(odds, min_size=1, max_size=9))
def test_places_say_together_at_most_what_the_best_does(places: list[float]) -> None:
    best = max(places)
    assert best - math.log(len(places)) - 1e-6 <= together(places) <= best + 1e-6
    assert together([best] * 3) == pytest.approx(best)


@pytest.mark.parametrize("part", PARTS)
def test_parts_are_told_by_words_and_phrases(part: str) -> None:
    cues = {"decides", "influences", "uses", "advises", "cued None", *(f"cued {p}" for p in PARTS)}
    assert {w for w in learned(f"part {part}").weights if w not in cues and not SPOKEN.fullmatch(w)} == set()


def test_log_odds_add_up() -> None:
    model = Learned(bias=1.0, weights={"a": 2.0, "b": -0.5})
    assert model.log_odds({}) == 1.0
    assert model.log_odds({"a": 3.0, "b": 2.0, "unheard of": 9.0}) == 6.0


@given(odds, odds, odds)
def test_certainty_rises_with_the_place_and_the_sale(one: float, other: float, sale: float) -> None:
    model = Learned(bias=0, weights={}, stated_curve=(1.1, 0.3, -0.5), right_curve=(0.4, 1.0))
    low, high = sorted((one, other))
    assert 0 <= model.right(low) <= model.right(high) <= 1
    assert model.stated([low], sale) <= model.stated([high], sale)
    assert model.stated([sale], low) <= model.stated([sale], high)
    assert model.stated([low, low], sale) <= model.stated([low, high], sale)
    assert model.log_right(one) == pytest.approx(math.log(model.right(one)))


@given(st.floats(0.001, 0.999))
def test_log_odds_and_probability_are_each_other_s_inverse(probability: float) -> None:
    assert sigmoid(logit(probability)) == pytest.approx(probability)


@given(probabilities)
def test_no_probability_is_beyond_doubt(probability: float) -> None:
    assert -10 <= logit(probability) <= 10


@given(st.floats(-20, 20), probabilities, probabilities)
def test_the_model_s_yes_raises_a_place(place: float, one: float, other: float) -> None:
    judge = Learned(bias=0, weights={}, judge_weight=0.5, judge_mean=1.0)
    low, high = sorted((one, other))
    assert judge.judged(place, low) <= judge.judged(place, high)
    assert judge.judged(place, sigmoid(1.0)) == pytest.approx(place)
    deaf = Learned(bias=0, weights={})
    assert deaf.judged(place, one) == place
