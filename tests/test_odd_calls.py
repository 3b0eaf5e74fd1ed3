"""Calls of odd shapes: long ones, many speakers or none, other scripts, marks of direction, empty turns.

Whatever it is, a record comes out that fits its schema, whose every quote stands in the transcript.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from fakes import FakeClient, text_of
from jsonschema import Draft202012Validator

from extractor import pipeline
from extractor.pipeline import Extractor
from extractor.readers import read_bytes
from extractor.record import Evidence, Record, Usage
from extractor.resources import resource_dir
from extractor.transcript import Side, Transcript, Turn

SCHEMA = Draft202012Validator(
    json.loads((resource_dir("schemas") / "record.schema.json").read_text(encoding="utf-8"))
)
STRATEGIES = ("evidence", "whole")
SAID: dict[Side, tuple[str, ...]] = {
    "seller": (
        "What have you set aside for this?",
        "Thanks for making the time, and hello to everybody who has joined since the beginning.",
        "Our list price starts at twelve thousand dollars a year.",
        "How do you do that today, and who is involved in it?",
    ),
    "buyer": (
        "We spend three hours every day typing delivery notes by hand, and half of them are wrong.",
        "Well, it was a long winter here, and the roads have only just opened again.",
        "We have forty thousand dollars approved for this year.",
        "I run operations, and I sign for anything up to fifty thousand myself.",
        "It has to be in place before the end of next quarter.",
        "Okay, that makes sense to me.",
    ),
}
NAMES: dict[Side, str] = {"seller": "Priya Nair", "buyer": "Tom Okafor"}
MADE_UP = "we have nine hundred million dollars in this drawer"


class StandIn(FakeClient):
    """Holds the first choice likeliest, and quotes what it is shown, and one thing that nobody said."""

    def __init__(self) -> None:
        super().__init__(context_tokens=32_000)
        self.questions = 0

    async def choose(
        self, messages: Sequence[Mapping[str, Any]], choices: Sequence[str], *, usage: Usage
    ) -> dict[str, float]:
        self.questions += 1
        return {choice: float(choice == choices[0]) for choice in choices}

    def _next(self, messages: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        self.questions += 1
        lines = [words for line in text_of(messages).split("\n") if (words := line.partition("(buyer): ")[2])]
        quotes = [MADE_UP, *(" ".join(words.split()[:12])[:80] for words in lines[-2:])]
        money = [" ".join(words.split()[:12]) for words in lines if "dollars" in words or "$" in words]
        amount = {"amount_min": 4e4, "amount_max": 4e4, "currency": "USD", "period": "year"}
        return {
            "budget": [{**amount, "quotes": [MADE_UP, *money[-1:]]}],
            "need": [{"text": "typing by hand", "intensity": "very", "quotes": quotes}],
            "timeline": [{"words": quotes[-1], "quotes": quotes}],
        }


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    client = StandIn()

    async def open_client(*_: Any, **__: Any) -> StandIn:
        return client

    monkeypatch.setattr(pipeline, "open_client", open_client)
    return client


def talk(words: int, *, sided: bool = True) -> Transcript:
    """A call of two that has at least so many words."""
    sides: tuple[Side, ...] = ("seller", "buyer")
    said = {side: itertools.cycle(SAID[side]) for side in sides}
    turns: list[Turn] = []
    count = 0
    for side in itertools.cycle(sides):
        if count >= words:
            break
        turns.append(Turn(speaker=NAMES[side], side=side if sided else None, text=next(said[side])))
        count += len(turns[-1].text.split())
    return Transcript(turns=tuple(turns))


def exchange(seller: str, buyer: str, times: int = 1) -> Transcript:
    turns = (
        Turn(speaker=NAMES["seller"], side="seller", text=seller),
        Turn(speaker=NAMES["buyer"], side="buyer", text=buyer),
    )
    return Transcript(turns=turns * times)


def read(transcript: Transcript, strategy: str) -> Record:
    """The record, which is sound in itself."""
    with Extractor(model="fake/scripted", strategy=strategy) as extractor:
        record = extractor.extract(transcript)
    SCHEMA.validate(json.loads(record.model_dump_json()))
    for quote in quotes(record):
        turn = transcript.turns[quote.turn]
        assert quote.quote
        assert quote.quote == turn.text[quote.char_start : quote.char_end]
        assert quote.speaker == turn.speaker
        assert quote.side != "seller"
        assert turn.side in (quote.side, None)
    return record


def quotes(record: Record) -> Iterator[Evidence]:
    for result in record.fields.values():
        yield from result.evidence
        for conflict in result.conflicts:
            yield from conflict.evidence
        for item in (result.value or {}).get("items", []):
            yield from map(Evidence.model_validate, item["evidence"])


def told(record: Record, words: str) -> bool:
    return any(words in warning for warning in record.warnings)


def nothing_is_stated(record: Record) -> bool:
    return {f.status for f in record.fields.values()} == {"absent"} and record.score == 0


# Long ones


def seconds(transcript: Transcript, strategy: str) -> float:
    """Processor time, the better of two: the first may import and compile."""
    taken = []
    for _ in range(2):
        begun = time.process_time()
        read(transcript, strategy)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_twice_the_words_take_twice_the_time(strategy: str) -> None:
    short, long = (seconds(talk(words), strategy) for words in (2_000, 4_000))
    assert long < 3 * short + 0.5


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_turn_of_twice_the_words_takes_twice_the_time(strategy: str) -> None:
    said = " ".join(SAID["buyer"][n] for n in (0, 1, 3, 5))
    times = [seconds(exchange("And?", " ".join([said] * n)), strategy) for n in (30, 60)]
    assert times[1] < 3 * times[0] + 0.5


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_one_turn_of_twenty_thousand_words(strategy: str) -> None:
    monologue = " ".join(itertools.islice(itertools.cycle(" ".join(SAID["buyer"]).split()), 20_000))
    record = read(exchange("What is your budget?", monologue), strategy)
    # A quote can be read, however long the turn that it is from.
    assert all(len(q.quote.split()) < 200 for q in quotes(record))
    assert strategy == "evidence" or record.fields["need"].status == "stated"


@pytest.mark.soak
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_fifty_thousand_words(strategy: str, model: StandIn) -> None:
    whole = talk(50_000)
    begun = time.process_time()
    record = read(whole, strategy)
    assert time.process_time() - begun < 60
    assert record.fields["budget"].status == "stated"
    # The embedded model is asked about the best places only, another reads it by the context full.
    assert model.questions < 40
    assert seconds(talk(50_000), strategy) < 3 * seconds(talk(25_000), strategy) + 1


# Who speaks


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_three_hundred_speakers(strategy: str) -> None:
    turns = tuple(Turn(speaker=f"Person {n}", text=SAID["buyer"][n % 6]) for n in range(300))
    record = read(Transcript(turns=turns), strategy)
    assert told(record, "sides can't be told with 300 named speakers")
    assert told(record, "nobody on the buyer's side speaks")
    assert {p.side for p in record.participants} == {None}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_three_hundred_speakers_whose_sides_are_known(strategy: str) -> None:
    sides: tuple[Side, ...] = ("seller", "buyer")
    turns = tuple(
        Turn(speaker=f"Person {n}", side=sides[n % 2], text=SAID[sides[n % 2]][n // 2 % 4])
        for n in range(300)
    )
    record = read(Transcript(turns=turns), strategy)
    assert record.fields["budget"].status == "stated"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_speakers_at_all(strategy: str) -> None:
    turns = tuple(Turn(text=said) for said in SAID["buyer"])
    record = read(Transcript(turns=turns), strategy)
    assert told(record, "sides can't be told with 0 named speakers")
    assert record.participants == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_turn_of_the_buyers(strategy: str) -> None:
    turns = tuple(Turn(speaker=NAMES["seller"], side="seller", text=said) for said in SAID["buyer"])
    record = read(Transcript(turns=turns), strategy)
    assert told(record, "nobody on the buyer's side speaks")
    assert nothing_is_stated(record)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_turn_at_all(strategy: str) -> None:
    record = read(Transcript(turns=()), strategy)
    assert told(record, "nobody on the buyer's side speaks")
    assert nothing_is_stated(record)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_empty_turns_among_others_change_nothing(strategy: str) -> None:
    whole = talk(150)
    empty = [t.model_copy(update={"text": " " * (n % 3)}) for n, t in enumerate(whole.turns)]
    turns = tuple(t for pair in zip(whole.turns, empty, strict=True) for t in pair)
    before, after = read(whole, strategy), read(Transcript(turns=turns), strategy)
    assert before.fields["budget"].status == "stated"
    assert {n: f.option for n, f in after.fields.items()} == {n: f.option for n, f in before.fields.items()}
    places = [[e.turn for e in r.fields["budget"].evidence] for r in (before, after)]
    assert [2 * n for n in places[0]] == places[1]
    assert nothing_is_stated(read(Transcript(turns=tuple(empty)), strategy))


# Other scripts

SCRIPTS = {
    "japanese": ("予算はどのくらいですか。", "予算は年間四百万円です。手で入力しています。私が決めます。"),
    "arabic": ("ما هي ميزانيتكم؟", "ميزانيتنا أربعون ألف دولار هذا العام، وأنا من يقرر. نريد البدء في ٢٠٢٧."),
    "hebrew": ("מה התקציב שלכם?", "התקציב שלנו הוא 40,000 ש״ח לשנה. אני מחליט. נתחיל ב-15.3.2027."),
    "hindi": ("आपका बजट क्या है?", "हमारा बजट ₹40,00,000 है। निर्णय मैं लेता हूँ। मार्च में शुरू करना है।"),
}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("script", SCRIPTS)
def test_other_scripts(script: str, strategy: str, model: StandIn) -> None:
    asks, says = SCRIPTS[script]
    record = read(exchange(asks, says, times=10), strategy)
    if strategy == "whole":
        # It shows all that is said, and finds the model's words in it.
        assert model.questions == 1
        assert record.fields["need"].status == "stated"
        assert {says.startswith(q.quote) for q in quotes(record)} == {True}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_long_turn_without_spaces_is_cut_and_quoted_all_the_same(script: str, strategy: str) -> None:
    asks, says = SCRIPTS[script]
    record = read(exchange(asks, says.replace(" ", "") * 300), strategy)
    assert all(len(q.quote) < 2_000 for q in quotes(record))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_scripts_of_both_directions_in_one_turn(strategy: str) -> None:
    said = "We have $40,000 – היינו רוצים – approved for this year, و نريد البدء by March 2027."
    record = read(exchange("What is your budget?", said), strategy)
    assert record.fields["budget"].option == "10k_50k"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_marks_of_direction_are_dropped_where_a_file_is_read(strategy: str) -> None:
    marked = "We \u202ehave\u202c \u2067$40,000\u2069 approved \u200ffor this\u200e year."
    file = f"Priya Nair: What is your budget?\n\u200fTom Okafor\u200e: {marked}\n" * 3
    call = read_bytes(file.encode(), "2026-03-12.txt")
    assert call.speakers() == ("Priya Nair", "Tom Okafor")
    record = read(call, strategy)
    assert {q.quote for q in record.fields["budget"].evidence} == {"We have $40,000 approved for this year."}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_turn_with_words_turned_round_is_not_read_and_told(strategy: str) -> None:
    call = exchange("What is your budget?", "We \u202ehave\u202c \u2067$40,000\u2069 approved for this year.")
    record = read(call, strategy)
    assert told(record, "turn 1 looks like an instruction to a model (hidden characters)")
    assert nothing_is_stated(record)
