"""`eval/smalltalk.py`: where small talk is put, what is compared, and that nothing is asked twice."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from eval_scripts import script
from fakes import FakeClient, text_of

from extractor import pipeline
from extractor.evaluation.labels import load_labelled
from extractor.evaluation.overlap import overlap
from extractor.hostile import suspicious
from extractor.parsing.amounts import find_amounts
from extractor.record import Usage

ROOT = Path(__file__).parents[1]
CALLS = ROOT / "fixtures" / "calls"
smalltalk = script("smalltalk")

SNIPPETS = smalltalk.load_snippets()
LABELLED = load_labelled(CALLS)
ADDED = {text for snippet in SNIPPETS for _, text in snippet.turns}


def talkative(call: Any, seed: int = 1) -> Any:
    return smalltalk.with_talk(call, smalltalk.dated(call), SNIPPETS, random.Random(seed))


class StandIn(FakeClient):
    """Finds the first sum of money in what it is shown, and none where a `distraction` stands there, too."""

    def __init__(self, distraction: str = "") -> None:
        super().__init__(context_tokens=32_000)
        self.distraction = distraction
        self.questions: list[str] = []

    async def choose(
        self, messages: Sequence[Mapping[str, Any]], choices: Sequence[str], *, usage: Usage
    ) -> dict[str, float]:
        self.questions.append(text_of(messages))
        return {choice: float(choice == choices[0]) for choice in choices}

    def _next(self, messages: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        question = text_of(messages)
        self.questions.append(question)
        said = [line.partition("(buyer): ")[2] for line in question.split("<transcript>")[-1].split("\n")]
        sums = [(a, text) for text in said if text not in ADDED for a in find_amounts(text, "USD")]
        if not sums or (self.distraction and self.distraction in question):
            return {}
        amount, text = sums[0]
        return {"budget": [{"amount_min": amount.min, "amount_max": amount.max, "quotes": [text]}]}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    client = StandIn()

    async def open_client(*_: Any, **__: Any) -> StandIn:
        return client

    monkeypatch.setattr(pipeline, "open_client", open_client)
    return client


def run(*options: str) -> int:
    return int(smalltalk.main([str(CALLS), "--model", "openai/stand-in", *options]))


# What is put in, and where


def test_the_exchanges_are_of_many_kinds_and_no_instruction() -> None:
    assert 10 <= len(SNIPPETS) == len({s.topic for s in SNIPPETS}) <= 20
    for snippet in SNIPPETS:
        assert 2 <= len(snippet.turns) <= 4, snippet.topic
        assert {side for side, _ in snippet.turns} == {"seller", "buyer"}, snippet.topic
        assert not any(suspicious(text, ()) for _, text in snippet.turns), snippet.topic
    assert any(find_amounts(text, "USD") for text in ADDED)


@pytest.mark.parametrize("call", LABELLED, ids=lambda c: c.call_id)
def test_small_talk_is_added_and_nothing_else_changed(call: Any) -> None:
    transcript = smalltalk.dated(call)
    made, topics = talkative(call)
    assert len(topics) == len(set(topics)) == smalltalk.PLACES
    assert [t for t in made.turns if t.text not in ADDED] == list(transcript.turns)
    added = [t for t in made.turns if t.text in ADDED]
    by_topic = {s.topic: [text for _, text in s.turns] for s in SNIPPETS}
    assert [t.text for t in added] == [text for topic in topics for text in by_topic[topic]]
    sides = {text: side for snippet in SNIPPETS for side, text in snippet.turns}
    assert all(call.label.speakers[t.speaker] == sides[t.text] for t in added)
    assert set(made.speakers()) == set(transcript.speakers())
    assert made.date == call.label.date


@pytest.mark.parametrize("call", LABELLED, ids=lambda c: c.call_id)
def test_small_talk_never_stands_beside_evidence(call: Any) -> None:
    quotes = [q for field in call.form.fields for q in call.gold_quotes(field)]
    for seed in range(20):
        made, _ = talkative(call, seed)
        for n, turn in enumerate(made.turns):
            if turn.text in ADDED:
                beside = [t for t in made.turns[max(0, n - 1) : n + 2] if t.text not in ADDED]
                assert not any(overlap(q, t.text) for q in quotes for t in beside)


def test_the_seed_decides() -> None:
    assert talkative(LABELLED[0], 1) == talkative(LABELLED[0], 1)
    assert len({tuple(talkative(LABELLED[0], seed)[1]) for seed in range(5)}) > 1


def test_a_call_without_room_or_names_is_borne() -> None:
    call = LABELLED[0]
    transcript = smalltalk.dated(call)
    short = transcript.model_copy(update={"turns": transcript.turns[:2]})
    assert len(smalltalk.with_talk(call, short, SNIPPETS, random.Random(1))[1]) <= 1
    nobody = tuple(t.model_copy(update={"speaker": None}) for t in transcript.turns)
    made, _ = smalltalk.with_talk(
        call, transcript.model_copy(update={"turns": nobody}), SNIPPETS, random.Random(1)
    )
    assert made.speakers() == ()


# What is told


def result(fields: dict[str, tuple[str, str]], before: int, after: int) -> Any:
    return smalltalk.Result("a01", ["weather"], fields, before, after)


def test_what_changed_is_counted_and_told() -> None:
    same = result({"budget": ("10k_50k", "10k_50k"), "need": ("absent", "absent")}, 40, 40)
    other = result({"budget": ("10k_50k", "absent"), "need": ("absent", "absent")}, 40, 10)
    assert smalltalk.rates([same, other]) == (0.75, 0.5)
    assert smalltalk.rates([]) == (1.0, 1.0)
    assert smalltalk.told(other) == "a01 (weather): budget: 10k_50k -> absent; score: 40 -> 10"


def test_where_nothing_moves_the_exit_code_is_zero(
    model: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--strategy", "whole", "--out", str(tmp_path / "out.jsonl")) == 0
    said = capsys.readouterr().out
    assert f"{len(LABELLED)} calls, seed 1: 100.0% of the options and 100.0%" in said
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(LABELLED)
    assert any('"budget": ["10k_50k", "10k_50k"]' in line for line in lines)


def test_where_small_talk_moves_a_field_the_exit_code_is_one(
    model: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    call = LABELLED[0]
    dice = random.Random(f"1 {call.call_id}")
    made, _ = smalltalk.with_talk(call, smalltalk.dated(call), SNIPPETS, dice)
    model.distraction = next(t.text for t in made.turns if t.text in ADDED)
    assert run("--strategy", "whole", "--every", "100") == 1
    said = capsys.readouterr().out
    assert said.startswith(f"{call.call_id} (")
    assert "-> absent" in said
    assert "1 calls, seed 1: " in said


def test_no_question_is_asked_twice(model: StandIn, tmp_path: Path) -> None:
    options = ("--strategy", "evidence", "--every", "2", "--store", str(tmp_path / "answers.sqlite"))
    run(*options)
    asked = len(model.questions)
    assert asked == len(set(model.questions)) > 3
    run(*options)
    assert len(model.questions) == asked
