"""Values, options and times in words; nothing that a terminal obeys gets through."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import absent, authority, budget, evidence, form, need, record, stated

from extractor.reports.words import (
    answer_words,
    clean,
    clock,
    details,
    option_words,
    people,
    said_by,
    short,
    tally,
    title_of,
    value_words,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (
            {"amount_min": 70000, "amount_max": 80000, "currency": "USD", "period": "year"},
            "USD 70,000-80,000 a year",
        ),
        ({"amount_min": 1500, "amount_max": 1500, "currency": "EUR", "period": "month"}, "EUR 1,500 a month"),
        ({"amount_min": 9, "amount_max": 9.5, "currency": None, "period": "one_time"}, "9-9.50, one time"),
        ({"amount_min": None, "amount_max": 2000, "currency": "GBP", "period": None}, "up to GBP 2,000"),
        (
            {"amount_min": 2000, "amount_max": None, "currency": "GBP", "period": "year"},
            "from GBP 2,000 a year",
        ),
        ({"amount_min": 0, "amount_max": 0, "currency": "USD", "period": "one_time"}, "USD 0, one time"),
        (authority().value, "Tom Okafor, VP of Operations, influencer; decided by Renate Vogt"),
        ({"contact": "Ann", "role": "decision_maker", "decision_makers": ["Ann"]}, "Ann, decision maker"),
        (
            {"contact": None, "role": None, "decision_makers": ["the board"]},
            "decided by the board",
        ),
        (need().value, "orders are typed twice; no view of stock"),
        ({"target": "2026-06-01", "words": "end of May"}, "2026-06-01 (end of May)"),
        ({"target": None, "words": "in half a year"}, "in half a year"),
        ({"target": "2026-06-01"}, "2026-06-01"),
        ({"options": ["1_10", "strong"]}, "1-10, strong"),
        ({"text": "Leeds,\n and Hull"}, "Leeds, and Hull"),
        ({"some_thing": 3, "other": None}, "some thing: 3"),
    ],
)
def test_values(value: dict[str, Any] | None, words: str) -> None:
    assert value_words(value) == words


@pytest.mark.parametrize(
    ("option", "words"),
    [("50k_100k", "50k-100k"), ("under_10k", "under 10k"), ("1_3_months", "1-3 months"),
     ("within_1_month", "within 1 month"), ("department_head", "department head")],
)  # fmt: skip
def test_options_without_a_form(option: str, words: str) -> None:
    assert short(option) == words
    assert option_words(option, None) == words


def test_options_and_titles_with_a_form() -> None:
    field = form().field("budget")
    assert option_words("50k_100k", field) == "$50,000 - $100,000"
    assert option_words("no_longer_there", field) == "no longer there"
    assert option_words("low", form().field("need")) == "low"
    assert option_words(None, field) == ""
    assert (title_of(form(), "budget"), title_of(None, "the_rest")) == ("Budget", "The rest")


def test_the_shortest_answer() -> None:
    assert answer_words(budget()) == "50k-100k"
    assert answer_words(stated(None, 0, 25, {"role": "end_user"}, "x")) == "end user"
    assert answer_words(stated(None, 5, 5, {"text": "Leeds"}, "x")) == "stated"


def test_a_choice_is_not_said_twice() -> None:
    assert details(stated("strong", 15, 15, {"options": ["strong"]}, "x")) == ""
    assert details(stated("strong", 15, 15, {"options": ["strong", "coach"]}, "x")) == "strong, coach"
    assert details(absent(15)) == ""


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (0.0, "0:00"), (140.9, "2:20"), (3599.0, "59:59"), (3740.0, "1:02:20")]
)
def test_times(seconds: float | None, words: str) -> None:
    assert clock(seconds) == words


def test_who_said_it() -> None:
    assert said_by(evidence("x")) == "Tom Okafor, 2:20"
    assert said_by(evidence("x", start=None, turn=7)) == "Tom Okafor, turn 7"
    assert said_by(evidence("x", speaker=None)) == "the buyer, 2:20"
    assert said_by(evidence("x", speaker=None).model_copy(update={"side": None})) == "unknown speaker, 2:20"


def test_people_of_a_side() -> None:
    assert people(record(), "buyer") == "Tom Okafor (VP of Operations, Halden Freight)"
    assert people(record(), "seller") == "Priya Nair"


def test_counting() -> None:
    assert tally(["hot", "cold", "hot"]) == "2 hot, 1 cold"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a \x1b[31mred\x1b[0m word", "a red word"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jgone", "gone"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("no end \x1b]52;c;ZXZpbA==", "no end "),
        ("\x1bc reset", " reset"),
        ("one\ntwo\r\tthree\x00\x07", "one two three"),
        ("pay \u202e000,1\u202c now", "pay 000,1 now"),
        ("\u2066iso\u2069 \ufeffbom \u200bwide\u2028line", "iso bom wide line"),
        ("می\u200cخواهم 👩\u200d🔧", "می\u200cخواهم 👩\u200d🔧"),
        ("Größe [bold]x[/bold]", "Größe [bold]x[/bold]"),
    ],
)
def test_nothing_that_a_terminal_obeys(text: str, shown: str) -> None:
    assert clean(text) == shown.strip()


@given(st.text(alphabet=st.sampled_from("\x1b\x9b\x9d\x07[]m;0\\ab\n\u202e\u2066") | st.characters()))
@settings(deadline=None)
def test_no_control_character_is_ever_left(text: str) -> None:
    shown = clean(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Zl", "Zp")]
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    assert clean(shown) == shown
