"""Speech services: who said what and when in each shape, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mangling import mangled

from extractor.errors import InputError
from extractor.readers import identify, read_bytes, read_file
from extractor.readers.base import Content, clean
from extractor.readers.speech import FORMATS
from extractor.readers.spoken import Piece, joined, label_name, phrases, sentences, turns
from extractor.transcript import Transcript

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"
FILES = sorted(file for form in FORMATS for file in (FIXTURES / form.id).iterdir())

ASKED = "How many vans do you run?"
TOLD = "Thirty. We lose two a day."


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text())


def of(found: Any) -> Transcript:
    return read_bytes(json.dumps(found).encode(), "call.json")


def said(call: Transcript) -> list[tuple[float | None, float | None, str | None, str]]:
    return [(t.start, t.end, t.speaker, t.text) for t in call.turns]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("whisperx/two-voices.json", [
            (0.5, 2.3, "Speaker 0", ASKED), (2.6, 4.9, "Speaker 1", "About 30. We lose two a day."),
            (5.0, 5.2, None, "Mm."),
        ]),
        ("whisper/voice-memo.json", [
            (0.0, 3.2, None, "We spoke with the depot."),
            (3.2, 8.4, None, "They want the yearly plan, and Ruth signs for it."),
        ]),
        ("whisper/whisper-cpp.json", [
            (0.0, 3.2, None, "We spoke with the depot."), (3.2, 8.4, None, "They want the yearly plan."),
        ]),
        ("assemblyai/speakers.json", [
            (2.1, 3.85, "Speaker A", ASKED), (4.5, 6.25, "Speaker B", TOLD),
            (7.0, 7.85, "Speaker A", "And who signs?"),
            (8.2, 9.95, "Speaker B", "I do, up to twenty thousand."),
        ]),
        ("assemblyai/words-only.json", [
            (2.1, 3.85, None, ASKED), (4.5, 4.75, None, "Thirty."), (4.8, 6.25, None, "We lose two a day."),
        ]),
        ("deepgram/words-and-utterances.json", [
            (0.5, 2.25, "Speaker 0", ASKED), (2.1, 4.45, "Speaker 1", TOLD),
        ]),
        ("deepgram/paragraphs.json", [(0.5, 2.25, "Speaker 0", ASKED), (2.6, 4.35, "Speaker 1", TOLD)]),
        ("deepgram/two-channels.json", [
            (0.5, 2.25, "Channel 0", ASKED), (2.6, 4.35, "Channel 1", TOLD),
            (5.5, 6.35, "Channel 0", "And who signs?"),
        ]),
        ("aws-transcribe/speaker-labels.json", [
            (0.5, 2.25, "Speaker 0", ASKED), (2.6, 4.35, "Speaker 1", TOLD),
        ]),
        ("aws-transcribe/channels.json", [
            (0.5, 2.25, "Channel 0", ASKED), (2.6, 4.35, "Channel 1", TOLD),
            (5.5, 6.35, "Channel 0", "And who signs?"),
        ]),
        ("aws-call-analytics/call.json", [
            (0.04, 2.05, "Agent", "Thank you for calling Tallyboard."),
            (2.31, 6.45, "Customer", "Hi, it's about the vans. We have two hundred a month for it."),
            (4.0, 7.7, "Agent", "Yeah. Happy to help."),
        ]),
        ("google-stt/speaker-tags.json", [(0.5, 2.25, "Speaker 1", ASKED), (2.6, 4.35, "Speaker 2", TOLD)]),
        ("google-stt/operation.json", [
            (0.0, 1.75, None, ASKED), (2.6, 2.85, None, "Thirty."), (2.9, 4.35, None, "We lose two a day."),
        ]),
        ("google-stt/without-words.json", [
            (None, None, None, ASKED), (None, 2.9, None, "Roughly."),
            (None, None, None, "Thirty."), (None, 4.7, None, "We lose two a day."),
        ]),
        ("revai/monologues.json", [(0.3, 2.05, "Speaker 0", ASKED), (2.6, 4.35, "Ruth Abara", TOLD)]),
        ("revai/rev-com.json", [(0.3, 2.1, "Ines Duarte", ASKED), (2.6, 4.35, "Speaker 2", TOLD)]),
        ("azure-speech/batch-speakers.json", [
            (60.5, 62.3, "Speaker 1", ASKED), (62.6, 64.4, "Speaker 2", TOLD),
        ]),
        ("azure-speech/two-channels.json", [
            (0.5, 2.3, "Channel 0", ASKED), (2.6, 4.4, "Channel 1", TOLD),
            (5.5, 6.4, "Channel 0", "And who signs?"),
        ]),
        ("azure-speech/fast.json", [(0.5, 2.3, "Speaker 1", ASKED), (2.6, 4.35, "Speaker 2", TOLD)]),
        ("speechmatics/version-2.json", [
            (0.5, 2.25, "Speaker 1", ASKED), (2.6, 2.85, "Speaker 2", "Thirty."), (4.0, 4.25, None, "Mm."),
        ]),
        ("speechmatics/version-1.json", [(0.5, 2.25, "Speaker F4", ASKED), (2.6, 4.35, "Speaker M1", TOLD)]),
        ("kaldi/segmentation.json", [(0.5, 2.25, "Speaker 0", ASKED), (2.6, 4.35, "Speaker 1", TOLD)]),
    ],
)  # fmt: skip
def test_who_says_what_and_when(name, expected):
    assert said(read_file(FIXTURES / name)) == expected


def test_agents_sell_and_customers_buy():
    names = ("aws-call-analytics/call.json", "aws-call-analytics/contact-lens.json", "aws-pca/processed.json")
    for call in (read_file(FIXTURES / name) for name in names):
        assert [(p.name, p.side) for p in call.participants] == [("Agent", "seller"), ("Customer", "buyer")]
        assert [t.side for t in call.turns][:2] == ["seller", "buyer"]
        assert call.sides_from == "file"


def test_a_role_that_is_neither_has_no_side():
    found = fixture("aws-call-analytics/call.json")
    found["Transcript"][0]["ParticipantRole"] = "SUPERVISOR"
    assert (of(found).turns[0].speaker, of(found).turns[0].side) == ("SUPERVISOR", None)


def test_the_date_of_processing_is_not_that_of_the_call():
    found = fixture("aws-pca/processed.json")
    assert of(found).date == dt.date(2026, 3, 5)
    about = found["ConversationAnalytics"]
    about["ConversationTime"] = about["ProcessTime"]
    assert of(found).date is None
    assert read_bytes((FIXTURES / "deepgram/paragraphs.json").read_bytes(), "call.json").date is None


def test_a_file_without_speakers_says_so_and_one_with_speakers_does_not():
    assert any("no speakers" in w for w in of(fixture("whisper/voice-memo.json")).warnings)
    assert not any("no speakers" in w for w in of(fixture("whisperx/two-voices.json")).warnings)


def test_deepgram_utterances_serve_where_words_tell_no_speaker():
    found = fixture("deepgram/words-and-utterances.json")
    for word in found["results"]["channels"][0]["alternatives"][0]["words"]:
        del word["speaker"]
    assert [(t.speaker, t.text) for t in of(found).turns] == [
        ("Speaker 0", f"{ASKED} Thirty."), ("Speaker 1", "We lose two a day."),
    ]  # fmt: skip


def test_deepgram_numbers_speakers_anew_on_each_channel():
    found = fixture("deepgram/two-channels.json")
    for channel in found["results"]["channels"]:
        for word in channel["alternatives"][0]["words"]:
            word["speaker"] = 0
    assert of(found).speakers() == ("Channel 0, Speaker 0", "Channel 1, Speaker 0")


def test_deepgram_text_alone_is_read_by_sentences():
    found = fixture("deepgram/paragraphs.json")
    best = found["results"]["channels"][0]["alternatives"][0]
    del best["paragraphs"]
    assert [t.text for t in of(found).turns] == [ASKED, "Thirty.", "We lose two a day."]


def test_amazon_labels_in_the_items_themselves_come_first():
    found = fixture("aws-transcribe/speaker-labels.json")
    for item in found["results"]["items"]:
        item["speaker_label"] = "spk_7"
    assert of(found).speakers() == ("Speaker 7",)


def test_amazon_text_alone_is_read_by_sentences():
    found = fixture("aws-transcribe/speaker-labels.json")
    found["results"]["items"] = []
    assert [t.text for t in of(found).turns] == [ASKED, "Thirty.", "We lose two a day."]


def test_google_snake_case_and_untagged_words():
    found = fixture("google-stt/speaker-tags.json")
    words = found["results"][-1]["alternatives"][0]["words"]
    for word in words:
        word["speaker_tag"] = word.pop("speakerTag")
        word["start_time"], word["end_time"] = word.pop("startTime"), word.pop("endTime")
    words[0]["speaker_tag"] = 0
    call = of(found)
    assert [(t.speaker, t.text) for t in call.turns] == [
        (None, "How"), ("Speaker 1", "many vans do you run?"), ("Speaker 2", TOLD),
    ]  # fmt: skip
    assert call.turns[1].start == 0.8


@pytest.mark.parametrize("time", ["\x1c1", "3\x1f", "1\x85", "\u20031s", "\u0661"])
def test_a_time_in_unusual_characters_is_a_time_or_none(time):
    found = fixture("google-stt/speaker-tags.json")
    found["results"][-1]["alternatives"][0]["words"][0]["startTime"] = {"seconds": time}
    assert of(found).turns[0].start in (1.0, 0.8, None)


def test_google_channels_are_told_apart():
    found = fixture("google-stt/operation.json")
    for number, result in enumerate(found["response"]["results"], start=1):
        result["channelTag"] = number
    assert of(found).speakers() == ("Channel 1", "Channel 2")


@pytest.mark.parametrize("status", ["queued", "processing"])
def test_assemblyai_that_is_not_done_is_refused(status):
    found = {**fixture("assemblyai/speakers.json"), "status": status, "utterances": None}
    with pytest.raises(InputError, match="isn't done"):
        of(found)


def test_assemblyai_that_failed_is_refused_with_the_reason_but_no_link():
    reason = "Download error, unable to download https://files.example/a.mp3?key=secret now"
    found = {**fixture("assemblyai/speakers.json"), "status": "error", "utterances": None, "error": reason}
    with pytest.raises(InputError, match="unable to download") as raised:
        of(found)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "found",
    [
        {"language": "en", "segmens": [{"start": 1, "end": 2, "text": "Hi."}]},
        [{"label": "0", "speaker": "SPEAKER_00", "start": 2.8, "end": 4.8}],
        {"results": []},
        {"words": [{"text": "Hi."}]},
        {"segments": 7, "text": "Hi."},
    ],
)
def test_json_of_another_shape_is_refused(found):
    with pytest.raises(InputError, match="no known transcript format"):
        of(found)


@pytest.mark.parametrize(
    "found",
    [
        {"text": "", "segments": [], "language": "en"},
        {"recognizedPhrases": [], "combinedRecognizedPhrases": []},
        {"results": {"channels": [{"alternatives": [{"transcript": "", "words": []}]}]}},
    ],
)
def test_silence_is_refused_as_such(found):
    with pytest.raises(InputError, match="nothing is said"):
        of(found)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        (0, "Speaker 0"), ("0", "Speaker 0"), ("spk_0", "Speaker 0"), ("SPEAKER_00", "Speaker 0"),
        ("Speaker 12", "Speaker 12"), ("A", "Speaker A"), ("speaker_b", "Speaker B"), ("S1", "Speaker 1"),
        ("F4", "Speaker F4"), ("ch_1", "Channel 1"), ("Guest-1", "Guest-1"), ("Ruth Abara", "Ruth Abara"),
        ("Al", "Al"), ("UU", None), ("Unknown", None), ("", None), (None, None), (True, None), (1.0, None),
        ([1], None),
    ],
)  # fmt: skip
def test_names_of_labels(label, name):
    assert label_name(label) == name


def test_marks_follow_their_word_and_chinese_has_no_spaces():
    assert joined(["Yes", ",", "¿", "verdad", "?", "(", "ja", ")", "10", "%"]) == "Yes, ¿verdad? (ja) 10%"
    assert joined(["你好", "。", "我们", "OK", "吗"]) == "你好。我们 OK 吗"


def spoken_at(text: str, start: float, speaker: str | None = None) -> list[Piece]:
    return [Piece(speaker, w, start + i * 0.3, start + i * 0.3 + 0.25) for i, w in enumerate(text.split())]


def test_nobodys_words_end_a_turn_with_a_sentence_or_a_pause_but_not_with_an_abbreviation():
    words = [*spoken_at("We saw Dr. Abara of U.S. Vans. She said", 0), *spoken_at("nothing more", 9)]
    assert [t.text for t in turns(phrases(words))] == [
        "We saw Dr. Abara of U.S. Vans.", "She said", "nothing more",
    ]  # fmt: skip


def test_an_hour_without_speakers_or_punctuation_is_many_turns_and_nothing_is_lost():
    words = spoken_at("and then we went on to talk about vans " * 1300, 0)
    found = turns(phrases(words))
    assert max(len(t.text.split()) for t in found) <= 120
    assert " ".join(t.text for t in found) == " ".join(w.text for w in words)


def test_a_named_speaker_goes_on_over_pauses_until_another_speaks():
    words = [*spoken_at("We run. Thirty", 0, "A"), *spoken_at("vans.", 60, "A"), *spoken_at("Oh.", 70, "B")]
    found = turns(phrases(words))
    assert [(t.speaker, t.start, t.text) for t in found] == [
        ("A", 0.0, "We run. Thirty vans."), ("B", 70.0, "Oh."),
    ]  # fmt: skip


@given(st.text(max_size=200))
@settings(deadline=None)
def test_sentences_keep_every_letter(text):
    kept = "".join(piece.text for piece in sentences(text))
    assert "".join(kept.split()) == "".join(clean(text).split())


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_whatever_stands_in_the_json_it_is_read_or_refused(file):
    valid = json.loads(file.read_text())

    @given(mangled(valid))
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    def check(found):
        try:
            call = of(found)
        except InputError:
            return
        assert call.turns
        for turn in call.turns:
            assert turn.text == " ".join(turn.text.split())
            assert turn.start is None or 0 <= turn.start < float("inf")
            assert turn.start is None or turn.end is None or turn.start <= turn.end

    check()


@pytest.mark.parametrize("name", ["deepgram/two-channels.json", "aws-transcribe/speaker-labels.json"])
def test_time_grows_as_the_file_does(name):
    def cost(times: int) -> float:
        results = fixture(name)["results"]
        if "channels" in results:
            lists = [c["alternatives"][0]["words"] for c in results["channels"]]
        else:
            lists = [results["items"], results["speaker_labels"]["segments"]]
        for several in lists:
            several *= times
        content = Content("call.json", json.dumps({"results": results}).encode())
        form, _ = identify(content)
        started = time.process_time()
        form.read(content)
        return time.process_time() - started

    few = min(cost(50) for _ in range(3))
    # A second for what else the machine does.
    assert cost(800) < 16 * 4 * few + 1


def test_a_time_longer_than_all_calls_is_none() -> None:
    found = fixture("speechmatics/version-1.json")
    for word in found["words"]:
        word |= {"time": 1e308, "duration": 1e308}
    assert {time for turn in of(found).turns for time in (turn.start, turn.end)} == {None}
