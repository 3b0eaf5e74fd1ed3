from __future__ import annotations

from typing import Any

import pytest
from fakes import call
from pydantic import ValidationError

from extractor.form import Field, Form, Option
from extractor.kinds import KINDS, Finding
from extractor.kinds.choice import ChoiceAnswer
from extractor.record import Evidence

KIND = KINDS["choice"]
CALL = call(("buyer", "We make furniture. We also sell it."))


def field(**values: Any) -> Field:
    options = (Option(id="retail", points=5), Option(id="making", points=10), Option(id="other"))
    made = {"id": "industry", "title": "t", "kind": "choice", "ask": "?", "counts": "c", "options": options}
    return Field.model_validate(made | values)


FORM = Form(form="f", title="F", fields=(field(),))


def said(*options: str, at: tuple[int, int] = (0, 17), confidence: float | None = None) -> Finding:
    answer = ChoiceAnswer(quotes=["x"], options=list(options))
    return Finding("industry", answer, (Evidence.at(CALL, 0, *at),), confidence)


def test_a_choice_needs_two_options() -> None:
    assert list(KIND.check(field())) == []
    assert list(KIND.check(field(options=(Option(id="a"),)))) == ["a choice field has at least two options"]


def test_the_model_may_answer_one_of_the_options() -> None:
    model = KIND.answer_model(field(), FORM)
    answer = model.model_validate({"quotes": ["q"], "options": ["retail"]})
    assert isinstance(answer, ChoiceAnswer)
    assert answer.options == ["retail"]
    for wrong in ([], ["nonsense"], ["retail", "making"]):
        with pytest.raises(ValidationError):
            model.model_validate({"quotes": ["q"], "options": wrong})


def test_several_options_where_the_form_says_so() -> None:
    model = KIND.answer_model(field(multiple=True), FORM)
    assert model.model_validate({"quotes": ["q"], "options": ["retail", "making"]})


def test_the_option_is_read() -> None:
    reading = KIND.read(field(), FORM, [said("retail", confidence=0.7)], CALL)
    assert reading is not None
    assert (reading.option, reading.value, reading.confidence) == ("retail", {"options": ["retail"]}, 0.7)
    assert [e.quote for e in reading.evidence] == ["We make furniture"]


def test_several_options_are_kept_once_and_the_best_counts() -> None:
    findings = [said("retail", at=(19, 34)), said("making"), said("retail")]
    reading = KIND.read(field(multiple=True), FORM, findings, CALL)
    assert reading is not None
    assert (reading.option, reading.value) == ("making", {"options": ["retail", "making"]})
    assert [e.quote for e in reading.evidence] == ["We make furniture", "We also sell it"]


def test_an_unknown_option_is_no_answer() -> None:
    assert KIND.read(field(), FORM, [said("nonsense")], CALL) is None


def test_compared_with_a_label() -> None:
    assert KIND.gold_option(field(), {"option": "making"}) == "making"
    assert KIND.gold_quotes({"evidence": ["We make furniture"]}) == ["We make furniture"]
    assert KIND.gold_quotes({"evidence": None}) == []
