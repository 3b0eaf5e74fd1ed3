from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from fakes import call
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.form import Field, Form, Option
from extractor.kinds import KINDS, Finding, Reading
from extractor.kinds.horizon import HorizonAnswer
from extractor.record import Evidence
from extractor.transcript import Transcript

KIND = KINDS["horizon"]
CALL = dt.date(2026, 3, 10)
OPTIONS = (
    Option(id="within_1_month", max_days=31),
    Option(id="1_3_months", max_days=92),
    Option(id="3_6_months", max_days=183),
    Option(id="over_6_months"),
)


def field(options: tuple[Option, ...] = OPTIONS) -> Field:
    return Field(id="timeline", title="Timeline", kind="horizon", ask="?", counts="c", options=options)


FORM = Form(form="f", title="F", fields=(field(),))


def read(made: Transcript, *quotes: str, **answer: Any) -> Reading | None:
    evidence = []
    for quote in quotes:
        turn = next(n for n, t in enumerate(made.turns) if quote in t.text)
        start = made.turns[turn].text.index(quote)
        evidence.append(Evidence.at(made, turn, start, start + len(quote)))
    finding = Finding("timeline", HorizonAnswer(quotes=list(quotes), **answer), tuple(evidence))
    return KIND.read(field(), FORM, [finding], made)


def says(text: str, date: dt.date | None = CALL, **answer: Any) -> Reading | None:
    return read(call(("buyer", text), date=date), text, **answer)


@pytest.mark.parametrize(
    ("text", "target", "option"),
    [
        ("I want a contract signed by Friday the twenty-seventh, this month.", "2026-03-27",
        "within_1_month"),
        ("we need it as soon as possible", "2026-03-10", "within_1_month"),
        ("I'd want it in before the audit, so end of May", "2026-05-31", "1_3_months"),
        ("we decide within three months", "2026-06-10", "1_3_months"),
        ("before Q3 we'd like to sign", "2026-06-30", "3_6_months"),
        ("it'd be after the summer holidays", "2026-09-01", "3_6_months"),
        ("we'll sign in October", "2026-10-31", "over_6_months"),
        ("not this year", "2027-01-01", "over_6_months"),
        ("the order must be out by the fifteenth of may it's a friday", "2026-05-15", "1_3_months"),
        ("so forget april you're looking at july before i sign", "2026-07-31", "3_6_months"),
    ],
)  # fmt: skip
def test_times_are_read_out_of_the_quote(text: str, target: str, option: str) -> None:
    reading = says(text)
    assert reading is not None
    assert (reading.value["target"], reading.option) == (target, option)
    assert reading.value["words"] in text


@given(st.integers(1, 400))
@settings(deadline=None)
def test_the_option_is_the_first_that_reaches_so_far(days: int) -> None:
    reading = says(f"we sign in {days} days")
    assert reading is not None
    reach = {o.id: o.max_days or 10**6 for o in OPTIONS}
    least = {o.id: low for o, low in zip(OPTIONS, (0, 32, 93, 184), strict=True)}
    assert least[reading.option or ""] <= days <= reach[reading.option or ""]


@pytest.mark.parametrize("text", ["there's no rush", "someday, I suppose", "bought last year", "we like it"])
def test_no_time_is_absent(text: str) -> None:
    assert says(text) is None


def test_the_models_words_choose_among_the_times() -> None:
    text = "The audit is in June, the office party on May 2, and the move in August."
    june = says(text, words="in June")
    assert june is not None
    assert june.value["target"] == "2026-06-30"
    august = says(text, words="move in august")
    assert august is not None
    assert august.value["target"] == "2026-08-31"


def test_a_time_of_the_purchase_comes_before_another() -> None:
    reading = says("I want the contract signed before Easter, and then it's Christmas before we know it.")
    assert reading is not None
    assert reading.value["target"] == "2026-04-04"


def test_the_quote_is_widened_to_the_time() -> None:
    made = call(("buyer", "Hm. We want it signed. That's the end of May for us."), date=CALL)
    reading = read(made, "We want it signed.")
    assert reading is not None
    assert "That's the end of May for us." in [e.quote for e in reading.evidence]
    for e in reading.evidence:
        assert made.turns[e.turn].text[e.char_start : e.char_end] == e.quote


def test_a_day_belongs_to_the_month_that_was_spoken_of_before() -> None:
    made = call(
        ("buyer", "I'd sign at the end of April."), ("seller", "When is it?"),
        ("buyer", "The twenty-ninth, aye."),
        date=CALL,
    )  # fmt: skip
    reading = read(made, "The twenty-ninth, aye.")
    assert reading is not None
    assert reading.value["target"] == "2026-04-29"


def test_without_a_call_date_only_spans_are_read() -> None:
    reading = says("we'd sign in six weeks", date=None)
    assert reading is not None
    assert (reading.option, reading.value["target"]) == ("1_3_months", None)
    assert says("we'd sign by the end of May", date=None) is None


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "a horizon field has options, each with max_days, the last without"),
        ((Option(id="a", max_days=5),), "every option of a horizon field but the last has max_days"),
        ((Option(id="a"), Option(id="b")), "every option of a horizon field but the last has max_days"),
        ((Option(id="a", max_days=5), Option(id="b", max_days=5), Option(id="c")),
         "the max_days of a horizon field's options rise"),
    ],
)  # fmt: skip
def test_a_broken_field_is_told(options: tuple[Option, ...], problem: str) -> None:
    assert problem in list(KIND.check(field(options)))


def test_a_sound_field_and_a_label() -> None:
    assert list(KIND.check(field())) == []
    assert KIND.gold_option(field(), {"option": "1_3_months"}) == "1_3_months"
    assert KIND.answer_model(field(), FORM).model_validate({"quotes": ["q"]})
