from __future__ import annotations

import pytest
from fakes import FakeClient, text_of

from extractor.errors import ModelUnreachable
from extractor.record import Usage
from extractor.sides import decide, with_sides
from extractor.transcript import Participant, Transcript, Turn

pytestmark = pytest.mark.anyio

HINT = "; name the sellers with --seller, --seller-domain or calls.yaml"


def talk(*turns: tuple[str | None, str], **values: object) -> Transcript:
    made = tuple(Turn(speaker=speaker, text=text) for speaker, text in turns)
    return Transcript.model_validate({"turns": made, **values})


PLAIN = talk(
    ("Priya", "Thanks for making the time. What do you use today, and what is the problem with it?"),
    ("Tom", "We do it by hand in spreadsheets, my people lose hours every week. It has to stop."),
    ("Priya", "Our platform does that out of the box, I can show you in a demo. Who else is involved?"),
    ("Tom", "My boss signs it. We've got two depots and our drivers hate the paper."),
    ("Priya", "You'd get a dashboard for your team. Shall I send you a proposal? The price depends."),
    ("Tom", "What does it cost us? We don't have much."),
    participants=(Participant(name="Tom", title="VP"), Participant(name="Rob")),
    warnings=("earlier",),
)
VAGUE = talk(("Priya", "Hi."), ("Tom", "Hi."), ("Lena", "Hi."), (None, "(noise)"))


async def test_how_people_talk_tells_the_sides() -> None:
    decided = await decide(PLAIN, FakeClient(), Usage())  # type: ignore[arg-type]
    assert {t.speaker: t.side for t in decided.turns} == {"Priya": "seller", "Tom": "buyer"}
    assert [(p.name, p.side, p.title) for p in decided.participants] == [
        ("Tom", "buyer", "VP"), ("Rob", None, None), ("Priya", "seller", None),
    ]  # fmt: skip
    assert decided.sides_from == "how they talk"
    assert decided.warnings == ("earlier",)
    assert [t.text for t in decided.turns] == [t.text for t in PLAIN.turns]


async def test_the_model_is_asked_of_those_whose_talk_leaves_it_open() -> None:
    usage = Usage()
    seller, buyer = {"seller": 0.95, "buyer": 0.05}, {"seller": 0.05, "buyer": 0.95}
    client = FakeClient(buyer, seller, buyer)
    decided = await decide(VAGUE, client, usage)  # type: ignore[arg-type]
    assert [t.side for t in decided.turns] == ["buyer", "seller", "buyer", None]
    assert decided.sides_from == "model"
    assert usage.llm_calls == 3
    assert "Is Tom a seller or a buyer?" in text_of(client.asked[1].messages)
    assert "Priya: Hi.\nTom: Hi." in text_of(client.asked[1].messages)


async def test_somebody_always_sells_and_somebody_buys() -> None:
    unsure = {"seller": 0.6, "buyer": 0.4}
    client = FakeClient(unsure, {"seller": 0.9, "buyer": 0.1}, unsure)
    decided = await decide(VAGUE, client, Usage())  # type: ignore[arg-type]
    assert {t.side for t in decided.turns if t.speaker} == {"seller", "buyer"}


@pytest.mark.parametrize("turn_words", [7, 100, 20_000])
async def test_the_opening_has_an_end(turn_words: int) -> None:
    transcript = talk(*((f"S{n % 2}", "zebra " * turn_words) for n in range(2_000 // turn_words + 2)))
    answer = {"seller": 0.5, "buyer": 0.5}
    client = FakeClient(answer, answer)
    await decide(transcript, client, Usage())  # type: ignore[arg-type]
    assert text_of(client.asked[0].messages).count("zebra") == 450


@pytest.mark.parametrize("speakers", [0, 1, 21])
async def test_with_one_or_very_many_speakers_nobody_is_asked(speakers: int) -> None:
    transcript = talk((None, "hello"), *((f"S{n}", "hello") for n in range(speakers)))
    decided = await decide(transcript, FakeClient(), Usage())  # type: ignore[arg-type]
    assert decided.turns == transcript.turns
    assert decided.sides_from is None
    assert decided.warnings == (f"sides can't be told with {speakers} named speakers{HINT}",)


async def test_a_model_that_can_t_be_reached_is_an_error() -> None:
    with pytest.raises(ModelUnreachable):
        await decide(VAGUE, FakeClient(ModelUnreachable("down")), Usage())  # type: ignore[arg-type]


def test_sides_are_set_for_the_named_only() -> None:
    known = with_sides(PLAIN, {"Priya": "seller"}, "option")
    assert [t.side for t in known.turns] == ["seller", None] * 3
    assert known.sides_from == "option"
