from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spelling import in_words

from extractor.parsing.dates import When, find_times, target

CALL = dt.date(2026, 3, 10)  # a Tuesday
DAYS = st.dates(dt.date(2002, 1, 1), dt.date(2034, 12, 31))
MONTHS = "January February March April May June July August September October November December".split()
PHRASES = (
    "end of May", "before Q3", "in six weeks", "after the summer holidays", "Friday the twenty-seventh",
    "mid-October",
    "early next year", "by Thanksgiving", "before Easter", "the back half of the year", "H2", "this month",
    "end of the quarter", "by year end", "in the new year", "within thirty days", "as soon as possible",
    "next spring",
    "by Friday", "the 15th", "this week or next", "by Diwali", "before Ramadan", "the second week of July",
    "next quarter",
    "in a year and a half", "three weeks before Christmas", "the first of April", "before this month is out",
    "in the fall",
)  # fmt: skip


def only(text: str, call: dt.date | None = CALL) -> When:
    [found] = find_times(text, call)
    return found


def told(text: str, call: dt.date = CALL) -> str | None:
    day = target(only(text, call))
    return day.isoformat() if day else None


@given(DAYS, st.sampled_from(PHRASES))
@settings(deadline=None, max_examples=150)
def test_an_interval_runs_forward_and_is_not_over_at_the_call(call: dt.date, phrase: str) -> None:
    when = only(phrase, call)
    assert when.begin is not None
    assert when.finish is not None
    assert when.begin <= when.finish
    assert when.finish >= call or "before Christmas" in phrase


@given(DAYS, st.integers(1, 60), st.booleans())
@settings(deadline=None)
def test_in_n_weeks_is_exact(call: dt.date, n: int, words: bool) -> None:
    count = in_words(n) if words else str(n)
    assert target(only(f"we'd sign in {count} week{'s' * (n > 1)}", call)) == call + dt.timedelta(weeks=n)


@given(DAYS, st.integers(1, 12))
@settings(deadline=None)
def test_a_month_is_the_first_that_is_not_over_at_the_call(call: dt.date, month: int) -> None:
    when = only(f"we want it in {MONTHS[month - 1]}", call)
    assert when.begin is not None
    assert when.finish is not None
    assert when.finish >= call
    assert (when.finish.month, when.finish - dt.timedelta(days=366) < call) == (month, True)


@given(DAYS, st.dates(dt.date(2002, 1, 1), dt.date(2034, 12, 31)), st.booleans())
@settings(deadline=None)
def test_a_full_date_is_itself_unless_it_is_past(call: dt.date, day: dt.date, iso: bool) -> None:
    text = day.isoformat() if iso else f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
    assert [target(w) for w in find_times(f"signed by {text}", call)] == ([day] if day >= call else [])


@given(st.text(max_size=200), DAYS)
@settings(deadline=None)
def test_places_lie_in_the_text_and_hold_the_words(text: str, call: dt.date) -> None:
    for w in find_times(text, call):
        assert 0 <= w.start < w.end <= len(text)
        assert text[w.start : w.end] == w.words


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("by the end of May", "2026-05-31"), ("before Q3", "2026-06-30"), ("six weeks out", "2026-04-21"),
        ("about ten weeks out from today", "2026-05-19"), ("after the summer holidays", "2026-09-01"),
        ("a contract signed by Friday the twenty-seventh", "2026-03-27"), ("the first of April",
        "2026-04-01"),
        ("April first", "2026-04-01"), ("on the friday the twenty seventh of february", "2027-02-27"),
        ("the fifteenth of may", "2026-05-15"), ("mid-October", "2026-10-16"), ("by Thanksgiving",
        "2026-11-26"),
        ("I want ink on this before Thanksgiving", "2026-11-25"), ("before Easter", "2026-04-04"),
        ("in Q 3", "2026-09-30"), ("by the end of Q2", "2026-06-30"), ("first quarter of twenty seven",
        "2027-03-31"),
        ("in the second half of the year", "2026-12-31"), ("next month", "2026-04-30"),
        ("end of the quarter", "2026-03-31"), ("by year end", "2026-12-31"), ("within thirty days",
        "2026-04-09"),
        ("over the next ninety days", "2026-06-08"), ("eighteen months from now", "2027-09-10"),
        ("in two or three months", "2026-06-10"), ("a fortnight from now", "2026-03-24"),
        ("when we're back in September", "2026-09-30"), ("not before 2028", "2028-01-01"),
        ("July at the earliest", "2026-07-01"), ("by Friday", "2026-03-13"), ("next Friday", "2026-03-20"),
        ("Thursday week", "2026-03-19"), ("by Friday of next week", "2026-03-20"), ("before the ninth",
        "2026-04-08"),
        ("by the 15th of next month", "2026-04-15"), ("2026-05-01", "2026-05-01"), ("5/31", "2026-05-31"),
        ("31.5.2026", "2026-05-31"), ("the week after next", "2026-03-29"), ("this week or next",
        "2026-03-22"),
        ("before this month is out", "2026-03-31"), ("by august bank holiday", "2026-08-31"),
        ("by Diwali", "2026-11-08"), ("before Ramadan begins", "2027-02-07"), ("in March, 2027",
        "2027-03-31"),
        ("three weeks before Christmas", "2026-12-04"), ("not this year", "2027-01-01"), ("asap",
        "2026-03-10"),
        ("we needed it yesterday", "2026-03-10"), ("by June", "2026-06-01"), ("tomorrow", "2026-03-11"),
        ("by St George's Day", "2026-04-23"), ("before Melbourne Cup", "2026-11-02"),
        ("before the clocks go forward", "2026-03-28"), ("calendar week nineteen", "2026-05-10"),
        ("she has promised week thirty-two", "2026-08-09"), ("in week 53", "2027-01-03"),
        ("the first week of August", "2026-08-07"), ("towards the end of summer", "2026-08-31"),
    ],
)  # fmt: skip
def test_what_a_plan_told_so_means(text: str, day: str) -> None:
    assert told(text) == day


def test_a_month_that_has_passed_is_next_years() -> None:
    assert told("end of February") == "2027-02-28"
    assert told("end of March") == "2026-03-31"


def test_a_day_belongs_to_the_month_spoken_of() -> None:
    times = find_times("At the end of April. When is it, the twenty-ninth?", CALL)
    assert target(times[-1]) == dt.date(2026, 4, 29)


@pytest.mark.parametrize("text", ["no rush", "someday", "whenever", "the end of the fiscal year"])
def test_words_that_give_no_date(text: str) -> None:
    assert target(only(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "last year", "two years ago", "since January", "back in May", "I sent it yesterday",
        "a week ago Friday",
        "a three year contract", "thirty days notice", "we may do it", "a hundred a month",
        "we'd fall behind",
        "what Christmas does", "the first thing", "it was in 2019", "every Monday", "what it does first, and",
    ],
)  # fmt: skip
def test_what_is_no_plan(text: str) -> None:
    assert [w.words for w in find_times(text, CALL) if w.kind != "holiday"] == []


def test_without_a_call_date_only_full_dates_and_spans_tell() -> None:
    assert target(only("by 2026-05-01", None)) == dt.date(2026, 5, 1)
    assert target(only("by the end of May", None)) is None
    assert only("in six weeks", None).length == 42
    assert only("as soon as possible", None).length == 0


def test_a_mere_length_is_loose() -> None:
    assert only("ninety days").loose
    assert not only("in ninety days").loose


def test_months_that_are_other_words_too() -> None:
    assert not find_times("we may, and they march on", CALL)
    assert only("sometime in may").kind == "month"


@pytest.mark.parametrize("said", ["June ", "the {}th ", "in {} weeks ", "the ", "five ", "twenty {} "])
def test_a_text_that_is_all_times_takes_time_by_its_length(said: str) -> None:
    def seconds(words: int, salt: int) -> float:
        text = "".join(said.format(4 + (n + salt) % 15) for n in range(words // len(said.split())))
        begun = time.process_time()
        find_times(f"{text} hundred {salt}", CALL)
        return time.process_time() - begun

    short, long = (min(seconds(words, salt) for salt in range(2)) for words in (1_500, 6_000))
    assert long < 8 * short + 0.1


@pytest.mark.parametrize(
    "evil",
    ["5" + " " * 20_000 + "x", "may " * 2_000, "a " * 2_000, "twenty " * 2_000, "not " * 2_000, "5" * 20_000],
)
def test_hostile_text_is_read_in_bounded_time(evil: str) -> None:
    begun = time.process_time()
    find_times(evil, CALL)
    assert time.process_time() - begun < 20
