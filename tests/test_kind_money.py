from __future__ import annotations

from typing import Any

import pytest
from fakes import call

from extractor.form import Field, Form, Option
from extractor.kinds import KINDS, Finding, Reading
from extractor.kinds.money import MoneyAnswer
from extractor.record import Evidence
from extractor.transcript import Transcript

KIND = KINDS["money"]
BANDS = (
    Option(id="under_10k", max=10_000),
    Option(id="10k_50k", min=10_000, max=50_000),
    Option(id="50k_100k", min=50_000, max=100_000, points=15),
    Option(id="over_100k", min=100_000, points=30),
)


def field(options: tuple[Option, ...] = BANDS) -> Field:
    return Field(id="budget", title="Budget", kind="money", ask="?", counts="c", options=options)


FORM = Form(form="f", title="F", exchange_rates={"EUR": 1.08, "GBP": 1.27}, fields=(field(),))


def read(
    made: Transcript, *quotes: str, form: Form = FORM, confidence: float | None = None, **answer: Any
) -> Reading | None:
    evidence = []
    for quote in quotes:
        turn = next(n for n, t in enumerate(made.turns) if quote in t.text)
        start = made.turns[turn].text.index(quote)
        evidence.append(Evidence.at(made, turn, start, start + len(quote)))
    finding = Finding("budget", MoneyAnswer(quotes=list(quotes), **answer), tuple(evidence), confidence)
    return KIND.read(form.fields[0], form, [finding], made)


def says(text: str, **answer: Any) -> Reading | None:
    return read(call(("buyer", text)), text, **answer)


def figures(reading: Reading | None) -> tuple[Any, ...]:
    assert reading is not None
    return tuple(reading.value[k] for k in ("amount_min", "amount_max", "currency", "period"))


@pytest.mark.parametrize(
    ("text", "value", "option"),
    [
        ("What I have approved for this year is seventy", (70_000, 70_000, "USD", "year"), "50k_100k"),
        ("seventy to eighty k, one time", (70_000, 80_000, "USD", "one_time"), "50k_100k"),
        ("we've got six grand a month for it", (6_000, 6_000, "USD", "month"), "50k_100k"),
        ("eleven to twelve a month, that's what I've got", (11_000, 12_000, "USD", "month"), "over_100k"),
        ("don't let them go over three hundred a month", (None, 300, "USD", "month"), "under_10k"),
        ("I can't go past ninety for the year", (None, 90_000, "USD", "year"), "50k_100k"),
        ("at least a hundred thousand", (100_000, None, "USD", "one_time"), "over_100k"),
        ("I've thirty-six thousand in for it, that's euro", (36_000, 36_000, "EUR", "one_time"), "10k_50k"),
        ("forty-eight thousand euros", (48_000, 48_000, "EUR", "one_time"), "50k_100k"),
        ("we set aside 8500", (8_500, 8_500, "USD", "one_time"), "under_10k"),
        ("between one fifty and one eighty", (150_000, 180_000, "USD", "one_time"), "over_100k"),
        ("We have no budget at all for this", (0, 0, "USD", "one_time"), "under_10k"),
        ("seventy dollars, that's what we have", (70, 70, "USD", "one_time"), "under_10k"),
        ("fifty thousand", (50_000, 50_000, "USD", "one_time"), "50k_100k"),
    ],
)  # fmt: skip
def test_amounts_are_read_out_of_the_quote(text: str, value: tuple[Any, ...], option: str) -> None:
    reading = says(text)
    assert figures(reading) == value
    assert reading is not None
    assert reading.option == option


def test_the_model_only_chooses_among_the_amounts_of_the_quotes() -> None:
    text = "we've forty thousand for the till and sixty thousand for the stock"
    assert figures(says(text, amount_min=40_000, amount_max=40_000))[:2] == (40_000, 40_000)
    assert figures(says(text, amount_min=60, amount_max=60))[:2] == (60_000, 60_000)
    assert figures(says(text, amount_min=1_000_000))[:2] == (60_000, 60_000)


def test_a_figure_that_no_quote_carries_is_not_reported() -> None:
    assert says("we have money for this, don't worry", amount_min=50_000, amount_max=50_000) is None


def test_the_quote_is_widened_to_the_amount() -> None:
    made = call(("buyer", "It's approved for this year. We have forty thousand for it, all in."))
    reading = read(made, "We have forty")
    assert reading is not None
    [evidence] = reading.evidence
    assert evidence.quote == "We have forty thousand"
    assert made.turns[0].text[evidence.char_start : evidence.char_end] == evidence.quote
    apart = read(made, "It's approved for this year.")
    assert apart is not None
    assert "We have forty thousand for it, all in." in [e.quote for e in apart.evidence]


def test_a_figure_of_the_seller_that_the_buyer_agrees_to() -> None:
    made = call(
        ("seller", "I land at sixty-eight thousand a year. Would that fit?"),
        ("buyer", "Yes, that fits exactly.")
    )
    reading = read(made, "Yes, that fits exactly.")
    assert figures(reading)[:2] == (68_000, 68_000)
    assert reading is not None
    assert [e.turn for e in reading.evidence] == [0, 1]


def test_a_figure_of_the_seller_that_the_buyer_does_not_agree_to() -> None:
    made = call(("seller", "I land at sixty-eight thousand a year."), ("buyer", "Let me think about it."))
    assert read(made, "Let me think about it.") is None


def test_what_is_turned_down_is_not_the_budget() -> None:
    assert figures(says("I can't do fifty-two thousand. I've thirty-six thousand."))[0] == 36_000
    assert figures(says("I've thirty-six thousand for it. I can't do fifty-two thousand."))[0] == 36_000


def test_the_scale_may_be_said_elsewhere_in_the_call() -> None:
    hundreds = call(("buyer", "It's six hundred, that's all."), ("seller", "Six hundred dollars, right."))
    assert figures(read(hundreds, "It's six hundred, that's all."))[0] == 600
    thousands = call(("buyer", "I have five for it."), ("seller", "Five thousand, good."))
    assert figures(read(thousands, "I have five for it."))[0] == 5_000


def test_hundreds_are_read_by_what_the_call_is_about() -> None:
    small = call(("seller", "It starts at eleven hundred dollars."), ("buyer", "It says nine hundred, max."))
    assert figures(read(small, "It says nine hundred, max."))[1] == 900
    large = call(("seller", "List is 140 thousand dollars."), ("buyer", "It says nine hundred, max."))
    assert figures(read(large, "It says nine hundred, max."))[1] == 900_000


def test_figures_told_one_by_one_are_read_by_what_the_call_is_about() -> None:
    large = call(("seller", "List is 180 thousand dollars."), ("buyer", "One-four-zero, in dollars, all in."))
    assert figures(read(large, "One-four-zero, in dollars, all in."))[0] == 140_000


def test_hundreds_are_rather_thousands() -> None:
    prices = "A tablet is 900 dollars, the server 6,000 dollars."
    made = call(("seller", prices), ("buyer", "I've a hundred thirty."))
    assert figures(read(made, "I've a hundred thirty."))[0] == 130_000


def test_the_period_may_be_said_elsewhere_in_the_call() -> None:
    made = call(("buyer", "Twenty nine hundred a month all in."), ("buyer",
    "I told you, twenty nine hundred."))
    assert figures(read(made, "I told you, twenty nine hundred."))[3] == "month"


def test_the_only_currency_of_the_call_counts() -> None:
    made = call(("buyer", "We have forty thousand for it."), ("seller", "Our price is in pounds sterling."))
    assert figures(read(made, "We have forty thousand for it."))[2] == "GBP"


def test_the_currency_that_a_figure_is_mostly_said_in_counts() -> None:
    first = "The naira has moved, so what is in the account now is sixty-two five hundred."
    made = call(("buyer", first), ("seller", "Sixty-two thousand five hundred dollars?"),
                ("buyer", "Dollars, yes, sixty-two five hundred."))  # fmt: skip
    assert figures(read(made, first))[2] == "USD"


def test_a_currency_without_a_rate_is_placed_by_its_figure_and_warned_of() -> None:
    reading = says("forty thousand rand")
    assert reading is not None
    assert (reading.option, reading.value["currency"]) == ("10k_50k", "ZAR")
    assert reading.warnings == ("budget: no exchange rate for ZAR in the form: plain figure used",)
    assert says("forty thousand dollars").warnings == ()  # type: ignore[union-attr]


def test_a_form_in_australian_dollars_reads_dollars_as_its_own() -> None:
    form = FORM.model_copy(update={"currency": "AUD"})
    text = "sixty thousand dollars"
    assert figures(read(call(("buyer", text)), text, form=form))[2] == "AUD"


def test_prices_per_seat_are_no_budget() -> None:
    assert says("we'd pay forty dollars a seat") is None


def test_confidence_is_the_findings() -> None:
    text = "forty thousand"
    reading = read(call(("buyer", text)), text, confidence=0.7)
    assert reading is not None
    assert reading.confidence == 0.7


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ((), "a money field has options, each with min, max or both"),
        ((Option(id="a"),), "option a of a money field has min, max or both"),
        ((Option(id="a", min=5, max=5),), "option a: min is less than max"),
        ((Option(id="a", max=5), Option(id="b", min=6)),
         "options a and b: the max of one band is the min of the next"),
    ],
)  # fmt: skip
def test_a_broken_field_is_told(options: tuple[Option, ...], problem: str) -> None:
    assert problem in list(KIND.check(field(options)))


def test_a_sound_field_and_a_label() -> None:
    assert list(KIND.check(field())) == []
    assert KIND.gold_option(field(), {"option": "10k_50k"}) == "10k_50k"
    assert KIND.answer_model(field(), FORM).model_validate({"quotes": ["q"]})
