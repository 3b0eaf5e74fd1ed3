from __future__ import annotations

from fakes import call

from extractor.form import Field, Form, Option
from extractor.kinds import KINDS, Finding
from extractor.kinds.text import TextAnswer
from extractor.record import Evidence

KIND = KINDS["text"]
FIELD = Field(id="criteria", title="t", kind="text", ask="?", counts="c", points=5)
FORM = Form(form="f", title="F", fields=(FIELD,))
CALL = call(("buyer", "It must cut 3 hours a day. Price matters, and 24/7 help."))


def said(text: str, start: int, end: int, confidence: float | None = None) -> Finding:
    answer = TextAnswer(quotes=["x"], text=text)
    return Finding("criteria", answer, (Evidence.at(CALL, 0, start, end),), confidence)


def test_a_text_has_no_options() -> None:
    assert list(KIND.check(FIELD)) == []
    wrong = FIELD.model_copy(update={"options": (Option(id="a"),)})
    assert len(list(KIND.check(wrong))) == 1


def test_texts_are_joined_each_once() -> None:
    findings = [said("saves time", 0, 25, 0.4), said("price", 27, 40, 0.8), said("saves time", 3, 25)]
    reading = KIND.read(FIELD, FORM, findings, CALL)
    assert reading is not None
    assert (reading.option, reading.value) == (None, {"text": "saves time; price"})
    assert [e.quote for e in reading.evidence] == ["It must cut 3 hours a day", "Price matters"]
    assert reading.confidence is not None
    assert round(reading.confidence, 3) == 0.6


def test_a_paraphrase_with_a_figure_of_its_own_gives_way_to_the_quote() -> None:
    reading = KIND.read(FIELD, FORM, [said("saves 30 hours", 0, 25)], CALL)
    assert reading is not None
    assert reading.value == {"text": "It must cut 3 hours a day"}


def test_a_paraphrase_with_the_quote_s_figure_in_words_stays() -> None:
    reading = KIND.read(FIELD, FORM, [said("saves three hours a day", 0, 25)], CALL)
    assert reading is not None
    assert reading.value == {"text": "saves three hours a day"}


def test_one_is_no_figure() -> None:
    reading = KIND.read(FIELD, FORM, [said("one thing that saves time", 0, 25)], CALL)
    assert reading is not None
    assert reading.value == {"text": "one thing that saves time"}


def test_nothing_said() -> None:
    assert KIND.read(FIELD, FORM, [], CALL) is None


def test_texts_are_compared_by_their_evidence_alone() -> None:
    assert KIND.gold_option(FIELD, {"text": "x"}) is None
    assert KIND.answer_model(FIELD, FORM) is TextAnswer
