from __future__ import annotations

import time

import pytest
from fakes import call
from hypothesis import given
from hypothesis import strategies as st

from extractor.cues import CUES, around, cues_in, relative_features, speaker_features, turn_features
from extractor.transcript import Transcript, Turn

WORDS = "budget forty thousand June sign we I no ? problem 预算 übrig … $70k".split()
spoken = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
turns = st.lists(
    st.builds(
        Turn,
        text=st.one_of(spoken, st.text(max_size=30)),
        speaker=st.sampled_from(["Tom", "Priya", None]),
        side=st.sampled_from(["buyer", "seller", None]),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize(
    ("cue", "text"),
    [
        ("number", "about seventeen of them"),
        ("money", "that's $70 each"),
        ("budget", "what we've ring-fenced"),
        ("time", "before the end of June"),
        ("sign", "then we'd sign it"),
        ("authority", "the board has the final say"),
        ("own_say", "that's my decision"),
        ("problem", "we do it all by hand"),
        ("want", "it has got to be quick"),
        ("agree", "Yes, that's what we have"),
        ("question", "How many is that"),
    ],
)
def test_what_a_cue_stands_for(cue: str, text: str) -> None:
    assert cues_in(text)[cue] > 0
    assert cues_in(text.upper())[cue] > 0


def test_cues_are_whole_words() -> None:
    assert cues_in("the signal of a budgerigar")["sign"] == 0
    assert cues_in("the signal of a budgerigar")["budget"] == 0
    assert not any(cues_in("").values())


def test_a_cue_is_counted_three_times_at_most() -> None:
    assert [cues_in("June, " * n)["time"] for n in (0, 1, 2, 3, 50)] == [0, 1, 2, 3, 3]


@given(turns)
def test_features_are_numbers_other_than_zero(said: list[Turn]) -> None:
    counts = [cues_in(t.text) for t in said]
    for i in range(len(said)):
        features = turn_features(said, i, counts)
        assert all(isinstance(value, float) and value for value in features.values())
        assert features.get("place", 0.0) == i / len(said)
        assert "buyer" in features or said[i].side != "buyer"
        assert not any(name.startswith("buyer ") for name in features) or said[i].side == "buyer"


def test_a_turn_s_features_tell_of_its_neighbours() -> None:
    said = call(("seller", "What's your budget?"), ("buyer", "Forty."), ("buyer", "No more.")).turns
    counts = [cues_in(t.text) for t in said]
    features = turn_features(said, 1, counts)
    assert features["before ask_budget"] == features["before question"] == features["after no"] == 1.0
    assert "same side before" not in features
    assert features["same side after"] == features["buyer number"] == features["short"] == 1.0
    first, last = turn_features(said, 0, counts), turn_features(said, 2, counts)
    assert not any(name.startswith(("before ", "same side before")) for name in first)
    assert not any(name.startswith(("after ", "same side after")) for name in last)


def test_what_stands_around_a_mention() -> None:
    text = "We can't go past forty thousand. Then June it is."
    start = text.index("forty")
    features = around(text, start, start + len("forty thousand"), (0, 32))
    assert {"left limit", "left we", "right time", "here money", "here number+money"} <= features.keys()
    assert not {"here time", "left number", "right limit"} & features.keys()
    assert set(features.values()) == {1.0}


def test_a_clause_ends_at_a_comma_or_a_conjunction() -> None:
    text = "My boss is off in May, and the contract is signed in June because the licence ends then."
    start = text.index("June")
    features = around(text, start, start + 4, (0, len(text)))
    assert {"clause sign", "clause time", "clause time+sign"} <= features.keys()
    assert not {"clause ends", "clause authority", "clause sign+ends"} & features.keys()
    assert {"here ends", "here authority"} <= features.keys()


def test_only_the_words_beside_a_mention_count_as_beside_it() -> None:
    text = "budget " + "so " * 7 + "forty " + "so " * 7 + "budget"
    start = text.index("forty")
    features = around(text, start, start + 5, (0, len(text)))
    assert {"left budget", "right budget"} & features.keys() == set()
    near = around(text, start, start + 5, (0, len(text)), words=8)
    assert {"left budget", "right budget"} <= near.keys()


@given(spoken, st.data())
def test_around_takes_any_place(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert set(around(text, start, end, (0, len(text))).values()) <= {1.0}


@pytest.mark.parametrize("text", ["a" * 200_000, "预算" * 100_000, "so " * 30_000])
def test_a_very_long_turn_takes_no_time_for_each_of_its_mentions(text: str) -> None:
    began = time.process_time()
    for place in range(0, len(text), len(text) // 500):
        around(text, place, place + 2, (0, len(text)))
    assert time.process_time() - began < 8


def test_the_cues_are_known_by_name() -> None:
    # The fitted weights stand under these names.
    assert set(cues_in("")) == set(CUES)


@given(turns)
def test_speakers_are_compared_with_one_another(said: list[Turn]) -> None:
    counts = [cues_in(t.text) for t in said]
    compared = relative_features(said, counts)
    assert set(compared) == set(Transcript(turns=tuple(said)).speakers())
    for name in {n for f in compared.values() for n in f}:
        assert sum(f[name] for f in compared.values()) == pytest.approx(0, abs=1e-9)


def test_how_a_speaker_talks() -> None:
    said = call(
        ("seller", "What do you use today?"), ("buyer", "Spreadsheets. It's a mess."), ("seller", "Why?")
    ).turns
    counts = [cues_in(t.text) for t in said]
    seller, buyer = (speaker_features(said, counts, name) for name in ("Priya Nair", "Tom Okafor"))
    assert seller["asks"] == pytest.approx(2 / 4)
    assert buyer["asks"] == 0
    assert (seller["first turn"], buyer["first turn"]) == (0, pytest.approx(1 / 3))
    assert buyer["problem"] > seller["problem"]
