from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeClient, call, text_of

from extractor.errors import AnswerTruncated, ModelAnswerInvalid, ModelRefused, ModelUnreachable
from extractor.evaluation.labels import LabelledCall, load_labelled
from extractor.form import CatalogItem, Form
from extractor.formfile import load_form
from extractor.learned import Learned
from extractor.learned import learned as fitted
from extractor.merging import merge
from extractor.readers import read_file
from extractor.record import INCOMPLETE, FieldResult, Usage
from extractor.sides import with_sides
from extractor.strategies import STRATEGIES, Found, evidence
from extractor.strategies.candidates import MAX_QUOTE_WORDS
from extractor.strategies.evidence import MOST_JUDGED, EvidenceStrategy
from extractor.transcript import Transcript, Turn

pytestmark = pytest.mark.anyio

BANT = load_form("bant")
DATE = dt.date(2026, 3, 12)
EVERYTHING = call(
    ("seller", "Thanks for your time. How do you do your deliveries today?"),
    ("buyer", "All by hand, that's the problem. We're typing delivery notes and lose them, it costs hours."),
    ("seller", "Right. And what does it have to do for you?"),
    ("buyer", "We need something that never loses a note, so that nobody has to chase the drivers."),
    ("seller", "And what budget have you set aside for this?"),
    ("buyer", "Forty thousand dollars is what we have approved for this, no more than that."),
    ("seller", "Who takes the decision?"),
    ("buyer", "I sign that myself, it's my budget."),
    ("seller", "When would you like to start?"),
    ("buyer", "We want to sign the contract by the end of April, that's the date."),
    ("seller", "Great, I'll send you the proposal."),
    date=DATE,
)
SMALL_TALK = call(
    ("seller", "Did you get any of that rain?"),
    ("buyer", "Oh, buckets. The dog refused to leave the house."),
    ("seller", "Ha, ours is the same."),
    ("buyer", "She's old, so she gets her way."),
    date=DATE,
)
CATALOG = (
    CatalogItem(id="typing", title="Typing delivery notes", description="Ends typing notes by hand."),
    CatalogItem(id="routes", title="Route planning", description="Plans the routes of vans and drivers."),
)


def only(*fields: str, **changes: Any) -> Form:
    return BANT.model_copy(update={"fields": tuple(BANT.field(f) for f in fields), **changes})


def models(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Rank by place alone, the last turn first, and report whatever is best; then what a test changes."""
    ranking = Learned(bias=0.0, weights={"place": 4.0}, stated_from=-100.0, also_from=100.0)
    changed = dataclasses.replace(ranking, **changes)
    told = {name: fitted(name) for name in ("catalog", "covered", "sale")}
    monkeypatch.setattr(evidence, "learned", lambda name: told.get(name, changed))


async def find(
    transcript: Transcript, client: FakeClient, form: Form = BANT, usage: Usage | None = None
) -> Found:
    return await EvidenceStrategy().find(transcript, form, client, usage or Usage())  # type: ignore[arg-type]


def results(found: Found, transcript: Transcript, form: Form = BANT) -> dict[str, FieldResult]:
    """What the pipeline makes of it."""
    assert set(found.absent_confidence) <= {f.id for f in form.fields}
    return {
        f.id: merge(
            f, form, found.findings.get(f.id, []), transcript,
            absent_confidence=found.absent_confidence.get(f.id, 0.5),
        )[0]
        for f in form.fields
    }  # fmt: skip


def any_answer(text: str) -> dict[str, float]:
    """An answer to whatever choice, rather yes than no."""
    return {"yes": 0.95, "no": 0.05, "somewhat": 1.0, "influencer": 1.0}


def answering(times: int = 100) -> FakeClient:
    return FakeClient(*[any_answer] * times)


def asked(client: FakeClient) -> list[str]:
    return [text_of(a.messages) for a in client.asked]


def test_it_is_registered_by_its_name() -> None:
    assert STRATEGIES["evidence"] is EvidenceStrategy


async def test_small_talk_costs_next_to_nothing_and_states_nothing() -> None:
    client = FakeClient(*[{"yes": 0.4, "no": 0.6}] * 2)
    found = await find(SMALL_TALK, client)
    # Whoever talks may tell a need; no amount, no time and nobody's part was named.
    assert all("a problem that they have" in question for question in asked(client))
    assert (found.findings, found.warnings) == ({}, [])
    assert set(found.absent_confidence) == {f.id for f in BANT.fields}
    assert all(0.5 < p <= 1 for p in found.absent_confidence.values())


async def test_a_call_that_tells_everything() -> None:
    client = answering()
    found = await find(EVERYTHING, client)
    told = results(found, EVERYTHING)
    assert {name: (r.status, r.option) for name, r in told.items()} == {
        "budget": ("stated", "10k_50k"),
        "authority": ("stated", "executive"),
        "need": ("stated", "low"),
        "timeline": ("stated", "1_3_months"),
    }
    proofs = {"need": 1, "budget": 5, "authority": 7, "timeline": 9}
    assert all(turn in [e.turn for e in told[name].evidence] for name, turn in proofs.items())
    assert told["authority"].value is not None
    assert told["authority"].value["role"] == "decision_maker"
    assert all(0 <= r.confidence <= 1 for r in told.values())
    # Amounts, times and roles are told by code; each place is asked about once, and how strong the needs are.
    assert len(set(asked(client))) == len(client.asked) <= sum(MOST_JUDGED.values()) + 1
    assert found.warnings == []


# One in each of the form's bands.
BANDS = tuple(f"{words} thousand dollars" for words in ("five", "twenty", "sixty", "two hundred"))


def amounts(*said: str) -> Transcript:
    return call(*(("buyer", f"We have {words}.") for words in said), date=DATE)


async def test_places_that_agree_are_evidence_together(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch, also_from=-100.0)
    transcript = amounts("sixty thousand dollars", "twenty thousand dollars", "twenty thousand dollars")
    told = results(await find(transcript, FakeClient(), only("budget")), transcript, only("budget"))["budget"]
    assert (told.option, [e.turn for e in told.evidence]) == ("10k_50k", [1, 2])
    assert [e.turn for c in told.conflicts for e in c.evidence] == [0]


async def test_a_judge_whose_word_does_not_count_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch)
    transcript = amounts(*BANDS)
    client = FakeClient()
    found = await find(transcript, client, only("budget"))
    assert client.asked == []
    assert results(found, transcript, only("budget"))["budget"].option == "over_100k"


@pytest.mark.parametrize("chosen", [1, 2, 3, 4])
async def test_each_of_the_best_four_is_asked_about_once_and_yes_turns_the_order(
    monkeypatch: pytest.MonkeyPatch, chosen: int
) -> None:
    models(monkeypatch, judge_weight=3.0)
    transcript = amounts("one thousand dollars", *BANDS)

    def judge(text: str) -> dict[str, float]:
        sure = f'is "{BANDS[chosen - 1]}" the money' in text
        return {"yes": 0.9, "no": 0.1} if sure else {"yes": 0.1, "no": 0.9}

    client = FakeClient(*[judge] * 4)
    found = await find(transcript, client, only("budget"))
    told = results(found, transcript, only("budget"))["budget"]
    assert (told.status, told.option) == ("stated", BANT.field("budget").options[chosen - 1].id)
    assert [e.turn for e in told.evidence] == [chosen]
    questions = asked(client)
    assert len(questions) == 4
    assert all(sum(f'is "{words}" the money' in q for q in questions) == 1 for words in BANDS)


async def test_a_judge_s_no_can_take_an_answer_away(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch, stated_from=1.0, judge_weight=1.0)
    transcript = amounts("one thousand dollars", *BANDS)
    found = await find(transcript, FakeClient(*[{"no": 1.0}] * 4), only("budget"))
    assert found.findings == {}
    assert found.absent_confidence["budget"] > 0.9


async def test_a_place_that_was_not_judged_keeps_its_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch, judge_weight=1.0)
    transcript = amounts(*BANDS)
    neutral = {"yes": 0.5, "no": 0.5}
    client = FakeClient(ModelAnswerInvalid("nonsense"), neutral, AnswerTruncated("cut off"), neutral)
    found = await find(transcript, client, only("budget"))
    assert results(found, transcript, only("budget"))["budget"].option == "over_100k"
    why = "was not judged for budget: the model's answer could not be used"
    assert found.warnings == [f"{INCOMPLETE}turn 3 {why}", f"{INCOMPLETE}turn 1 {why}"]


async def test_what_is_said_later_but_ranks_lower_overrides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch, weights={"place": -4.0}, also_from=-100.0)
    transcript = amounts("five thousand dollars", "sixty thousand dollars")
    told = results(await find(transcript, FakeClient(), only("budget")), transcript, only("budget"))["budget"]
    assert (told.option, told.conflicts) == ("under_10k", [])


async def test_a_role_that_code_can_read_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch)
    transcript = call(("seller", "Who decides?"), ("buyer", "I sign that myself, it's my budget."), date=DATE)
    client = FakeClient()
    found = await find(transcript, client, only("authority"))
    value = results(found, transcript, only("authority"))["authority"].value
    assert value is not None
    assert (value["contact"], value["role"]) == ("Tom Okafor", "decision_maker")
    assert client.asked == []


ROLE_UNCLEAR = call(("seller", "And the decision?"), ("buyer", "It stays on this floor, as ever."), date=DATE)


@pytest.mark.parametrize("role", [o.id for o in BANT.field("authority").roles])
async def test_a_role_that_code_can_t_read_is_asked_for_once(
    monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    models(monkeypatch)
    client = FakeClient({role: 0.6, "other": 0.4})
    found = await find(ROLE_UNCLEAR, client, only("authority"))
    value = results(found, ROLE_UNCLEAR, only("authority"))["authority"].value
    assert value is not None
    assert value["role"] == role
    [question] = asked(client)
    assert "It stays on this floor, as ever." in question
    assert "And the decision?" in question


async def test_a_role_without_an_answer_of_use_is_absent_and_said_to_be_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models(monkeypatch)
    found = await find(ROLE_UNCLEAR, FakeClient(ModelAnswerInvalid("nonsense")), only("authority"))
    assert results(found, ROLE_UNCLEAR, only("authority"))["authority"].status == "absent"
    assert found.warnings == [f"{INCOMPLETE}authority was not read: the model's answer could not be used"]
    assert 0 <= found.absent_confidence["authority"] <= 1


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("budget", "We've set aside seventy to eighty k for this."),
        ("budget", "Our budget for this is seventy thousand dollars."),
        ("timeline", "We want to sign by the end of April."),
        ("authority", "I'm the one who makes the final decision."),
    ],
)
async def test_a_plain_sentence_is_enough(field: str, said: str) -> None:
    alone = call(("buyer", said), date=DATE)
    # As sure as the embedded model is of such a sentence.
    found = await find(alone, FakeClient(*[{"yes": 0.67, "no": 0.33}] * 2), only(field))
    assert results(found, alone, only(field))[field].status == "stated"


async def test_nobody_to_be_the_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch)
    unnamed = call(("", "It stays on this floor, as ever."), date=DATE)
    client = FakeClient()
    found = await find(unnamed, client, only("authority"))
    assert (found.findings, client.asked) == ({}, [])


NEEDS = call(
    ("buyer", "Two people type delivery notes by hand all day."),
    ("buyer", "It rained all week."),
    ("buyer", "Typing those delivery notes is a mess."),
    ("buyer", "My sister came to visit."),
    ("buyer", "Nobody knows which routes the vans and drivers take."),
    date=DATE,
)
WITH_CATALOG = only("need", catalog=CATALOG)


async def test_needs_are_asked_about_place_by_place(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch, weights={}, judge_weight=1.0, also_from=0.0)

    def judge(text: str) -> dict[str, float]:
        # The turn in question stands below the one before it.
        last = [line for line in text.splitlines() if line.startswith("Tom Okafor")][-1:]
        yes = any(word in line for line in last for word in ("delivery notes", "routes"))
        return {"yes": float(yes), "no": float(not yes), "very": 1.0}

    client = FakeClient(*[judge] * 6)
    found = await find(NEEDS, client, WITH_CATALOG)
    assert len(client.asked) == len(set(asked(client))) == len(NEEDS.turns) + 1
    told = results(found, NEEDS, WITH_CATALOG)["need"]
    assert told.value is not None
    items = told.value["items"]
    proof = {i["catalog"]: [e["turn"] for e in i["evidence"]] for i in items}
    assert proof == {"typing": [0, 2], "routes": [4]}
    assert (told.option, told.value["intensity"]) == ("perfect", "very")
    assert all(i["text"] == i["evidence"][0]["quote"] for i in items)


async def test_only_so_many_places_of_needs_are_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch, judge_weight=1.0)
    many = call(*(("buyer", f"We have problem number {n}.") for n in range(40)), date=DATE)
    client = answering()
    await find(many, client, only("need"))
    assert len(client.asked) == MOST_JUDGED["needs"] + 1
    assert all("problem number" in q for q in asked(client))


async def test_a_need_that_could_not_be_judged_does_not_take_the_others_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models(monkeypatch, judge_weight=1.0, also_from=-100.0)
    answers = [any_answer, ModelAnswerInvalid("nonsense"), *[any_answer] * 3, ModelAnswerInvalid("nonsense")]
    found = await find(NEEDS, FakeClient(*answers), WITH_CATALOG)
    assert len(found.findings["need"]) == len(NEEDS.turns)
    assert found.warnings == [
        f"{INCOMPLETE}turn 3 was not judged for need: the model's answer could not be used",
        f"{INCOMPLETE}how strongly need is felt was not read: the model's answer could not be used",
    ]
    told = results(found, NEEDS, WITH_CATALOG)["need"]
    assert told.status == "stated"
    assert told.value is not None
    assert told.value["intensity"] is None


async def test_the_best_place_of_a_stated_need_is_always_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch, judge_weight=1.0)
    found = await find(NEEDS, FakeClient(*[{"no": 1.0, "not": 1.0}] * 6), WITH_CATALOG)
    assert [f.evidence[0].turn for f in found.findings["need"]] == [len(NEEDS.turns) - 1]


async def test_without_a_catalogue_needs_are_covered_by_nothing() -> None:
    found = await find(EVERYTHING, answering(), only("need"))
    told = results(found, EVERYTHING, only("need"))["need"]
    assert told.value is not None
    assert {i["catalog"] for i in told.value["items"]} == {None}


async def test_a_form_without_intensities_asks_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch)
    field = BANT.field("need").model_copy(update={"intensities": ()})
    client = FakeClient()
    found = await find(NEEDS, client, BANT.model_copy(update={"fields": (field,)}))
    assert client.asked == []
    assert found.findings["need"]


@pytest.mark.parametrize("error", [ModelRefused("no key"), ModelUnreachable("down")])
async def test_a_model_that_can_t_be_had_is_an_error(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    models(monkeypatch, judge_weight=1.0)
    with pytest.raises(type(error)):
        await find(amounts(*BANDS), FakeClient(error), only("budget"))


@pytest.mark.parametrize("name", ["meddicc", "anum", "firmographic"])
async def test_fields_that_can_t_be_ranked_are_asked_about_as_a_whole(name: str) -> None:
    form = load_form(name)
    client = answering()
    found = await find(EVERYTHING, client, form)
    whole = [a for a in client.asked if a.model and "Answers" in a.model.__name__]
    rest = [f.id for f in form.fields if f.kind not in ("money", "horizon", "role", "needs")]
    assert [sorted(a.model.model_fields) for a in whole if a.model] == ([sorted(rest)] if rest else [])
    assert {f.id for f in form.fields} - set(found.absent_confidence) == set(rest)
    assert all(0 <= r.confidence <= 1 for r in results(found, EVERYTHING, form).values())


async def test_what_the_whole_strategy_finds_and_misses_is_kept() -> None:
    form = load_form("meddicc")
    quote, invented = "We're typing delivery notes and lose them", "and a helicopter too"
    answer = {"metrics": [{"quotes": [quote], "text": "typing"}, {"quotes": [invented], "text": "flying"}]}
    other = tuple(f for f in form.fields if f.kind == "text")
    found = await find(EVERYTHING, FakeClient(answer), form.model_copy(update={"fields": other}))
    assert [e.quote for f in found.findings["metrics"] for e in f.evidence] == [quote]
    assert found.warnings == ["1 of the model's quotes rejected: 1 not in the transcript"]


async def test_two_fields_of_one_kind_are_both_answered() -> None:
    doubled = tuple(
        BANT.field(f).model_copy(update={"id": f + suffix})
        for f in ("budget", "authority", "timeline", "need")
        for suffix in ("", "_too")
    )
    form = BANT.model_copy(update={"fields": doubled})
    found = await find(EVERYTHING, answering(), form)
    told = results(found, EVERYTHING, form)
    assert all(r.status == "stated" for r in told.values())
    for name in ("budget", "authority", "timeline", "need"):
        assert told[name] == told[f"{name}_too"]
        assert {f.field for f in found.findings[f"{name}_too"]} == {f"{name}_too"}


def with_turns(turns: Iterable[Turn], transcript: Transcript = EVERYTHING) -> Transcript:
    return transcript.model_copy(update={"turns": tuple(turns)})


@pytest.mark.parametrize(
    "transcript",
    [
        Transcript(turns=()),
        call(("buyer", "")),
        call(("buyer", "We have forty thousand dollars for it.")),
        with_turns(t for t in EVERYTHING.turns if t.side == "buyer"),
        with_turns(t for t in EVERYTHING.turns if t.side == "seller"),
        with_turns(t.model_copy(update={"side": None}) for t in EVERYTHING.turns),
        with_turns(t.model_copy(update={"side": None, "speaker": None}) for t in EVERYTHING.turns),
        EVERYTHING.model_copy(update={"date": None}),
    ],
    ids=["no turns", "nothing said", "one turn", "buyers", "sellers", "no sides", "no names", "no date"],
)
async def test_any_transcript_can_be_read(transcript: Transcript) -> None:
    found = await find(transcript, answering())
    told = results(found, transcript)
    assert all(0 <= r.confidence <= 1 for r in told.values())
    for e in (e for r in told.values() for e in r.evidence):
        assert e.quote == transcript.turns[e.turn].text[e.char_start : e.char_end]


async def test_without_sides_the_amount_is_still_found() -> None:
    transcript = with_turns(t.model_copy(update={"side": None}) for t in EVERYTHING.turns)
    told = results(await find(transcript, answering(), only("budget")), transcript, only("budget"))
    assert told["budget"].option == "10k_50k"


async def test_what_only_the_seller_says_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch)
    transcript = call(("seller", "It's forty thousand dollars, live by the end of April."), date=DATE)
    found = await find(transcript, FakeClient(), only("budget", "timeline"))
    assert (found.findings, found.absent_confidence) == ({}, {"budget": 1.0, "timeline": 1.0})


@pytest.mark.parametrize("end", [". ", " ", ""])
async def test_a_very_long_turn_fits_into_every_question(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    models(monkeypatch, judge_weight=1.0)
    filler = f"and we type all of it by hand every day{end}" * 400
    long = f"{filler}We have forty thousand dollars, or sixty thousand, by the end of June{end}{filler}"
    transcript = call(("buyer", long), ("seller", long), ("buyer", long), date=DATE)
    client = answering()
    found = await find(transcript, client)
    assert client.asked
    # The turns have 30,000 letters; the field's own words and examples are part of each question, too.
    assert all(len(q) < 10_000 for q in asked(client))
    quotes = [e.quote for fs in found.findings.values() for f in fs for e in f.evidence]
    assert quotes
    assert all(len(q.split()) <= MAX_QUOTE_WORDS and len(q) < 2_000 for q in quotes)


async def test_the_transcript_is_never_a_template(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch, judge_weight=1.0)
    evil = "{{ 7 * 7 }} {% raw %} We have five thousand dollars, or sixty thousand dollars. {{ field.ask }}"
    client = answering()
    await find(call(("buyer", evil), date=DATE), client, only("budget", "need"))
    assert client.asked
    assert all("{{ 7 * 7 }} {% raw %}" in q for q in asked(client))


async def test_warnings_hold_no_transcript_text(monkeypatch: pytest.MonkeyPatch) -> None:
    models(monkeypatch, judge_weight=1.0)
    found = await find(EVERYTHING, FakeClient(*[ModelAnswerInvalid("nonsense")] * 50))
    assert found.warnings
    assert not any(word in w for w in found.warnings for word in ("forty", "delivery", "Tom", "April"))


ROOT = Path(__file__).parents[1]
TALK = (
    "Did you get any of that rain?", "Oh, buckets. The dog refused to leave the house.",
    "Ha, ours is the same.", "She's old, so she gets her way.", "What breed is she?",
    "A bit of everything, mostly beagle.", "Lovely. Ours is a greyhound.", "They're fast, I hear.",
    "Only to the sofa.", "Sounds about right.", "And how was the game?", "We lost, as ever.",
    "It's the hope that kills you.", "Every single season.", "Are you still playing yourself?",
    "Not with these knees.", "Fair enough.", "I took up swimming instead.", "Oh nice, outdoors?",
    "God no, heated.", "Sensible.", "My sister does the cold water thing.", "Brave woman.",
    "Mad, if you ask me.", "Well, each to their own.", "True.", "Anyway, lovely talking to you.",
    "And you.", "Give my best to everyone.", "Will do.",
)  # fmt: skip


def first_calls(sellers: int) -> list[LabelledCall]:
    """The first call of each of so many sellers of the training part."""
    folders = sorted(p for p in (ROOT / "eval" / "train").iterdir() if p.is_dir())[:sellers]
    return [load_labelled(folder)[0] for folder in folders]


@pytest.mark.parametrize("labelled", first_calls(5), ids=lambda c: c.call_id)
@pytest.mark.parametrize("where", ["start", "end"])
async def test_small_talk_around_a_call_changes_no_status(labelled: LabelledCall, where: str) -> None:
    sides = dict(labelled.label.speakers)
    transcript = with_sides(read_file(labelled.transcript), sides, "label")
    transcript = transcript.model_copy(update={"date": labelled.label.date})
    seller, buyer = (next(s for s in sides if sides[s] == side) for side in ("seller", "buyer"))
    talk = tuple(
        Turn(speaker=seller if n % 2 else buyer, side="seller" if n % 2 else "buyer", text=text)
        for n, text in enumerate(TALK)
    )
    turns = talk + transcript.turns if where == "start" else transcript.turns + talk
    longer = with_turns(turns, transcript)

    proof = [q for f in labelled.form.fields for q in labelled.gold_quotes(f)]

    def judge(text: str) -> dict[str, float]:
        yes = 0.9 if any(q in text for q in proof) else 0.5
        return {"yes": yes, "no": 1 - yes, "very": 1.0, "influencer": 1.0}

    told = [
        results(await find(t, FakeClient(*[judge] * 99), labelled.form), t, labelled.form)
        for t in (transcript, longer)
    ]
    assert [r.status for r in told[0].values()] == [r.status for r in told[1].values()]
    for field in ("budget", "authority", "timeline"):
        assert told[0][field].option == told[1][field].option
