from __future__ import annotations

import pytest
from fakes import call
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.parsing.introductions import best, introductions
from extractor.parsing.parts import another_decides, part_in
from extractor.parsing.spans import calm, sentence_at
from extractor.parsing.titles import find_own_titles, find_titles, level_of, owns
from extractor.transcript import Turn


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("CTO", "executive"), ("CTO and co-founder", "executive"), ("chief operating officer", "executive"),
        ("Chief Information Security Officer", "executive"), ("c e o", "executive"), ("C.F.O.", "executive"),
        ("owner", "executive"), ("co-owner", "executive"), ("President", "executive"),
        ("partner", "executive"),
        ("managing partner", "executive"), ("managing director", "executive"),
        ("vice president", "department_head"), ("VP of engineering", "department_head"),
        ("v p of finance", "department_head"), ("SVP, sales", "department_head"),
        ("director of nursing", "department_head"), ("head of people", "department_head"),
        ("practice manager", "manager"), ("general manager", "manager"), ("head baker", "manager"),
        ("team lead for cloud platform", "manager"), ("compliance lead", "manager"),
        ("lead engineer", "manager"),
        ("shift supervisor", "manager"),
        ("analyst", "individual"), ("clinical nurse educator", "individual"),
        ("account executive", "individual"),
        ("executive assistant", "individual"), ("assistant to the CEO", "individual"),
        ("HR business partner", "individual"), ("product owner", "individual"),
        ("data protection officer", "individual"), ("beekeeper", "individual"),
    ],
)  # fmt: skip
def test_levels(title: str, level: str) -> None:
    assert level_of(title) == level


def test_no_title_has_no_level() -> None:
    assert level_of("") is None


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("She's our CTO, and co-founder. She's late.", ["CTO, and co-founder"]),
        ("I'm the VP of customer operations at Halden", ["VP of customer operations"]),
        ("gary he's v p of finance gary signs", ["v p of finance"]),
        ("the chief nurse and the CFO do the choosing", ["chief nurse", "CFO"]),
        ("I'm quality and compliance manager here", ["quality and compliance manager"]),
        ("our channel partner program", []),
        ("we lead the market", []),
    ],
)
def test_titles_in_talk(text: str, titles: list[str]) -> None:
    assert [t.text for t in find_titles(text)] == titles


@pytest.mark.parametrize(
    ("text", "title", "level"),
    [
        ("the Car Parks and Shore Manager for Glanmorfa", "Car Parks and Shore Manager", "manager"),
        ("I'm the Manager for Glanmorfa.", "Manager", "manager"),
        ("I'm logistics manager of Ferretera", "logistics manager", "manager"),
        ("he's area manager for the coast", "area manager", "manager"),
        ("I'm Head of Sales for EMEA", "Head of Sales", "department_head"),
        ("I'm Director of IT at Acme", "Director of IT", "department_head"),
        ("she's head of IT for Europe", "head of IT", "department_head"),
        ("I'm MD of Halden and co-founder", "MD and co-founder", "executive"),
        ("I'm Chair of Halden", "Chair", "executive"),
        ("one of the estimators for Wales", "estimator", "individual"),
        ("a recruiter for Senior Engineers", "recruiter for Senior Engineers", "individual"),
        ("I'm president of the association", "president of the association", "executive"),
        ("I'm head of Europe", "head of Europe", "department_head"),
        ("I'm head for EMEA", "head for EMEA", "department_head"),
        ("director for fundraising", "director for fundraising", "department_head"),
        ("team lead for cloud platform", "team lead for cloud platform", "manager"),
        ("nurse manager for the emergency department",
         "nurse manager for the emergency department", "manager"),
        ("Executive Director of Resources", "Executive Director of Resources", "executive"),
        ("director of regulatory affairs", "director of regulatory affairs", "department_head"),
        ("I'm Head of Customer Voice.", "Head of Customer Voice", "department_head"),
    ],
)  # fmt: skip
def test_where_someone_works_is_no_part_of_the_title(text: str, title: str, level: str) -> None:
    assert [(t.text, t.level) for t in find_titles(text)] == [(title, level)]


def test_who_is_named_after_the_place_has_the_title() -> None:
    said = turns(("Dale Ruckert", "Our operations manager for Ohio, Marcy, signs."))
    [told] = introductions(said, PEOPLE)
    assert (told.name, told.title.text) == ("Marcy Tallent", "operations manager")


@given(st.text(max_size=200))
@settings(deadline=None)
def test_places_lie_in_the_text(text: str) -> None:
    for t in find_titles(text):
        assert 0 <= t.start < t.end <= len(text)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("i'm the reliability engineer i write the recommendation", ["reliability engineer"]),
        ("I'm Trudi, compliance manager.", ["compliance manager"]),
        ("see my designation is facilities manager", ["facilities manager"]),
        ("It's me, VP of customer marketing, and somebody from finance.", ["VP of customer marketing"]),
        ("look i'm an aquatic ecologist out here", ["aquatic ecologist"]),
        ("I retired as an executive director at one of the big ones", []),
        ("Since I was made operations manager I can sign", ["operations manager"]),
        ("under that i sign as c o o", ["c o o"]),
        ("My role is head of retail", ["head of retail"]),
        ("Sole owner, me and a cat.", ["Sole owner"]),
        ("I'm one of the estimators at Emberline", ["estimator"]),
        ("I run ops here", ["I run ops"]),
        ("two desks, mine as head of credit and then Fergal's", ["head of credit"]),
        ("I'm taproom and ops manager", ["taproom and ops manager"]),
        ("I bought him out, so it's owner and president now.", ["owner and president"]),
        ("director of contracts it says on the door", ["director of contracts"]),
        ("You're looking at her. Managing director, and I sign for parcels", ["Managing director"]),
        ("We're the two partners, the pair of us sign", ["partners"]),
        ("We're eleven hundred owners on the estate.", []),
        ("Finance director, he's away.", []),
        ("Executive director, now, if you please. He got a lanyard.", []),
        ("I'm, uh, surveyors I called.", []),
        ("I'm business partner for property services", ["business partner for property services"]),
        ("Ask our CFO, or the plant manager.", []),
        ("I'm a site engineer with Wombarra Civil", ["site engineer"]),
        ("Hi there. CFO and company secretary at Wattle Homes.", ["CFO and company secretary"]),
        ("I'm Ottavia Brusa, amministratore delegato", ["amministratore delegato"]),
        ("I head Transmission Maintenance.", ["I head Transmission Maintenance"]),
        ("I head home at five.", []),
    ],
)
def test_what_a_speaker_claims(text: str, own: list[str]) -> None:
    assert [t.text for t in find_own_titles(text)] == own


def test_what_someone_runs_tells_their_rank() -> None:
    assert [t.level for t in find_own_titles("I run ops. I own the business. I manage the team.")] == [
        "department_head", "executive", "manager",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "owned"),
    [
        ("I'm the medical director and I own the place", True), ("I own Salesforce here", False),
        ("we own it between us", True), ("I founded this company", True), ("I own the thing", True),
        ("I own Thibaut and Laborde Homes, us two", True), ("I founded Lanterna Baixa", True),
        ("I own it", False), ("I run the place", False), ("I own operations", False),
    ],
)  # fmt: skip
def test_who_owns_the_business(text: str, owned: bool) -> None:
    assert any(owns(t) for t in find_own_titles(text)) is owned


def turns(*said: tuple[str, str]) -> tuple[Turn, ...]:
    return tuple(Turn(speaker=name, text=text) for name, text in said)


PEOPLE = ("Marcy Tallent", "Dale Ruckert")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([("Jordan", "And Marcy is?"), ("Dale Ruckert", "She's chief operating officer.")],
         ("Marcy Tallent", "chief operating officer")),
        ([("Jordan", "Marcy, who's the COO, joins later.")], ("Marcy Tallent", "COO")),
        ([("Dale Ruckert", "Our COO, Marcy, signs.")], ("Marcy Tallent", "COO")),
        ([("Dale Ruckert", "Dale Ruckert, transportation manager.")], ("Dale Ruckert",
        "transportation manager")),
        ([("Dale Ruckert", "I do the freight."), ("Jordan", "and you're logistics manager right")],
         ("Dale Ruckert", "logistics manager")),
        ([("Jordan", "So who's who, you're?"), ("Dale Ruckert", "Head of workplace, which is chairs.")],
         ("Dale Ruckert", "Head of workplace")),
        ([("Dale Ruckert", "Yeah go ahead Dale Ruckert director of operations")],
         ("Dale Ruckert", "director of operations")),
        ([("Dale Ruckert", "Hello. Dale. Head of workplace, Aldbrook.")],
         ("Dale Ruckert", "Head of workplace")),
        ([("Jordan", "I've got you down here as head of bottling."), ("Dale Ruckert", "It is, yes.")],
         ("Dale Ruckert", "head of bottling")),
        ([("Jordan", "Director of Estates, it said under your email?"), ("Dale Ruckert", "That's me.")],
         ("Dale Ruckert", "Director of Estates")),
        ([("Jordan", "And you wrote that you're?"), ("Dale Ruckert", "Facilities and admin manager, me.")],
         ("Dale Ruckert", "Facilities and admin manager")),
        ([("Jordan", "Is Marcy there?"), ("Dale Ruckert", "She's in the lift. Our COO, you'll meet her.")],
         ("Marcy Tallent", "COO")),
        ([("Dale Ruckert", "right, dale ruckert general manager and ceo up here")],
         ("Dale Ruckert", "general manager and ceo")),
        ([("Dale Ruckert", "And this is our MD, Mrs Tallent, she's at the door.")], ("Marcy Tallent", "MD")),
        ([("Jordan", "mm-hm and you are"), ("Dale Ruckert", "oh sorry yes head of workplace so chairs")],
         ("Dale Ruckert", "head of workplace")),
    ],
)  # fmt: skip
def test_whose_title_it_is(said: list[tuple[str, str]], told: tuple[str, str]) -> None:
    [found] = introductions(turns(*said), PEOPLE)
    assert (found.name, found.title.text) == told


@pytest.mark.parametrize("answer", ["No, I'm an outside person.", "Um, not any more.", "Was, till May."])
def test_a_title_that_is_denied_is_nobodys(answer: str) -> None:
    said = ("Jordan", "Pascal had you down as laboratory director?"), ("Dale Ruckert", answer)
    assert introductions(turns(*said), PEOPLE) == []


def test_what_one_alone_is_counts_more_than_what_several_are() -> None:
    said = ("Dale Ruckert", "We're two directors, she's the money."), ("Jordan", "And Dale's the COO?")
    found = best([i for i in introductions(turns(*said), PEOPLE) if i.name == "Dale Ruckert"])
    assert found is not None
    assert found.title.text == "COO"


def test_a_title_of_nobody_on_the_call_is_nobodys() -> None:
    assert introductions(turns(("Dale Ruckert", "Glenn is the CFO. He's tight.")), PEOPLE) == []


def test_an_answer_to_who_else_signs_is_about_another() -> None:
    said = turns(("Jordan", "You're sending it to who else?"), ("Dale Ruckert", "Finance director. Glenn."))
    assert introductions(said, PEOPLE) == []


def test_i_own_it_may_be_a_task() -> None:
    said = turns(("Jordan", "Dale is the director, right?"), ("Dale Ruckert", "I own IT. I mean, I own it."))
    chosen = best(introductions(said, PEOPLE))
    assert chosen is not None
    assert chosen.title.text == "I own IT"


def test_ones_own_word_is_the_surest() -> None:
    said = turns(("Jordan", "Dale is the director, right?"), ("Dale Ruckert", "I'm transportation manager."))
    chosen = best(introductions(said, PEOPLE))
    assert chosen is not None
    assert chosen.title.text == "transportation manager"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("I sign this one myself.", "decision_maker"),
        ("It's my budget and it's my signature.", "decision_maker"),
        ("it stops with me", "decision_maker"), ("it's me who chooses and me who signs", "decision_maker"),
        ("I've a delegation to a hundred and fifty thousand", "decision_maker"),
        ("It's under my thirty, so I just sign it", "decision_maker"),
        ("I put together the shortlist and then it goes to Marit.", "influencer"),
        ("it's not my signature, I write the recommendation", "influencer"),
        ("gary signs, I do the legwork", "influencer"), ("I don't sign, my boss decides", "influencer"),
        ("I'd just be using it, I don't get a say", "end_user"),
        ("I'm only going to be the person that uses it", "end_user"),
        ("i'd only be the one using it", "end_user"), ("I say what we get.", "decision_maker"),
        ("But it's the board that votes, I write the recommendation", "influencer"),
        ("They've hired me to help them choose, I don't sign", "consultant"),
        ("my sister sold me her half so it's me i pick", "decision_maker"),
        ("They vote with hands and I only write the paper and read it aloud", "influencer"),
        ("It rained all week.", None), ("", None),
    ],
)  # fmt: skip
def test_the_speakers_part(text: str, part: str | None) -> None:
    assert part_in(text) == part


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Above five thousand he signs himself, and she can decide.", [20, 42]), ("he'll sign", [0]),
        ("She has the final say.", [0]), ("I don't know if he signs, or whether she decides.", []),
        ("he doesn't sign", []), ("he signed it", []), ("I sign it myself", []), ("they sign", []),
    ],
)
def test_where_another_is_said_to_decide(text: str, places: list[int]) -> None:
    assert another_decides(text) == places


def test_the_sentence_around_some_words() -> None:
    text = "Hello. Mr. Pruett signs. Or he doesn't."
    start = text.index("Pruett")
    begin, end = sentence_at(text, start, start + 6)
    assert text[begin:end] == "Mr. Pruett signs."


def test_long_blanks_are_broken_up_in_place() -> None:
    text = "a" + " " * 30 + "b"
    assert len(calm(text)) == len(text)
    assert (calm(text)[0], calm(text)[-1]) == ("a", "b")
    assert " " * 3 not in calm(text)


def test_a_call_is_read_by_its_speakers() -> None:
    made = call(("buyer", "I'm the COO."), ("seller", "I'm an account executive."))
    assert [i.name for i in introductions(made.turns, ("Tom Okafor",))] == ["Tom Okafor"]
