from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from extractor.form import Field, Form, Option
from extractor.kinds import KINDS, Finding, Reading
from extractor.kinds.role import RoleAnswer
from extractor.record import Evidence, FieldResult
from extractor.transcript import Participant, Side, Transcript, Turn

KIND = KINDS["role"]
LEVELS = (
    Option(id="executive", points=25), Option(id="department_head", points=20),
    Option(id="manager", points=15),
    Option(id="individual"),
)  # fmt: skip
ROLES = tuple(Option(id=r) for r in ("decision_maker", "influencer", "end_user", "consultant"))
FIELD = Field(id="authority", title="A", kind="role", ask="?", counts="c", options=LEVELS, roles=ROLES)
FORM = Form(form="f", title="F", fields=(FIELD,))
SELLER = "Jordan Beck"


def talk(*said: tuple[str, str], participants: tuple[Participant, ...] = ()) -> Transcript:
    def side(name: str) -> Side:
        return "seller" if name == SELLER else "buyer"

    turns = tuple(Turn(speaker=name, side=side(name), text=text) for name, text in said)
    return Transcript(turns=turns, participants=participants)


def found(made: Transcript, quote: str, **answer: Any) -> Finding:
    turn = next(n for n, t in enumerate(made.turns) if quote in t.text)
    start = made.turns[turn].text.index(quote)
    evidence = (Evidence.at(made, turn, start, start + len(quote)),)
    return Finding("authority", RoleAnswer(quotes=[quote], **answer), evidence)


def read(made: Transcript, *findings: Finding) -> Reading:
    reading = KIND.read(FIELD, FORM, findings, made)
    assert reading is not None
    for e in reading.evidence:
        assert made.turns[e.turn].text[e.char_start : e.char_end] == e.quote
    return reading


OFFICE = talk(
    (SELLER, "And Marcy is?"),
    ("Dale Ruckert", "She's chief operating officer. I'm transportation manager."),
    ("Dale Ruckert", "Everything like this goes to Glenn, he signs."),
    ("Marcy Tallent", "I'm not asking Glenn, I sign this one myself."),
)


def test_the_contact_is_the_most_senior_speaker_with_title_level_and_part() -> None:
    said = ("Everything like this goes to Glenn", "I sign this one myself.")
    reading = read(OFFICE, *(found(OFFICE, quote) for quote in said))
    assert reading.option == "executive"
    value = {name: part for name, part in reading.value.items() if name != "title_evidence"}
    assert value == {
        "contact": "Marcy Tallent", "title": "chief operating officer", "role": "decision_maker",
        "level": "executive", "decision_makers": ["Marcy Tallent"],
    }  # fmt: skip


def title_told(reading: Reading) -> list[str]:
    return [e["quote"] for e in reading.value["title_evidence"]]


def test_where_a_title_was_told_stands_beside_it_and_is_no_proof_of_the_part() -> None:
    reading = read(OFFICE, found(OFFICE, "I sign this one myself."))
    assert [e.quote for e in reading.evidence] == ["I sign this one myself."]
    assert title_told(reading) == ["She's chief operating officer."]


def test_a_consultant_is_told_by_the_title() -> None:
    made = talk(("Ana", "I'm a consultant."), (SELLER, "Okay."), ("Ana", "They decide together in May."))
    reading = read(made, found(made, "They decide together"))
    assert reading.value["role"] == "consultant"
    assert [e.quote for e in reading.evidence] == ["I'm a consultant.", "They decide together"]


@pytest.mark.parametrize("title", ["independent adviser", "freelance safety advisor", "outside contractor"])
def test_an_adviser_from_outside_is_a_consultant(title: str) -> None:
    made = talk(("Ana", f"I'm an {title}."), (SELLER, "Okay."), ("Ana", "They decide together in May."))
    assert read(made, found(made, "They decide together")).value["role"] == "consultant"


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("It's her that decides. I do the legwork, I'll narrow it down to two.", "influencer"),
        ("I'd just be one of the ones using it, I've nothing to do with what gets bought.", "end_user"),
        ("My name's on the door and I write the checks.", "decision_maker"),
        ("It's within my limit.", "decision_maker"),
    ],
)
def test_the_part_is_told_in_many_ways(said: str, part: str) -> None:
    made = talk(("Ana", said))
    assert read(made, found(made, said)).value["role"] == part


@pytest.mark.parametrize(
    ("greeting", "level"),
    [
        ("Ana, you're still chief operating officer?", "executive"),
        ("You must be Ana, the dispatch manager.", "manager"),
        ("Ana should be with us in a minute, our finance director.", "department_head"),
    ],
)
def test_a_title_told_to_somebody_by_name(greeting: str, level: str) -> None:
    made = talk(("Ben", "Morning."), (SELLER, greeting), ("Ben", "She is."), ("Ana", "I sign it myself."))
    reading = read(made, found(made, "I sign it myself."))
    assert (reading.value["contact"], reading.option) == ("Ana", level)


def test_who_owns_a_business_of_any_kind_is_an_executive() -> None:
    made = talk(("Dale", "I own a staffing outfit in Dayton."), ("Dale", "I sign it myself."))
    assert read(made, found(made, "I sign it myself.")).option == "executive"


def test_a_title_in_the_file_needs_no_words() -> None:
    made = talk(
        ("Tom Okafor", "I'd recommend it and Marit signs."),
        participants=(Participant(name="Tom Okafor", title="VP of Customer Operations"),),
    )
    reading = read(made, found(made, "I'd recommend it"))
    assert reading.value["title"] == "VP of Customer Operations"
    assert reading.option == "department_head"
    assert len(reading.evidence) == 1


def test_the_models_part_counts_and_its_contact_is_a_speaker() -> None:
    made = talk(("Tom Okafor", "It would be me and Marit together, I suppose."), (SELLER, "Okay."))
    said = {"contact": "Thom Okafor", "role": "influencer", "decision_makers": ["Marit"]}
    finding = found(made, "me and Marit together", **said)
    reading = read(made, finding)
    assert (reading.value["contact"], reading.value["role"]) == ("Tom Okafor", "influencer")
    assert reading.value["decision_makers"] == ["Marit"]


def test_decision_makers_whom_nobody_named_are_left_out() -> None:
    made = talk(("Tom Okafor", "I recommend, Marit signs."))
    finding = found(made, "Marit signs", role="influencer", decision_makers=["Marit", "Ingrid Solberg"])
    assert read(made, finding).value["decision_makers"] == ["Marit"]


def test_the_models_title_counts_only_if_it_was_said() -> None:
    made = talk(("Tom Okafor", "I sign it."), (SELLER, "Good to have the zoo keeper on the call."))
    said = read(made, found(made, "I sign it.", title="zoo keeper"))
    assert (said.value["title"], said.option) == ("zoo keeper", "individual")
    assert title_told(Reading(None, said.value, ())) == ["Good to have the zoo keeper on the call."]
    invented = read(made, found(made, "I sign it.", title="CEO"))
    assert (invented.value["title"], invented.option) == (None, "executive")


def test_who_decides_and_names_no_title_is_taken_for_the_owner() -> None:
    decides = talk(("Tom Okafor", "My sister sold me her half, so I pick and I sign."))
    assert read(decides, found(decides, "I pick and I sign")).option == "executive"
    recommends = talk(("Tom Okafor", "I write the recommendation, Marit signs."))
    assert read(recommends, found(recommends, "I write the recommendation")).option is None


def test_a_rank_without_a_title() -> None:
    made = talk(("Ana", "I own the business, and I decide."))
    reading = read(made, found(made, "and I decide."))
    assert (reading.value["title"], reading.value["level"]) == (None, "executive")


def test_who_only_uses_it_is_an_individual() -> None:
    made = talk(("Speaker 2", "Jo does all the deciding, I just have to use the thing."))
    reading = read(made, found(made, "I just have to use the thing."))
    assert (reading.value["role"], reading.value["level"]) == ("end_user", "individual")


def test_others_say_who_signs() -> None:
    made = talk(("Desmond Tay", "Hi, I'm the COO."), ("Priya Nair", "Finance checks it but Desmond signs."))
    assert read(made, found(made, "but Desmond signs")).value["role"] == "decision_maker"
    made = talk(("Desmond Tay", "Hi, I'm the COO."), ("Priya Nair", "The board decides on it."))
    assert read(made, found(made, "The board decides on it.")).value["role"] == "influencer"


DESMOND = ("Desmond Tay", "Morning. I'm the managing director.")


@pytest.mark.parametrize(
    "said",
    [
        (("Priya Nair", "Desmond joined us. Over five thousand he signs himself."),),
        (("Priya Nair", "Desmond Tay, who is our director, he decides that."),),
        ((SELLER, "And how is it with Desmond?"), ("Priya Nair", "He signs himself.")),
        (("Priya Nair", "hannes ran after desmond and he signs it himself"),),
    ],
)
def test_he_who_signs_is_who_was_named_last(said: tuple[tuple[str, str], ...]) -> None:
    made = talk(DESMOND, *said)
    reading = read(made, found(made, said[-1][1]))
    assert (reading.value["contact"], reading.value["role"]) == ("Desmond Tay", "decision_maker")
    assert reading.value["decision_makers"] == ["Desmond Tay"]


@pytest.mark.parametrize(
    "said",
    [
        (("Priya Nair", "Desmond likes it, but then there is Hughes, he signs himself."),),
        (("Priya Nair", "Desmond asks the owner of the group and he signs himself."),),
        (("Priya Nair", "desmond asks my boss and he signs"),),
        (("Priya Nair", "Desmond is here. I don't know. It was a long day, with all the lorries in the yard "
          "and nobody to unload them, and then the snow came down on top of everything. He signs himself."),),
        ((SELLER, "And Desmond?"), ("Priya Nair", "Good question. He signs himself.")),
        (("Desmond Tay", "Desmond Tay here. He signs himself."),),
        (("Priya Nair", "He signs himself."),),
    ],
)  # fmt: skip
def test_he_who_signs_may_be_anybody_else(said: tuple[tuple[str, str], ...]) -> None:
    made = talk((SELLER, "Hello."), DESMOND, (SELLER, "Okay."), *said)
    reading = read(made, found(made, said[-1][1]))
    assert (reading.value["contact"], reading.value["role"]) == ("Desmond Tay", "influencer")


def test_what_somebody_does_is_no_title_in_small_letters_either() -> None:
    made = talk(("Ana", "i own the place"), ("Ana", "i'm the shop manager"), ("Ana", "i decide"))
    assert read(made, found(made, "i decide")).value["title"] == "shop manager"
    made = talk(("Ana", "i own the place and i decide"))
    reading = read(made, found(made, "i decide"))
    assert (reading.value["title"], reading.value["level"]) == (None, "executive")


def test_who_decides_is_called_as_read() -> None:
    made = talk(("Desmond | Tay (buyer)", "I recommend, and Desmond signs."))
    finding = found(made, "I recommend", role="influencer", decision_makers=["Desmond Tay buyer"])
    assert read(made, finding).value["decision_makers"] == ["Desmond | Tay (buyer)"]


def test_nobodys_part_is_absent() -> None:
    made = talk(("Tom Okafor", "We have three depots."))
    assert KIND.read(FIELD, FORM, [found(made, "three depots")], made) is None


def test_no_buyer_on_the_call_is_absent() -> None:
    made = talk((SELLER, "I sign it."))
    assert KIND.read(FIELD, FORM, [found(made, "I sign it.", role="decision_maker")], made) is None


def test_agreement_is_level_and_part_together() -> None:
    result = FieldResult(
        status="stated", option="manager", value={"level": "manager", "role": "influencer"}, points=15,
        max_points=25, confidence=0.5, evidence=[], conflicts=[],
    )  # fmt: skip
    assert KIND.agrees(FIELD, result, {"level": "manager", "role": "influencer"})
    assert not KIND.agrees(FIELD, result, {"level": "manager", "role": "decision_maker"})
    assert not KIND.agrees(FIELD, result, {"level": None, "role": "influencer"})


def test_a_label_without_a_level_has_no_option() -> None:
    assert KIND.gold_option(FIELD, {"level": None}) is None
    assert KIND.gold_option(FIELD, {"level": "manager"}) == "manager"


def test_the_model_may_only_name_the_fields_roles() -> None:
    model = KIND.answer_model(FIELD, FORM)
    assert isinstance(model.model_validate({"quotes": ["q"], "role": "end_user"}), RoleAnswer)
    with pytest.raises(ValidationError):
        model.model_validate({"quotes": ["q"], "role": "king"})


def test_a_broken_field_is_told() -> None:
    assert list(KIND.check(FIELD)) == []
    broken = FIELD.model_copy(update={"roles": (), "options": (Option(id="boss"),)})
    assert list(KIND.check(broken)) == [
        "a role field has roles, e.g. decision_maker and influencer, each with an id",
        "option boss of a role field is one of executive, department_head, manager, individual",
    ]
