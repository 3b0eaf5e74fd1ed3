from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from extractor.vocabulary import SAID, said, said_around, said_by, stems, word_features


def names(features: dict[str, float], where: str = "here") -> set[str]:
    beginning = f"{SAID}{where}: "
    return {n.removeprefix(beginning) for n in features if n.startswith(beginning)}


def test_words_of_one_kind_have_one_stem() -> None:
    assert stems("Chasing invoices") == stems("chases invoice") == ["chas", "invoic"]


def test_what_is_said_is_told_by_words_and_pairs() -> None:
    assert names(said("I sign it")) == {"i", "sign", "it", "i sign", "sign it"}


def test_all_figures_are_one_word() -> None:
    assert said("We have seventy five thousand") == said("we have 40,000")
    assert "#" in names(said("We have seventy"))


def test_an_apostrophe_of_either_kind_is_part_of_a_word() -> None:
    assert said("I’m out") == said("i'm out")


def test_words_beside_a_mention_are_told_apart() -> None:
    text = "They quoted ninety but sixty is what we have"
    start = text.index("sixty")
    features = said_around(text, start, start + len("sixty"))
    assert {"quot", "but", "# but"} <= names(features, "left")
    assert {"is", "is what", "hav"} <= names(features, "right")
    assert names(features, "next left") == {"but"}
    assert names(features, "next right") == {"is"}


def test_a_pair_of_words_is_not_taken_for_a_word_beside_a_mention() -> None:
    beside = said_around("it sixty", 3, 8)
    assert not said("left it, right it").keys() & beside.keys()


def test_only_the_words_next_to_a_mention_count() -> None:
    text = "far words " + "and so " * 40 + "sixty" + " or so" * 40 + " off"
    start = text.index("sixty")
    features = said_around(text, start, start + 5)
    assert "and" in names(features, "left")
    assert "far" not in names(features, "left")
    assert "off" not in names(features, "right")


@given(st.text(max_size=80), st.data())
def test_any_text_has_features(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    features = said(text) | said_around(text, start, end)
    assert all(n.startswith(SAID) for n in features)
    assert set(features.values()) <= {1.0}
    assert set(word_features([text])) == set(stems(text))


def test_a_long_turn_does_not_make_a_mention_slow() -> None:
    text = "word " * 200_000
    began = time.process_time()
    for _ in range(200):
        said_around(text, 500_000, 500_004)
    assert time.process_time() - began < 4


def test_how_often_someone_says_a_word_or_two() -> None:
    once, often = said_by(["Our platform does that."]), said_by(["Our platform."] * 50)
    assert {"said often: our", "said often: our platform"} <= once.keys() & often.keys()
    assert 0 < once["said often: our"] < often["said often: our"] <= 3.0
    # Who says little says nothing often.
    assert said_by(["Hi."])["said often: hi"] < 2.0
    assert said_by([]) == {}
