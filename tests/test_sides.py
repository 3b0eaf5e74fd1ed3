from __future__ import annotations

import pytest
from fakes import FakeClient, text_of

from extractor.errors import AnswerTruncated, ModelAnswerInvalid, ModelUnreachable
from extractor.record import Usage
from extractor.sides import decide, with_sides
from extractor.transcript import Participant, Transcript, Turn

pytestmark = pytest.mark.anyio

HINT = "; name the sellers with --seller, --seller-domain or calls.yaml"


def talk(*turns: tuple[str | None, str], **values: object) -> Transcript:
    made = tuple(Turn(speaker=speaker, text=text) for speaker, text in turns)
    return Transcript.model_validate({"turns": made, **values})


CALL = talk(
    ("Priya", "Thanks for joining. I am with Northwind."),
    ("Tom", "Sure."),
    ("Lena", "Hi."),
    (None, "(noise)"),
    participants=(Participant(name="Tom", title="VP"), Participant(name="Rob")),
    warnings=("earlier",),
)


async def test_the_model_names_the_sides() -> None:
    usage = Usage()
    client = FakeClient({"seller": ["Priya"], "buyer": ["Tom", "Lena"]})
    decided = await decide(CALL, client, usage)  # type: ignore[arg-type]
    assert [t.side for t in decided.turns] == ["seller", "buyer", "buyer", None]
    assert [(p.name, p.side, p.title) for p in decided.participants] == [
        ("Tom", "buyer", "VP"), ("Rob", None, None), ("Priya", "seller", None), ("Lena", "buyer", None),
    ]  # fmt: skip
    assert decided.sides_from == "model"
    assert decided.warnings == ("earlier",)
    assert usage.llm_calls == 1
    assert [t.text for t in decided.turns] == [t.text for t in CALL.turns]


async def test_the_model_reads_the_opening_and_all_names() -> None:
    client = FakeClient({"seller": ["Priya"], "buyer": ["Tom"]})
    await decide(CALL, client, Usage())  # type: ignore[arg-type]
    text = text_of(client.asked[0].messages)
    assert "Priya: Thanks for joining. I am with Northwind.\nTom: Sure." in text
    assert "Priya; Tom; Lena" in text


@pytest.mark.parametrize("turn_words", [7, 100, 20_000])
async def test_the_opening_has_an_end(turn_words: int) -> None:
    transcript = talk(*((f"S{n % 2}", "word " * turn_words) for n in range(2_000 // turn_words + 2)))
    client = FakeClient({"seller": ["S0"], "buyer": ["S1"]})
    await decide(transcript, client, Usage())  # type: ignore[arg-type]
    assert text_of(client.asked[0].messages).count("word") == 450


async def test_the_model_may_only_name_the_speakers() -> None:
    client = FakeClient({"seller": ["Priya"], "buyer": ["Tom"]})
    await decide(CALL, client, Usage())  # type: ignore[arg-type]
    model = client.asked[0].model
    assert model is not None
    assert model.model_validate({"seller": ["Lena"]}).model_dump() == {"seller": ["Lena"], "buyer": []}
    with pytest.raises(ValueError, match="Rob"):
        model.model_validate({"seller": ["Rob"], "buyer": []})


async def test_who_is_named_on_both_sides_is_on_none() -> None:
    client = FakeClient({"seller": ["Priya", "Lena"], "buyer": ["Lena", "Tom"]})
    decided = await decide(CALL, client, Usage())  # type: ignore[arg-type]
    assert [t.side for t in decided.turns] == ["seller", "buyer", None, None]


@pytest.mark.parametrize(
    "answer",
    [
        {"seller": [], "buyer": []},
        {"seller": ["Tom"], "buyer": ["Tom"]},
        ModelAnswerInvalid("no valid answer"),
        AnswerTruncated("cut off"),
    ],
)
async def test_a_model_that_can_t_tell(answer: object) -> None:
    decided = await decide(CALL, FakeClient(answer), Usage())  # type: ignore[arg-type]
    assert decided.turns == CALL.turns
    assert decided.sides_from is None
    assert decided.warnings == ("earlier", "the model could not tell who buys and who sells" + HINT)


@pytest.mark.parametrize("speakers", [0, 1, 21])
async def test_with_one_or_very_many_speakers_nobody_is_asked(speakers: int) -> None:
    transcript = talk((None, "hello"), *((f"S{n}", "hello") for n in range(speakers)))
    decided = await decide(transcript, FakeClient(), Usage())  # type: ignore[arg-type]
    assert decided.turns == transcript.turns
    assert decided.warnings == (f"sides can't be told with {speakers} named speakers{HINT}",)


async def test_a_model_that_can_t_be_reached_is_an_error() -> None:
    with pytest.raises(ModelUnreachable):
        await decide(CALL, FakeClient(ModelUnreachable("down")), Usage())  # type: ignore[arg-type]


def test_a_side_that_was_known_stays_where_none_is_given() -> None:
    transcript = Transcript(
        turns=(Turn(speaker="Priya", side="seller", text="a"), Turn(speaker="Tom", text="b")),
        participants=(Participant(name="Priya", side="seller"),),
    )
    decided = with_sides(transcript, {"Tom": "buyer"}, "option")
    assert [t.side for t in decided.turns] == ["seller", "buyer"]
    assert [(p.name, p.side) for p in decided.participants] == [("Priya", "seller"), ("Tom", "buyer")]
    assert decided.sides_from == "option"
