"""What the seller answers to a need, and whether the catalogue solves it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.learned import learned
from extractor.replies import CUES, coverage_features, reply_features
from extractor.transcript import Side, Turn

NEED = ("buyer", "We'd want the crews to hand in their hours on the phone.")
# Log-odds of two entries that match equally, and neither well nor badly.
MATCH = (-2.0, -3.0)


def talk(*said: tuple[Side | None, str]) -> list[Turn]:
    return [Turn(speaker=side, side=side, text=text) for side, text in said]


def covered(*said: tuple[Side | None, str]) -> float:
    """The log-odds that the catalogue solves the need, whatever the words that they share."""
    return learned("covered").log_odds(coverage_features(talk(NEED, *said), 0, MATCH))


@pytest.mark.parametrize(
    ("no", "yes"),
    [
        ("No, that's not us, unfortunately.", "Yes, that's our time module, I'll show you."),
        ("We don't do timesheets at all.", "Exactly, and it goes straight to payroll."),
        ("It doesn't do that. You'd need somebody else.", "That's the app, they can do it on any phone."),
    ],
)
def test_a_no_says_more_against_it_than_a_yes(no: str, yes: str) -> None:
    assert covered(("seller", no)) + 1 < covered(("seller", yes)) > 0
    # The other buyers' words are nobody's answer.
    assert covered(("buyer", "No, they don't."), ("seller", yes)) == pytest.approx(
        covered(("buyer", "Oh, they'd like that."), ("seller", yes))
    )


def test_the_better_an_entry_matches_the_likelier_it_solves_the_need() -> None:
    for said in ([], [("seller", "Right, and how many are you?")]):
        turns = talk(NEED, *said)
        near, far = (coverage_features(turns, 0, (best, -6.0)) for best in (1.0, -5.0))
        assert learned("covered").log_odds(near) > learned("covered").log_odds(far)


def test_who_is_far_away_is_not_answering() -> None:
    late = [("buyer", "And another thing.")] * 5
    assert reply_features(talk(NEED, *late, ("seller", "No, not us.")), 0) == {"unanswered": 1.0}
    assert reply_features(talk(("seller", "No, not us."), NEED), 1) == {"unanswered": 1.0}
    assert "unanswered" not in reply_features(talk(NEED, ("seller", "No, not us.")), 0)


def test_what_is_said_later_counts_less_and_the_nearest_that_says_it_counts() -> None:
    no, chat = ("seller", "No, not us."), ("seller", "Is that hail?")
    at_once, later, last = (
        reply_features(talk(NEED, *said), 0) for said in ([no, chat, no], [chat, no, chat], [chat, chat, no])
    )
    assert at_once["not ours"] > later["not ours"] > last["not ours"] > 0
    assert at_once["not ours at first"] == 1.0
    assert "not ours at first" not in later


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["buyer", "seller", None]), st.text()), max_size=8))
def test_any_talk_has_features(said: list[tuple[Side | None, str]]) -> None:
    features = coverage_features(talk(NEED, *said), 0, MATCH)
    assert {name.removesuffix(" at first") for name in features if name.endswith(" at first")} <= set(CUES)
    assert all(-10 < value < 10 for value in features.values())
