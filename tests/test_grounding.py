from __future__ import annotations

import time
import unicodedata

import pytest
from fakes import call
from hypothesis import given
from hypothesis import strategies as st

from extractor.grounding import Rejected, ground, ground_all
from extractor.record import Evidence
from extractor.transcript import Transcript, Turn


def one(text: str) -> Transcript:
    return call(("buyer", text))


def tied(quote: str, transcript: Transcript) -> Evidence:
    found = ground(quote, transcript)
    assert isinstance(found, Evidence), found
    turn = transcript.turns[found.turn]
    assert found.quote == turn.text[found.char_start : found.char_end]
    assert (found.speaker, found.side) == (turn.speaker, turn.side)
    return found


def refused(quote: str, transcript: Transcript) -> str:
    found = ground(quote, transcript)
    assert isinstance(found, Rejected), found
    return found.reason


# Letter for letter


def test_exact() -> None:
    transcript = Transcript(
        turns=(
            Turn(speaker="Priya Nair", side="seller", text="What do you have set aside?", start=1.0, end=2.5),
            Turn(speaker="Tom Okafor", side="buyer", text="Well, we have about forty.", start=3.0, end=9.0),
        )
    )
    assert tied("we have about forty", transcript) == Evidence(
        quote="we have about forty", turn=1, speaker="Tom Okafor", side="buyer", start=3.0, end=9.0,
        char_start=6, char_end=25, match="exact",
    )  # fmt: skip


def test_an_exact_copy_is_preferred_to_an_earlier_one_in_another_case() -> None:
    transcript = call(("buyer", "WE NEED THIS NOW"), ("buyer", "I said we need this now."))
    found = tied("we need this now", transcript)
    assert (found.turn, found.match) == (1, "exact")


def test_what_both_sides_say_is_tied_to_the_buyer() -> None:
    transcript = call(("seller", "Forty thousand for this year?"), ("buyer", "Forty thousand for this year."))
    assert tied("Forty thousand for this year", transcript).side == "buyer"


def test_the_first_of_equal_places() -> None:
    transcript = call(("buyer", "we need this now"), ("buyer", "we need this now and we need this now"))
    found = tied("we need this now", transcript)
    assert (found.turn, found.char_start) == (0, 0)


def test_only_the_given_turns_are_looked_at() -> None:
    transcript = call(("buyer", "we need this now"), ("seller", "fine"), ("buyer", "we need this now"))
    found = ground("we need this now", transcript, [1, 2])
    assert isinstance(found, Evidence)
    assert found.turn == 2
    assert ground("we need this now", transcript, [1]) == Rejected("not in the transcript")


# Equal after normalising


@pytest.mark.parametrize(
    ("text", "quote", "stands"),
    [
        ("So WE HAVE Forty set aside", "we have forty set aside", "WE HAVE Forty set aside"),
        ("what I’ve approved is seventy", "what I've approved is seventy", "what I’ve approved is seventy"),
        ("what I've approved is seventy", "what I’ve approved is seventy", "what I've approved is seventy"),
        ("the ‘real’ reason is “cost”, yes", "the 'real' reason is \"cost\"", "the ‘real’ reason is “cost"),
        ("we’re live by mid–April", "we're live by mid-April", "we’re live by mid–April"),
        ("we want a follow-up call", "we want a follow up call", "we want a follow-up call"),
        ("we want a follow up call", "we want a follow‑up call", "we want a follow up call"),
        ("budget — for this — is forty", "budget for this is forty", "budget — for this — is forty"),
        ("we  have\u00a0forty\tset aside", "we have forty set aside", "we  have\u00a0forty\tset aside"),
        ("we have, um, like, uh forty", "we have like forty", "we have, um, like, uh forty"),
        ("we have like forty", "um we have, uh, like forty", "we have like forty"),
        ("It's approved.We start in May.", "it's approved we start", "It's approved.We start"),
        ("We have it. Signed, too!", "we have it; signed too", "We have it. Signed, too"),
        ("we do not have it", "we don't have it", "we do not have it"),
        ("we cannot spend that", "we can't spend that", "we cannot spend that"),
        ("we've got it approved", "we have got it approved", "we've got it approved"),
        ("about 50 % of it", "about 50% of it", "about 50 % of it"),
        ("the soft\u00adware is old", "the software is old", "the soft\u00adware is old"),
        ("the ﬁrst one is ﬁne", "the first one is fine", "the ﬁrst one is ﬁne"),
        (unicodedata.normalize("NFD", "das Budget für Köln steht"), "das Budget für Köln", None),
        ("great 👍️ we need this", "great we need this", "great 👍️ we need this"),
    ],
)
def test_normalized(text: str, quote: str, stands: str | None) -> None:
    found = tied(quote, one(text))
    assert found.match == "normalized"
    assert unicodedata.normalize("NFC", found.quote) == (stands or quote)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Так вот, у нас есть семьдесят тысяч на это", "у нас есть семьдесят тысяч"),
        ("Λοιπόν, έχουμε ΕΓΚΡΊΝΕΙ εβδομήντα χιλιάδες", "έχουμε εγκρίνει εβδομήντα"),
        ("لدينا سبعون ألف دولار لهذا العام", "لدينا سبعون ألف دولار"),
        ("हमारे पास इस साल सत्तर हज़ार हैं", "पास इस साल सत्तर"),
        ("우리는 올해 칠만 달러를 승인했습니다", "올해 칠만 달러를"),
        ("我们今年批准了七万美元的预算。", "今年批准了七万美元"),
        ("今年の予算は七万ドルです", "予算は七万ドル"),
        ("ปีนี้เรามีงบประมาณเจ็ดหมื่น", "เรามีงบประมาณ"),
    ],
)
def test_other_scripts(text: str, quote: str) -> None:
    found = tied(quote, one(text))
    assert found.quote.casefold().replace("ί", "ι") == quote.casefold().replace("ί", "ι")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("हमारे पास इस साल सत्तर हज़ार हैं", "हमारे पास इस साल सोत्तर"),
        ("我们没有今年的预算", "我们有今年的预算"),
        ("У нас нет бюджета на этот год", "У нас есть бюджет на этот год"),
        ("我们今年批准了七万美元", "预算"),
        ("我们今年批准了七万美元", "批准了七"),
    ],
)
def test_nearly_the_same_in_another_script_is_not_the_same(text: str, quote: str) -> None:
    assert isinstance(ground(quote, one(text)), Rejected)


@pytest.mark.parametrize(
    "quote",
    [
        "Tom Okafor: we have forty set aside",
        "tom okafor (buyer): we have forty set aside",
        '"we have forty set aside"',
        "“we have forty set aside.”",
        '"Tom Okafor: we have forty set aside"',
        'Tom Okafor: "we have forty set aside"',
        "‘we have forty set aside’",
        "... we have forty set aside ...",
        "  we have forty set aside\n",
    ],
)
def test_what_a_model_puts_around_a_quote_is_dropped(quote: str) -> None:
    transcript = call(("seller", "And the budget?"), ("buyer", "Yes, we have forty set aside."))
    found = tied(quote, transcript)
    assert (found.turn, found.match) == (1, "exact")
    assert found.quote.rstrip(".") == "we have forty set aside"


def test_a_nameless_speaker_s_prefix_is_dropped() -> None:
    assert tied("Unknown speaker: we have forty", call(("", "we have forty"))).match == "exact"


def test_the_name_that_a_model_was_shown_is_dropped() -> None:
    transcript = Transcript(turns=[Turn(speaker="Priya (buyer, CEO)", text="we have forty set aside")])
    assert tied("Priya buyer, CEO: we have forty set aside", transcript).match == "exact"


# Nearly equal


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("what I have approved for this year is seventy", "what I have approve for this year is seventy"),
        ("we lose a whole day a week to the manual entry", "we lose a whole day a week to manual entry"),
        ("well we lose a whole day every single week to this", "we lose a whole day every week to this"),
        ("We have none. We lose a whole day a week to it", "We loose a whole day a week to it"),
        ("I would sign that myself for a pilot of this", "I would sign this myself for a pilot of this"),
    ],
)
def test_fuzzy(text: str, quote: str) -> None:
    found = tied(quote, one(text))
    assert found.match == "fuzzy"
    assert found.quote in text
    assert len(found.quote.split()) >= len(quote.split()) - 1


def test_a_fuzzy_match_is_not_widened_beyond_the_quote() -> None:
    text = "Hello everybody. We lose a whole day every week to this manual entry. Nice weather today."
    assert tied("we loose a whole day every week to this manual entry", one(text)).quote == (
        "We lose a whole day every week to this manual entry"
    )


def test_the_closest_place_is_taken() -> None:
    near = "we lose a whole day every week to this manual entry"
    far = "we lose a good whole day every week to this manual entry"
    quote = "we loose a whole day every week to this manual entry"
    assert tied(quote, call(("buyer", near), ("buyer", far))).turn == 0
    assert tied(quote, call(("buyer", far), ("buyer", near))).turn == 1


def test_punctuation_that_was_copied_is_kept() -> None:
    found = tied("We have it (signed).", one("Yes. We have it (signed). Good."))
    assert (found.quote, found.match) == ("We have it (signed).", "exact")
    assert tied("We have it (signed)!", one("Yes. We have it (signed). Good.")).quote == "We have it (signed"


def test_a_place_that_says_the_opposite_does_not_hide_one_that_fits() -> None:
    transcript = call(
        ("buyer", "we don't have the budget approved for this year"),
        ("buyer", "sorry, we have the budgets approved for this year after all"),
    )
    assert tied("we have the budget approved for this year", transcript).turn == 1


# What must not be tied


@pytest.mark.parametrize(
    ("text", "quote", "reason"),
    [
        ("We. Yes.", "We want to replace our whole stack by June", "not in the transcript"),
        ("We have many orders.", "We", "too short"),
        ("We have many orders.", "many orders", "too short"),
        ("We want a follow-up call.", "follow-up call", "too short"),
        ("We have many orders.", "", "too short"),
        ("We have many orders.", " … \"\" ", "too short"),
        ("We don't have a budget approved", "We have a budget approved", "crosses a negation"),
        ("We don’t have a budget approved", "We have a budget approved", "crosses a negation"),
        ("We have a budget approved for it", "We don't have a budget approved for it", "crosses a negation"),
        ("We have no budget approved for it", "We have a budget approved for it", "crosses a negation"),
        ("We never had a budget approved for it", "We had a budget approved for it", "crosses a negation"),
        ("That is the budget we can't spend", "That is the budget we can", "crosses a negation"),
        ("I do not know, but we have the whole budget for this here",
         "I know, but we do not have the whole budget for this here", "crosses a negation"),
        ("Wir haben das Budget für dieses Jahr nicht mehr frei",
         "Wir haben das Budget für dieses Jahr mehr frei", "crosses a negation"),
        ("If we get the whole budget for this year I sign", "we get the whole budgets for this year I sign",
         "crosses a negation"),
        ("what I have approved for this year is seventy", "what I have approved for this year is eighty",
         "changes a number"),
        ("what I have approved for this year is 70k", "what I have approved for this year is 75k",
         "changes a number"),
        ("we have 70,000 for it in the plan this year", "we have 70 for it in the plan this year",
         "changes a number"),
        ("we have seventy-five for it in the plan this year", "we have seventy for it in the plan this year",
         "changes a number"),
        ("we want it live in the new plant by June", "we want it live in the new plant by July",
         "changes a number"),
        ("the budget that we want for it was approved", "the budget that we want for it was rejected",
         "not in the transcript"),
        ("it is likely that we sign all of this soon", "it is unlikely that we sign all of this soon",
         "not in the transcript"),
        ("we have about 70,000 for it", "we have about 70", "not in the transcript"),
        ("it went up by 50% again", "it went up by 50", "changes a number"),
        ("we have room for seventy-five people", "we have room for seventy", "changes a number"),
        ("we will have the whole budget approved", "we will have the whole budget approved tomorrow",
         "not in the transcript"),
        ("we have budget for this", "we have budgets for this", "not in the transcript"),
        ("they are all unapproved changes", "approved changes they", "not in the transcript"),
    ],
)  # fmt: skip
def test_rejected(text: str, quote: str, reason: str) -> None:
    assert refused(quote, one(text)) == reason


def test_a_quote_across_two_turns_is_rejected() -> None:
    transcript = call(("buyer", "We have the money for it."), ("buyer", "But it must be signed by June."))
    assert refused("We have the money for it. But it must be signed", transcript) == "not in the transcript"
    assert refused("money for it. But it must", transcript) == "not in the transcript"


def test_a_short_quote_is_tied_where_it_is_all_that_was_said() -> None:
    transcript = call(("buyer", "about forty k or so"), ("seller", "How much?"), ("buyer", "Forty k."))
    found = tied("forty k", transcript)
    assert (found.turn, found.quote) == (2, "Forty k")


def test_a_short_quote_that_was_said_twice_proves_nothing() -> None:
    transcript = call(("buyer", "Yes."), ("seller", "Sure?"), ("buyer", "Yes."))
    assert refused("Yes.", transcript) == "too short"


def test_nothing_is_tied_in_an_empty_call() -> None:
    assert refused("we have forty set aside", Transcript(turns=())) == "not in the transcript"
    assert refused("we have forty set aside", one("")) == "not in the transcript"


# Several quotes


def test_quotes_are_tied_one_by_one() -> None:
    transcript = call(("buyer", "We have forty set aside. It has to run by June."))
    quotes = ["We have forty set aside", "we have FORTY set aside", "We have a helicopter", "to run by June"]
    found, bad = ground_all(quotes, transcript)
    assert [e.quote for e in found] == ["We have forty set aside", "to run by June"]
    assert bad == [Rejected("not in the transcript")]


@pytest.mark.parametrize("dots", [" ... ", "…", " [...] ", "....", " (…) "])
def test_a_quote_that_leaves_words_out_is_tied_part_by_part(dots: str) -> None:
    transcript = one("We have forty set aside, which my boss knows about, and it has to run by June.")
    found, bad = ground_all([f"We have forty set aside{dots}it has to run by June"], transcript)
    assert [e.quote for e in found] == ["We have forty set aside", "it has to run by June"]
    assert bad == []


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("We don't have a budget approved", "We ... have a budget approved"),
        ("We don't have budget now", "We ... have budget now"),
        ("I think we at this point in time don't really have a budget approved",
         "I think we ... have a budget approved"),
    ],
)  # fmt: skip
def test_dots_do_not_leave_out_a_negation(text: str, quote: str) -> None:
    found, bad = ground_all([quote], one(text))
    assert "have a budget approved" not in [e.quote for e in found]
    assert "have budget now" not in [e.quote for e in found]
    assert "crosses a negation" in [r.reason for r in bad]


def test_dots_do_not_leave_out_a_number() -> None:
    text = "we have two hundred thousand for all of it"
    found, bad = ground_all(["we have two ... thousand for all of it"], one(text))
    assert (found, bad) == ([], [Rejected("changes a number")])


def test_the_parts_of_one_quote_fall_alone() -> None:
    transcript = one("We have forty set aside, which my boss knows about.")
    found, bad = ground_all(["We have forty set aside ... and a helicopter for the board"], transcript)
    assert [e.quote for e in found] == ["We have forty set aside"]
    assert bad == [Rejected("not in the transcript")]


# Invariants

SPOKEN = st.sampled_from(
    "we we've don't the budget für naïve Tom's seventy 70,000 $50k follow-up U.S. 3.5m up-to-date 10:30 it's "
    "да 预算 हज़ार 50% so and Q3 JUNE can't O’Brien — ... , and/or".split()
)
turn_texts = st.lists(SPOKEN, min_size=3, max_size=14).map(" ".join)


def has_word(word: str) -> bool:
    return any(c.isalnum() for c in word)


@given(st.lists(turn_texts, min_size=1, max_size=4), st.data())
def test_any_run_of_a_turn_is_tied_to_an_equal_place(texts: list[str], data: st.DataObject) -> None:
    transcript = Transcript(turns=tuple(Turn(text=t) for t in texts))
    words = data.draw(st.sampled_from(texts)).split()
    first = data.draw(st.integers(0, len(words)))
    run = words[first : data.draw(st.integers(first, len(words)))]
    if sum(map(has_word, run)) < 3:
        return
    recased = [data.draw(st.sampled_from([str.upper, str.lower, str.title, str]))(w) for w in run]
    marks = st.sampled_from(["", ",", ".", "!", "?", ";", " -", "”"])
    quote = "".join(w + data.draw(marks) + " " for w in recased)
    found = tied(quote, transcript)
    assert found.match in ("exact", "normalized")

    def plain(text: str) -> list[str]:
        return [w for w in text.casefold().replace("’", "'").split() if has_word(w)]

    assert plain(found.quote.strip(" ,.—")) == plain(" ".join(run).strip(" ,.—"))


@given(turn_texts, st.text(max_size=60))
def test_evidence_is_always_the_transcript_s_own_text(text: str, quote: str) -> None:
    transcript = Transcript(turns=(Turn(text=quote + " " + text), Turn(text=text + quote)))
    found, _ = ground_all([quote, text, quote + text, text + " ... " + quote], transcript)
    for e in found:
        assert e.quote == transcript.turns[e.turn].text[e.char_start : e.char_end]
        assert e.char_start < e.char_end


@given(turn_texts, st.sampled_from(["not", "never", "don't", "no", "cannot"]), st.data())
def test_a_negation_put_in_or_taken_out_is_never_tied(text: str, negation: str, data: st.DataObject) -> None:
    words = text.split()
    at = data.draw(st.integers(1, len(words) - 1))
    denied = " ".join([*words[:at], negation, *words[at:]])
    if not has_word(words[0]) or not has_word(words[-1]):
        return
    assert isinstance(ground(text, one(denied)), Rejected)
    assert isinstance(ground(denied, one(text)), Rejected)


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=40))
def test_any_text_is_tied_or_refused(texts: list[str], quote: str) -> None:
    ground_all([quote], Transcript(turns=tuple(Turn(speaker="a(b", text=t) for t in texts)))


# Time


def long_call(words: int, turn_words: int) -> tuple[Transcript, list[str]]:
    letters = "abcdefghij"
    vocabulary = ["".join(letters[int(d)] for d in str(n * 7919 % 1009 + 1000)) for n in range(1009)]
    spoken = [vocabulary[n * n % 1009] for n in range(words)]
    turns = [" ".join(spoken[at : at + turn_words]) for at in range(0, words, turn_words)]
    last = turns[-1].split()[-14:]
    slip = [*last[:6], *last[7:]]
    invented = [f"{vocabulary[n]} and {vocabulary[-n]}" for n in range(9)]
    return Transcript(turns=tuple(Turn(text=t) for t in turns)), [
        *(" ".join([*slip[: 8 + n % 6]]) for n in range(10)),
        *(" ".join(invented[n % 5 :]) for n in range(10)),
    ]


@pytest.mark.parametrize("turn_words", [9, 200, 50_000])
def test_a_call_of_50_000_words_is_searched_quickly(turn_words: int) -> None:
    transcript, quotes = long_call(50_000, turn_words)
    started = time.process_time()
    found, bad = ground_all(quotes, transcript)
    assert time.process_time() - started < 8
    assert found
    assert bad


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("a " * 100_000, "a " * 2_000 + "b"),
        ("a " * 100_000, "a " * 99 + "b"),
        ("a-" * 100_000 + "b", "a a a"),
        ("we have a " * 15_000, "we have a we have of we have a " * 5),
        (" " * 200_000, "we have forty"),
        ("'" * 200_000, "'" * 1_000),
        ("1.1" * 50_000, "1.1" * 1_000),
        ("." * 100_000, "." * 100_000),
        ("we have it", " . " * 50_000 + "x"),
        ("é\u0301" * 50_000, "é\u0301" * 100),
    ],
)
def test_hostile_text_takes_no_longer(text: str, quote: str) -> None:
    started = time.process_time()
    ground_all([quote], one(text))
    assert time.process_time() - started < 8
