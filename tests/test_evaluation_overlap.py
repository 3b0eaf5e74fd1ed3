from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extractor.evaluation.overlap import overlap, pair_up, words

WORDS = st.lists(st.sampled_from(["we", "have", "no", "money", "left", "for", "it"]), max_size=9)
QUOTES = WORDS.map(" ".join)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("we have forty thousand", "we have forty thousand", True),
        ("We have - forty, thousand!", "we have forty thousand", True),
        # Three of the shorter one's six words.
        ("a b c d e f", "x y a b c z w v", True),
        # Two are too few, though the shorter one has only four.
        ("a b c d", "x a b y z w", False),
        ("a b c d", "x a b c y z", True),
        # Half of seven is four.
        ("a b c d e f g", "a b c x y z w v", False),
        ("a b c d e f g", "a b c d y z w v", True),
        # Enough words, but in no single run.
        ("a b c d e f", "a b x c d y e f", False),
        # Fewer than three words: all of them.
        ("forty thousand", "it is forty thousand a year", True),
        ("forty thousand", "forty or fifty thousand", False),
        ("yes", "oh yes please", True),
        ("don’t", "don't", True),
        ("", "", False),
        ("...", "...", False),
        ("", "anything at all", False),
    ],
)
def test_overlap(a: str, b: str, same: bool) -> None:
    assert overlap(a, b) is same


@settings(deadline=None)
@given(QUOTES, QUOTES)
def test_overlap_is_symmetric(a: str, b: str) -> None:
    assert overlap(a, b) == overlap(b, a)


@settings(deadline=None)
@given(st.text())
def test_a_quote_overlaps_itself_if_it_has_words(quote: str) -> None:
    assert overlap(quote, quote) == bool(words(quote))


@settings(deadline=None)
@given(WORDS, WORDS, WORDS.filter(lambda w: len(w) >= 3))
def test_a_part_of_three_words_overlaps_the_whole(
    before: list[str], after: list[str], part: list[str]
) -> None:
    assert overlap(" ".join(part), " ".join([*before, *part, *after]))


def test_pairing_makes_room() -> None:
    # The first could take either; the second only what the first takes first.
    both, one = ["red green blue", "one two three"], ["red green blue"]
    assert pair_up([both, one], [["red green blue"], ["one two three"]]) == {0: 1, 1: 0}


def test_pairing_leaves_over_what_nothing_overlaps() -> None:
    assert pair_up([["a b c"], ["x y z"]], [["a b c"]]) == {0: 0}
    assert pair_up([], [["a b c"]]) == {}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(QUOTES, max_size=2), max_size=4), st.lists(st.lists(QUOTES, max_size=2), max_size=4))
@example([["we have no"]], [["we have no"]])
def test_pairing_is_the_largest_and_one_to_one(left: list[list[str]], right: list[list[str]]) -> None:
    def pairs(i: int, j: int) -> bool:
        return any(overlap(a, b) for a in left[i] for b in right[j])

    found = pair_up(left, right)
    assert len(set(found.values())) == len(found)
    assert all(pairs(i, j) for i, j in found.items())
    slots = [*range(len(right)), *[None] * len(left)]
    ways = permutations(slots, len(left))
    assert len(found) == max(sum(j is not None and pairs(i, j) for i, j in enumerate(way)) for way in ways)
