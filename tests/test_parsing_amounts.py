from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spelling import in_words

from extractor.parsing.amounts import Amount, find_amounts
from extractor.parsing.moneywords import said_period


def only(text: str, **options: str) -> Amount:
    [found] = find_amounts(text, **options)
    return found


def bounds(text: str) -> list[tuple[float | None, float | None]]:
    return [(a.min, a.max) for a in find_amounts(text)]


THOUSANDS = st.integers(1, 990)
SPELLINGS = (
    lambda n: f"{in_words(n)} thousand",
    lambda n: f"{in_words(n, article=True)} thousand",
    lambda n: f"{in_words(n, hyphen=False)} k",
    lambda n: f"{in_words(n)} grand",
    lambda n: f"{n}k",
    lambda n: f"{n} K",
    lambda n: f"${n},000",
    lambda n: f"EUR {n}.000",
    lambda n: f"£{n}k",
    lambda n: f"{n} thousand euros",
)
FRAMES = (
    "We've got {} set aside for it.", "so {} is what they approved", "he has {} down for it",
    "The ceiling, it's {}, and not a cent more.",
    "i have {} for the year", "{}", "about {} or so",
)  # fmt: skip


@given(THOUSANDS, st.sampled_from(SPELLINGS), st.sampled_from(FRAMES))
@settings(deadline=None, max_examples=200)
def test_an_amount_is_read_back_however_it_is_said(n: int, spell: object, frame: str) -> None:
    assert callable(spell)
    amount = only(frame.format(spell(n)))
    assert {amount.min, amount.max} - {None} == {n * 1000}
    assert not amount.bare


@given(st.integers(1, 900), st.integers(1, 9), st.sampled_from(SPELLINGS[:6]), st.sampled_from(["to", "or",
"up to"]))
@settings(deadline=None, max_examples=200)
def test_the_scale_at_the_end_counts_for_both_ends(n: int, more: int, spell: object, to: str) -> None:
    assert callable(spell)
    first, last = n + 20, n + 20 + more
    spoken = in_words(first, hyphen=False) if "k" not in spell(1) else str(first)
    amount = only(f"between us it is {spoken} {to} {spell(last)}")
    assert (amount.min, amount.max) == (first * 1000, last * 1000)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_places_lie_in_the_text_in_order_and_figures_are_no_nonsense(text: str) -> None:
    end = 0
    for a in find_amounts(text):
        assert end <= a.start < a.end <= len(text)
        end = a.end
        if a.min is not None and a.max is not None:
            assert 0 <= a.min <= a.max


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("sixty-two five hundred is what I have", 62_500),
        ("one hundred ten kay, hardware included", 110_000),
        ("Eighteen thousand works, yes.", 18_000), ("fifty-five thousand expressly for the controls", 55_000),
        ("it's now eighty-five thousand in one pot", 85_000),
    ],
)  # fmt: skip
def test_amounts_in_odd_words(text: str, amount: float) -> None:
    assert bounds(text) == [(amount, amount)]


@pytest.mark.parametrize("text", ["sixty families", "forty thousand family members", "three in ten"])
def test_what_is_counted_is_no_money(text: str) -> None:
    assert bounds(text) == []


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("$70-80k", 70_000, 80_000), ("seventy to eighty k", 70_000, 80_000),
        ("between fifty and sixty thousand", 50_000, 60_000),
        ("eighty to a hundred thousand", 80_000, 100_000),
        ("900 to 1.2 million", 900_000, 1_200_000), ("a hundred thousand to one twenty", 100_000, 120_000),
        ("two to three hundred thousand", 200_000, 300_000), ("fifty, maybe sixty thousand", 50_000, 60_000),
        ("one fifty to one eighty thousand", 150_000, 180_000), ("forty, fifty grand", 40_000, 50_000),
        ("from 20 up to 25k", 20_000, 25_000), ("low six figures", 100_000, 300_000),
    ],
)  # fmt: skip
def test_ranges(text: str, low: float, high: float) -> None:
    assert bounds(text) == [(low, high)]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("under 50", None, 50), ("I can't go past ninety", None, 90), ("up to 30k", None, 30_000),
        ("no more than forty thousand", None, 40_000), ("twenty grand, max", None, 20_000),
        ("don't let them go over three hundred", None, 300), ("at least a hundred", 100, None),
        ("north of two hundred k", 200_000, None), ("fifty k plus", 50_000, None),
        ("80k or more", 80_000, None),
        ("it can't go past ninety, ninety thousand", None, 90_000),
    ],
)  # fmt: skip
def test_bounds(text: str, low: float | None, high: float | None) -> None:
    assert bounds(text) == [(low, high)]


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("half a million euros", "EUR"), ("five hundred quid", "GBP"), ("a thousand bucks", "USD"),
        ("forty thousand rand", "ZAR"), ("R 45 000", "ZAR"), ("S$150k", "SGD"), ("sixty thousand Aussie",
        "AUD"), ("six thousand aussie for the year", "AUD"), ("thirty thousand cedis", "GHS"),
        ("A$ 20,000", "AUD"), ("35K€", "EUR"), ("CHF 12'000", "CHF"), ("₹ 12,50,000", "INR"),
        ("eighteen lakhs", "INR"), ("in dollars one hundred thousand not naira please", "USD"),
        ("1.5 crore rupees", "INR"), ("85k Canadian dollars", "CAD"), ("2.4 million kronor", "SEK"),
        ("I've thirty-six thousand in for it this year, that's euro", "EUR"), ("forty thousand", None),
        ("we try forty thousand", None),
        ("two thousand pounds of flour", None), ("two thousand canadian geese", None),
    ],
)  # fmt: skip
def test_currencies(text: str, currency: str | None) -> None:
    things = text.endswith(("flour", "geese"))
    assert [a.currency for a in find_amounts(text)] == ([] if things else [currency])


def test_what_an_unmarked_dollar_is_the_caller_tells() -> None:
    assert only("$5,000", dollar="AUD").currency == "AUD"
    assert only("US$5,000", dollar="AUD").currency == "USD"


@pytest.mark.parametrize(
    ("text", "amount", "period"),
    [
        ("six grand a month", 6_000, "month"), ("3.5k/mo", 3_500, "month"),
        ("sixty thousand a year", 60_000, "year"),
        ("$1,200 per annum", 1_200, "year"), ("10k a quarter", 40_000, "year"),
        ("20 grand upfront", 20_000, "one_time"), ("a hundred and fifty one time", 150, "one_time"),
        ("six thousand each month", 6_000, "month"), ("seventy-two in the year", 72, "year"),
        ("five thousand canadian a year", 5_000, "year"),
        ("fifteen hundred euro once not every month", 1_500, "one_time"),
        ("ten thousand once we sign", 10_000, None), ("forty thousand", 40_000, None),
        ("forty thousand in the year before", 40_000, None),
    ],
)  # fmt: skip
def test_periods(text: str, amount: float, period: str | None) -> None:
    found = only(text)
    assert (found.min, found.period) == (amount, period)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("approved for this year", "year"), ("the annual budget", "year"), ("it's a once off", "one_time"),
        ("monthly", "month"), ("in a month or so", None), ("a month ago", None), ("nothing said", None),
    ],
)  # fmt: skip
def test_the_period_of_a_text(text: str, period: str | None) -> None:
    assert said_period(text) == period


@pytest.mark.parametrize("text", ["what I have approved is seventy", "about sixty", "forty-ish", "two fifty"])
def test_a_number_without_scale_or_currency_is_bare(text: str) -> None:
    assert only(text).bare


@pytest.mark.parametrize("text", ["about 45k", "45k, give or take", "forty-ish", "a couple hundred thousand"])
def test_approximate(text: str) -> None:
    assert only(text).approximate


@pytest.mark.parametrize(
    "text",
    [
        "$12 per user per month", "forty a seat", "nineteen dollars a head a year",
        "nineteen hundred a clinic, a month", "two euros a trailer a month", "eighty a berth.",
    ],
)  # fmt: skip
def test_a_price_per_unit(text: str) -> None:
    assert only(text).per_unit


@pytest.mark.parametrize(
    "text", ["forty thousand a year.", "sixty thousand a bit more", "forty a push.", "ninety a limit, really"]
)
def test_no_price_per_unit(text: str) -> None:
    assert not only(text).per_unit


@pytest.mark.parametrize("text", ["I can't do fifty-two", "it isn't forty thousand", "two ten's not, no"])
def test_a_figure_turned_down(text: str) -> None:
    assert only(text).rejected


@pytest.mark.parametrize(
    "text",
    [
        "We have no budget at all", "no money for this", "not a cent", "Not one rupee.", "like actually nil",
        "the budget is zero", "nothing set aside", "we haven't any money for this", "I've got nothing for it",
    ],
)
def test_no_money_at_all_is_zero(text: str) -> None:
    assert bounds(text) == [(0, 0)]


@pytest.mark.parametrize(
    "text",
    [
        "there's no budget yet", "no budget number in mind", "not a penny more",
        "we haven't decided on a budget",
        "there was no money for a kitchen",
    ],
)
def test_an_open_budget_is_not_zero(text: str) -> None:
    assert bounds(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "sixty people", "three sites and forty trucks", "fourteen thousand loads give or take",
        "I got three people who",
        "ten percent", "a hundred per cent", "in 2026", "in twenty twenty six", "since nineteen ninety-nine",
        "back in oh-nine", "at three in the morning", "half past nine", "at eight forty", "10:30", "24/7",
        "twenty-four seven", "question two hundred and eleven", "SOC 2", "version 2.5", "Q3", "in six weeks",
        "May the tenth", "by March 15", "the 27th", "one in twenty", "call 415-555-0132", "a five-year deal",
        "that one", "the three of us", "the other nineteen", "thanks a million", "three or four stalls",
    ],
)
def test_numbers_that_are_no_money(text: str) -> None:
    assert bounds(text) == []


@pytest.mark.parametrize(
    "evil",
    ["5" + " " * 20_000 + "x",
    "say " * 2_000, "1 2 " * 1_000, "5, in, in " * 800, "nine " * 4_000 + "hundred", "between 5 and " * 800,
    "no budget " * 4_000],
)
def test_hostile_text_is_read_in_bounded_time(evil: str) -> None:
    begun = time.process_time()
    find_amounts(evil)
    assert time.process_time() - begun < 15
