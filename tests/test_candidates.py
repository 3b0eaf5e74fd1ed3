from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest
from fakes import call
from hypothesis import given
from hypothesis import strategies as st

from extractor.cues import CUES
from extractor.form import Field
from extractor.formfile import load_form
from extractor.strategies.candidates import (
    MAX_QUOTE_WORDS,
    RANKED,
    Candidate,
    Scene,
    at_most,
    best_stretch,
    candidates,
    quote_around,
)
from extractor.transcript import Transcript

FORM = load_form("bant")
BUDGET, AUTHORITY, NEED, TIMELINE = (FORM.field(f) for f in ("budget", "authority", "need", "timeline"))
DATE = dt.date(2026, 3, 12)
CUES_OF_NEEDS = ("problem", "want", "we")

PIECES = (
    "forty thousand", "$70,000", "(50k),", "€12", "no budget", "end of June", "in two weeks", "Q3.", "March",
    "we", "we", "so", "need", "the", "the", "Right.", "And?", "“Yes”", "problem", "预算",
    "我们需要五万美元。", "الميزانية", "Größe", "a" * 45, "  ", "\t", "—", "3.5", "Mr. Bell",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=120).map(" ".join)
sides = st.sampled_from(["buyer", "seller", ""])
transcripts = st.lists(st.tuples(sides, texts), max_size=5).map(lambda turns: call(*turns, date=DATE))


def found(field: Field, transcript: Transcript) -> list[Candidate]:
    return candidates(field, FORM, Scene(transcript))


def is_own_text(c: Candidate, transcript: Transcript) -> bool:
    e = c.evidence
    return e.turn == c.turn and e.quote == transcript.turns[c.turn].text[e.char_start : e.char_end]


@given(transcripts)
def test_what_is_found_stands_in_the_transcript(transcript: Transcript) -> None:
    for field in (BUDGET, TIMELINE):
        for c in found(field, transcript):
            assert is_own_text(c, transcript)
            assert c.words in c.evidence.quote
            assert c.words.strip()
            # The words of the mention itself are never cut.
            assert len(c.evidence.quote.split()) <= MAX_QUOTE_WORDS
            assert c.evidence.quote == c.evidence.quote.strip()
            assert c.evidence.match == "exact"
            assert c.reading is not None
            assert c.finding(field, 0.5).evidence == (c.evidence,)
            assert c.answer is not None
            assert c.answer.quotes == [c.evidence.quote]
            assert transcript.turns[c.turn].side != "seller"


@given(transcripts)
def test_each_turn_but_the_seller_s_and_the_empty_may_tell_of_roles_and_needs(transcript: Transcript) -> None:
    said = [i for i, t in enumerate(transcript.turns) if t.text.strip() and t.side != "seller"]
    for field in (AUTHORITY, NEED):
        places = found(field, transcript)
        assert [c.turn for c in places] == said
        assert all(c.evidence.quote == transcript.turns[c.turn].text for c in places)


@given(transcripts)
def test_features_are_numbers(transcript: Transcript) -> None:
    for field in FORM.fields:
        for c in found(field, transcript):
            assert all(isinstance(x, float) and x for x in c.features.values())


@given(texts, st.data())
def test_a_quote_holds_what_it_is_around(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    transcript = call(("buyer", text))
    e = quote_around(transcript, 0, start, end)
    assert e.char_start <= start <= end <= e.char_end
    assert e.quote == text[e.char_start : e.char_end]
    own = len(text[start:end].split())
    # A place may begin and end inside words.
    assert len(e.quote.split()) <= max(MAX_QUOTE_WORDS, own) + 2 * (own > MAX_QUOTE_WORDS)


@given(texts)
def test_the_best_stretch_lies_in_the_text_and_is_a_quote(text: str) -> None:
    start, end = best_stretch(text, CUES_OF_NEEDS)
    assert 0 <= start <= end <= len(text)
    stretch = text[start:end]
    assert at_most(MAX_QUOTE_WORDS, text, start, end)
    assert len(stretch.split()) <= MAX_QUOTE_WORDS
    assert stretch == stretch.strip()
    assert bool(stretch) == bool(text.strip())
    if any(CUES[cue].search(text) for cue in CUES_OF_NEEDS) and len(text.split()) < MAX_QUOTE_WORDS // 3:
        assert any(CUES[cue].search(stretch) for cue in CUES_OF_NEEDS)


def test_a_quote_grows_by_whole_sentences() -> None:
    filler = "It was raining all day over there. "
    text = filler * 9 + "We have forty thousand. " + filler * 9
    start = text.index("forty")
    e = quote_around(call(("buyer", text)), 0, start, start + len("forty thousand"))
    sentences = e.quote.split(". ")
    assert sentences[0].startswith(("It was", "We have"))
    assert e.quote.endswith(".")
    assert "We have forty thousand." in e.quote
    # One more sentence of seven words would not fit.
    assert MAX_QUOTE_WORDS - 7 < len(e.quote.split()) <= MAX_QUOTE_WORDS


def test_a_short_turn_is_quoted_whole() -> None:
    text = "Well. We have forty thousand. That's it."
    start = text.index("forty")
    assert quote_around(call(("buyer", text)), 0, start, start + 5).quote == text


def test_a_sentence_of_just_the_most_words_is_not_cut_at_punctuation() -> None:
    text = " ".join(["so"] * 20) + ' "forty thousand," ' + " ".join(["then"] * 17) + " end."
    assert len(text.split()) == MAX_QUOTE_WORDS
    start = text.index("forty")
    assert quote_around(call(("buyer", text)), 0, start, start + len("forty thousand")).quote == text


@pytest.mark.parametrize("word", ["so", "forty", "a"])
def test_words_that_repeat_are_counted_one_by_one(word: str) -> None:
    text = f"{word} " * 60 + "forty thousand " + f"{word} " * 60
    start = text.index("forty thousand")
    e = quote_around(call(("buyer", text)), 0, start, start + len("forty thousand"))
    assert e.quote == f"{word} " * 19 + "forty thousand" + f" {word}" * 19
    assert e.char_start == start - 19 * len(f"{word} ")


@pytest.mark.parametrize(("before", "after"), [(0, 100), (3, 100), (100, 0), (100, 5)])
def test_what_one_end_has_no_words_for_the_other_gets(before: int, after: int) -> None:
    text = ("x " * before + "forty thousand" + " y" * after).strip()
    start = text.index("forty")
    e = quote_around(call(("buyer", text)), 0, start, start + len("forty thousand"))
    assert len(e.quote.split()) == MAX_QUOTE_WORDS
    assert e.quote.split().count("x" if before < after else "y") == min(before, after)


def test_blanks_at_the_ends_are_no_part_of_a_quote() -> None:
    text = "  So.   We have forty thousand.   "
    start = text.index("forty")
    e = quote_around(call(("buyer", text)), 0, start, start + 5)
    assert e.quote == "So.   We have forty thousand."


def test_text_without_blanks_is_cut_by_letters() -> None:
    text = "预算" * 5_000 + "$50,000" + "左右" * 5_000
    [place] = found(BUDGET, call(("buyer", text), date=DATE))
    assert "$50,000" in place.evidence.quote
    assert len(place.evidence.quote) < 2_000
    start, end = best_stretch(text, CUES_OF_NEEDS)
    assert 0 < end - start < 2_000


def test_the_best_stretch_has_the_most_cues_and_no_more_words_than_it_needs() -> None:
    filler = "and then there was this and that over there again. "
    told = "We have a problem with the sheets."
    text = filler * 8 + told + " " + filler * 8
    start, end = best_stretch(text, CUES_OF_NEEDS)
    assert text[start:end] == told


def test_the_best_stretch_of_a_text_without_punctuation() -> None:
    filler = "and then that is how it goes " * 20
    text = f"{filler}we have a problem with sheets {filler}"
    start, end = best_stretch(text, CUES_OF_NEEDS)
    assert "problem" in text[start:end]
    assert len(text[start:end].split()) <= MAX_QUOTE_WORDS


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_said_has_no_best_stretch(text: str) -> None:
    assert best_stretch(text, CUES_OF_NEEDS) == (0, 0)


@pytest.mark.parametrize(
    ("words", "text", "short"),
    [(2, "one two", True), (2, "one two three", False), (0, "", True), (0, "one", False)],
)
def test_at_most(words: int, text: str, short: bool) -> None:
    assert at_most(words, text, 0, len(text)) is short
    assert at_most(words, f"more {text} more", 5, 5 + len(text)) is short


def test_an_amount_has_its_value_and_what_tells_of_it() -> None:
    transcript = call(
        ("seller", "Our list price is ninety thousand dollars."),
        ("buyer", "We have forty thousand dollars a year for it. Forty thousand dollars, no more."),
        ("seller", "Forty thousand dollars. Noted."),
        date=DATE,
    )
    first, second = found(BUDGET, transcript)
    assert first.words == "forty thousand dollars a year"
    assert first.reading is not None
    assert (first.reading.option, first.reading.value["amount_max"]) == ("10k_50k", 40_000)
    assert first.features["named by buyer"] == 2
    assert first.features["named by seller"] == 1
    assert "last of turn" not in first.features
    assert second.features["last of turn"] == 1
    assert {"currency", "period", "left have"} <= first.features.keys()


def test_an_amount_tells_how_it_stands_to_the_others() -> None:
    def told(*said: tuple[str, str]) -> list[set[str]]:
        names = {"revised", "revises", "reckoned", "said before", "said after"}
        return [names & c.features.keys() for c in found(BUDGET, call(*said))]

    less = "I have two hundred and forty thousand.", "Thirty thousand goes to them.", "So it's two ten."
    assert told(*(("buyer", s) for s in less)) == [{"revised"}, set(), {"revises", "reckoned"}]
    twice = ("buyer", "Forty thousand."), ("seller", "Ninety thousand?"), ("buyer", "Forty thousand.")
    assert told(*twice) == [{"said after"}, {"said before"}]


def test_a_time_has_its_target_and_what_tells_of_it() -> None:
    transcript = call(("buyer", "We sign by the end of June. Then again, whenever."), date=DATE)
    places = found(TIMELINE, transcript)
    june = next(c for c in places if "June" in c.words)
    assert june.reading is not None
    assert june.reading.value["target"] == "2026-06-30"
    assert {"is month", "bound by", "part end", "in 3_6_months", "left sign"} <= june.features.keys()


def test_an_unmarked_dollar_is_read_alike_by_the_search_and_by_the_kind() -> None:
    form = FORM.model_copy(update={"currency": "EUR", "exchange_rates": {"USD": 0.5}})
    transcript = call(("buyer", "We have 12,000 dollars."), date=DATE)
    [place] = candidates(BUDGET, form, Scene(transcript))
    assert place.answer is not None
    assert place.answer.model_dump()["currency"] == "USD"
    assert place.reading is not None
    assert (place.reading.value["currency"], place.reading.option) == ("USD", "under_10k")


def test_without_the_call_s_date_only_what_needs_none_is_a_time() -> None:
    turns = [("buyer", text) for text in ("By the end of June.", "Within three months.", "On 2026-09-01.")]
    assert [c.words for c in found(TIMELINE, call(*turns))] == ["Within three months"]
    assert len(found(TIMELINE, call(*turns, date=DATE))) == 3


def test_places_of_other_kinds_can_t_be_told() -> None:
    competition = load_form("meddicc").field("competition")
    assert competition.kind not in RANKED
    with pytest.raises(KeyError):
        found(competition, call(("buyer", "The others came in lower.")))


def test_an_empty_call_has_no_places() -> None:
    assert [found(field, Transcript(turns=(), date=DATE)) for field in FORM.fields] == [[], [], [], []]
    silent = call(("buyer", " "), ("", ""), date=DATE)
    assert [found(field, silent) for field in FORM.fields] == [[], [], [], []]


def seconds(work: Callable[[], Any]) -> float:
    """Processor time; what it is compared with leaves room for slow and busy machines."""
    began = time.process_time()
    work()
    return time.process_time() - began


def rank(transcript: Transcript) -> None:
    scene = Scene(transcript)
    for field in FORM.fields:
        candidates(field, FORM, scene)


def spoken(n: int, every: int) -> str:
    """Fifteen words and more, every few times with an amount and a time among them."""
    if n % every:
        return f"and then the thing is that we have to chase number{n} people every single week so"
    return f"we have {20 + n % 700} thousand dollars set aside and we need it by June {1 + n % 28} right so"


@pytest.mark.parametrize("end", [". ", " ", "，"])
def test_a_turn_of_twenty_thousand_words_is_ranked_in_seconds(end: str) -> None:
    text = end.join(spoken(n, 5) for n in range(1_300))
    assert len(text.split()) > 19_000
    transcript = call(("buyer", text), date=DATE)
    assert seconds(lambda: rank(transcript)) < 10
    assert seconds(lambda: best_stretch(text, CUES_OF_NEEDS)) < 10


# Each is said over and over, with other figures: what names one thing after the other in one turn.
NAMED = ("{}", "on the {}th", "${} per seat", "no budget", "whenever")


def crowded(named: str, words: int) -> Transcript:
    times = words // len(named.split())
    text = " ".join(named.format(10 + 7 * n % 20) for n in range(times))
    # What tells nothing of itself is read from what else its turn names.
    rest = " ".join(f"${n} {'May' if n % 2 else 'July'}" for n in range(100))
    return call(("buyer", text + " right " + rest), date=DATE)


@pytest.mark.parametrize("named", NAMED)
def test_a_turn_that_is_all_amounts_or_times_takes_time_by_its_length(named: str) -> None:
    short, long = (crowded(named, words) for words in (400, 1_600))
    assert seconds(lambda: rank(long)) < 8 * seconds(lambda: rank(short)) + 0.1


def test_of_a_turn_that_names_more_than_anybody_says_the_last_count() -> None:
    many = "and ".join(f"{n} dollars " for n in range(5_000, 6_100))
    places = found(BUDGET, call(("buyer", "We have $90,000."), ("buyer", many), ("buyer", "So $70,000.")))
    last = [f"{n} dollars" for n in range(5_100, 6_100)]
    assert [c.words for c in places] == ["$90,000", *last, "$70,000"]


def test_a_call_of_three_thousand_turns_is_ranked_in_a_minute() -> None:
    turns = [("seller" if n % 2 else "buyer", f"{spoken(n, 10)}, mind you, {n}.") for n in range(3_000)]
    transcript = call(*turns, date=DATE)
    assert transcript.words() > 50_000
    assert seconds(lambda: rank(transcript)) < 60
