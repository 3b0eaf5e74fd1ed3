"""Sides by hints: e-mail domains, names, companies."""

from __future__ import annotations

import pytest

from extractor.readers import apply_hints
from extractor.transcript import Participant, SellerHints, Transcript, Turn


def call(*people: Participant | str) -> Transcript:
    listed = tuple(p if isinstance(p, Participant) else Participant(name=p) for p in people)
    turns = [Turn(speaker=p.name, side=p.side, text="hello") for p in listed]
    return Transcript(turns=(*turns, Turn(text="who is this")), participants=listed)


def sides(transcript: Transcript) -> dict[str | None, str | None]:
    assert {p.name: p.side for p in transcript.participants} == {
        t.speaker: t.side for t in transcript.turns if t.speaker
    }
    return {t.speaker: t.side for t in transcript.turns}


@pytest.mark.parametrize(
    ("hint", "speaker"),
    [
        ("priya nair", "Priya Nair"),
        ("Priya", "Priya Nair"),
        ("Priya Nair", "Priya"),
        ("Priya Nair", "Nair, Priya"),
        ("Priya Nair", "Priya Nair (Guest)"),
        ("Priya N.", "Priya Nair"),
        ("Acme", "Priya Nair (Acme)"),
        ("Acme", "Priya Nair | ACME Inc."),
        ("Acme, Inc.", "Priya - Acme"),
    ],
)
def test_a_name_marks_the_seller_and_all_others_buy(hint, speaker):
    found = apply_hints(call("Tom Okafor", speaker), SellerHints(names=(hint,)))
    assert sides(found) == {"Tom Okafor": "buyer", speaker: "seller", None: None}
    assert found.sides_from == "option"


def test_a_domain_marks_all_who_have_it():
    people = [
        Participant(name="Ana", email="ana@Mail.acme.example"),
        Participant(name="Ben", email="ben@acme.example"),
        Participant(name="Tom", email="tom@notacme.example"),
        Participant(name="Zoe"),
    ]
    found = apply_hints(call(*people), SellerHints(domains=("@acme.example",)))
    assert sides(found) == {"Ana": "seller", "Ben": "seller", "Tom": "buyer", "Zoe": "buyer", None: None}


def test_a_company_marks_its_people():
    people = [Participant(name="Ana", company="Acme Ltd"), Participant(name="Tom", company="Halden")]
    assert sides(apply_hints(call(*people), SellerHints(names=("acme",))))["Ana"] == "seller"


@pytest.mark.parametrize("hint", ["Dana", "Nobody Here", "", "D"])
def test_a_hint_that_fits_nobody_or_two_people_changes_nothing_but_warns(hint):
    before = call("Dana Kent", "Dana Lowe", "Tom")
    after = apply_hints(before, SellerHints(names=(hint,)))
    assert after.turns == before.turns
    assert after.sides_from is None
    assert len(after.warnings) == 1


def test_sides_that_the_file_tells_are_kept_except_for_those_named():
    ana, tom = Participant(name="Ana", side="buyer"), Participant(name="Tom", side="seller")
    found = apply_hints(call(ana, tom, "Zoe"), SellerHints(names=("Ana",)))
    assert sides(found) == {"Ana": "seller", "Tom": "seller", "Zoe": "buyer", None: None}


def test_no_hints_change_nothing():
    before = call("Ana", "Tom")
    assert apply_hints(before, SellerHints()) == before


def test_speakers_who_are_not_on_the_list_of_participants_join_it():
    before = Transcript(turns=(Turn(speaker="Ana", text="hi"), Turn(speaker="Tom", text="hi")))
    found = apply_hints(before, SellerHints(names=("Ana",)))
    assert [(p.name, p.side) for p in found.participants] == [("Ana", "seller"), ("Tom", "buyer")]
