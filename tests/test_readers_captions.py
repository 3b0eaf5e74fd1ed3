"""Captions as the programs that make them write them: who says what, and hostile or broken files."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import InputError
from extractor.readers import read_bytes, read_file
from extractor.readers.spoken import Piece, turns
from extractor.transcript import Transcript

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"


def fixture(name: str) -> Transcript:
    return read_file(FIXTURES / name)


def said(transcript: Transcript) -> list[tuple[str | None, str]]:
    return [(t.speaker, t.text) for t in transcript.turns]


def vtt(*cues: str, sep: str = "\n\n") -> Transcript:
    blocks = [f"00:{i:02}.000 --> 00:{i:02}.900\n{cue}" for i, cue in enumerate(cues)]
    return read_bytes(sep.join(["WEBVTT", *blocks]).encode(), "a.vtt")


# --- WebVTT -----------------------------------------------------------------------------------------


def test_webex_names_who_speaks_above_the_times():
    call = fixture("vtt/webex.vtt")
    assert [(t.speaker, t.text, t.start, t.end) for t in call.turns] == [
        (None, "This meeting is being recorded.", 0.0, 2.5),
        ("Ines Duarte (she/her)", "How many depots do you plan for?", 3.0, 6.858),
        ('Ruth "Ru" Abara', "Three: two here, one in Leith.", 7.1, 9.95),
    ]


def test_webex_without_blank_lines_between_cues():
    ids = ['1 "Ana Ruiz" (12)', '2 "Tom Ode" (13)']
    cues = [f"{name}\n00:0{i}.000 --> 00:0{i}.900\nword{i}" for i, name in enumerate(ids)]
    call = read_bytes(("WEBVTT\n\n" + "\n".join(cues)).encode(), "a.vtt")
    assert said(call) == [("Ana Ruiz", "word0"), ("Tom Ode", "word1")]


def test_teams_metadata_is_read_as_speech_with_its_date():
    call = fixture("vtt/teams-metadata.vtt")
    assert [(t.speaker, t.text, t.start, t.end) for t in call.turns] == [
        ("Ines Duarte", "Who pays for the vans?", 16.246, 17.726),
        ("Ruth Abara", "My budget does. Forty thousand a year.", 18.1, 21.5),
        (None, "Thanks.", 22.0, 22.9),
    ]
    assert (call.date, call.date_from) == (dt.date(2026, 3, 12), "file")


@pytest.mark.parametrize("payload", ['{"spokenText": 4}', '{"spokenText": ["a"]}', '{"spokenText": "  "}'])
def test_teams_metadata_of_other_types_says_nothing(payload):
    with pytest.raises(InputError, match="nothing is said"):
        vtt(payload)


def test_teams_utterances_that_others_interrupt_are_whole():
    call = fixture("vtt/teams-overlap.vtt")
    assert [(t.speaker, t.text, t.start, t.end) for t in call.turns] == [
        ("Ruth Abara", "We looked at two others and both were too slow.", 10.0, 15.5),
        ("Ines Duarte", "Right.", 12.4, 12.9),
        (None, "Sorry, I was late. Go on.", 16.0, 18.0),
    ]


@pytest.mark.parametrize(
    "cue",
    ["<v Ana Ruiz>Hi there.</v>", "<v Ana Ruiz>Hi there.", "<v.first.loud Ana Ruiz>Hi there.</v>",
     "<v Ana\nRuiz>Hi\nthere.</v>", "<v Ana Ruiz><i>Hi</i> there.</v>", "<v Ana Ruiz>Hi\n\nthere.</v>",
     "<v  Ana&nbsp;Ruiz >Hi there.</v>"],
)  # fmt: skip
def test_variants_of_a_voice(cue):
    call = vtt(cue, "<v Tom>Yes.</v>")
    assert said(call) == [("Ana Ruiz", "Hi there."), ("Tom", "Yes.")]


def test_what_follows_a_closed_voice_is_said_by_nobody_known():
    assert said(vtt("<v Ana>Hi.</v> Hello.")) == [("Ana", "Hi."), (None, "Hello.")]


def test_overlapping_cues_stay_in_the_order_of_the_file():
    text = "WEBVTT\n\n00:01.000 --> 00:09.000\nAna: Hello\n\n00:02.000 --> 00:03.000\nTom: Hi\n\n"
    call = read_bytes(f"{text}00:02.500 --> 00:04.000\nAna: there\n\n".encode(), "a.vtt")
    assert [(t.speaker, t.start, t.end) for t in call.turns] == [
        ("Ana", 1.0, 9.0), ("Tom", 2.0, 3.0), ("Ana", 2.5, 4.0),
    ]  # fmt: skip


def test_notes_styles_and_regions_are_not_speech():
    blocks = ["NOTE Ana: a note", "NOTE\nTom: another", "STYLE\n::cue { color: red }", "REGION\nid:fred"]
    cue = "00:01.000 --> 00:02.000\nHi."
    text = "\n\n".join(["WEBVTT - Ana: title\nKind: captions", *blocks, cue, *blocks])
    assert said(read_bytes(text.encode(), "a.vtt")) == [(None, "Hi.")]


def test_captions_that_roll_in_word_by_word_are_said_once_even_where_few():
    cues = ["so the first", "so the first\n<00:01.500><c>thing</c>", "thing"]
    assert said(vtt(*cues)) == [(None, "so the first thing")]


def test_a_login_is_a_name_where_almost_all_cues_have_one():
    cues = [f"Ana: word{i}" for i in range(5)]
    assert said(vtt(*cues, "ana_r2: hi", "Ana: bye"))[1] == ("ana_r2", "hi")
    assert said(vtt(*cues, "Great news: hi", "Ana: bye"))[1] == (None, "Great news: hi")


# --- SRT and SBV ------------------------------------------------------------------------------------


def test_stream_puts_the_name_above_the_text():
    call = fixture("srt/stream.srt")
    assert said(call) == [
        ("Ines Duarte", "Is June still the date?"),
        ("Ruth Abara", "June at the latest. The old contract ends then."),
        ("Ines Duarte", "Good to know."),
    ]
    assert call.turns == read_bytes((FIXTURES / "srt/stream.srt").read_bytes(), "a.txt").turns


def test_captions_of_two_lines_have_no_names_above():
    text = "".join(
        f"{i}\n00:00:0{i},000 --> 00:00:0{i},900\nWe Have\nvan {i}.\n\n" if i < 3 else
        f"{i}\n00:00:0{i},000 --> 00:00:0{i},900\nAna: Yes\nthree.\n\n" for i in range(1, 5)
    )
    assert ("Ana", "Yes three. Yes three.") in said(read_bytes(text.encode(), "a.srt"))


def test_chinese_in_gb2312():
    call = fixture("srt/chinese.srt")
    assert said(call) == [
        ("陈薇", "我们今年的预算是八万元"), ("李雷", "谁来签字呢"), ("陈薇", "运营总监签字"),
    ]  # fmt: skip
    assert any("gb18030" in w for w in call.warnings)


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_japanese_in_each_encoding(encoding):
    lines = ["田中: 今年の予算は八百万円です。", "鈴木: 誰が決めますか。", "田中: 私が決めます。来月までに。"]
    times = [f"00:00:0{i},000 --> 00:00:0{i},900" for i in range(3)]
    text = "".join(f"{time}\r\n{line}\r\n\r\n" for time, line in zip(times, lines, strict=True))
    call = read_bytes(text.encode(encoding), "a.srt")
    assert said(call) == [tuple(line.split(": ")) for line in lines]


def test_sbv():
    call = fixture("sbv/studio.sbv")
    assert [(t.speaker, t.text, t.start, t.end) for t in call.turns] == [
        ("Ines Duarte", "Do you have a date in mind?", 0.378, 4.1),
        ("Ruth Abara", "End of May. The lease runs out then.", 4.3, 7.95),
        ("Ines Duarte", "Understood.", 8.1, 9.0),
    ]


def test_sbv_with_lost_and_unreadable_times_and_no_text():
    call = fixture("sbv/broken.sbv")
    assert said(call) == [
        (None, "Two vans are lost and nobody looks for them."), (None, "Since when?"), (None, "2024."),
    ]  # fmt: skip
    assert (call.turns[1].start, call.turns[2].start, call.turns[2].end) == (None, 17.484, 17.484)
    assert any("1 caption" in w for w in call.warnings)


def test_a_number_alone_is_said_in_sbv_which_numbers_no_cues():
    text = "0:00:01.000,0:00:02.000\nAna: How many?\n\n0:00:03.000,0:00:04.000\nTom: Hm.\n\n40\n"
    assert said(read_bytes(text.encode(), "a.sbv")) == [("Ana", "How many?"), ("Tom", "Hm. 40")]


@pytest.mark.parametrize("text", ["some text", "0:00:01.000\nHi.", "0:00:xx.000,0:00:02.000\nHi."])
def test_what_is_no_sbv_is_refused(text):
    with pytest.raises(InputError, match="no known"):
        read_bytes(text.encode(), "a.sbv")


# --- Properties -------------------------------------------------------------------------------------

_NAMES = ["Ana Ruiz", "Ben O'Hara", "Dr. Chen", "José", "kingy_sigp", "李雷", "Doe, Jane", "Tom (Guest)"]
_word = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="<>&{}[]():：-–—\\\"“”*_"),
    min_size=1, max_size=6,
)
_turns = st.lists(
    st.tuples(st.sampled_from(_NAMES), st.lists(_word, min_size=1, max_size=6).map(" ".join)),
    min_size=2, max_size=8,
).map(lambda turns: turns * 2)  # fmt: skip


def merged(turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    groups = groupby(turns, key=lambda turn: turn[0])
    return [(name, " ".join(text for _, text in group)) for name, group in groups]


def clock(i: int, mark: str = ".") -> str:
    return f"{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}{mark}000"


_WRITERS = {
    "teams.vtt": ("WEBVTT\n\n", lambda i, n, t: f"{clock(i)} --> {clock(i + 1)}\n<v {n}>{t}</v>\n\n"),
    "open.vtt": ("WEBVTT\n\n", lambda i, n, t: f"{i}\n{clock(i)} --> {clock(i + 1)}\n<v {n}>{t}\n\n"),
    "zoom.vtt": ("WEBVTT\r\n\r\n", lambda i, n, t: f"{clock(i)} --> {clock(i + 1)}\r\n{n}: {t}\r\n\r\n"),
    "webex.vtt": ("WEBVTT\n\n", lambda i, n, t: f'{i} "{n}" (9)\n{clock(i)} --> {clock(i + 1)}\n{t}\n\n'),
    "a.srt": ("", lambda i, n, t: f"{i}\n{clock(i, ',')} --> {clock(i + 1, ',')}\n{n}: {t}\n\n"),
    "a.sbv": ("", lambda i, n, t: f"{clock(i)},{clock(i + 1)}\n{n}: {t}\n\n"),
}


@pytest.mark.parametrize("name", _WRITERS)
@settings(deadline=None, max_examples=30)
@given(turns=_turns)
def test_what_is_written_as_captions_is_read_back(name, turns):
    head, write = _WRITERS[name]
    text = head + "".join(write(i, *turn) for i, turn in enumerate(turns, 1))
    call = read_bytes(text.encode(), name)
    assert said(call) == merged(turns)
    assert [t.start for t in call.turns] == sorted(float(t.start or 0) for t in call.turns)


_pieces = st.sampled_from(
    ["WEBVTT\n", "\n", "\n\n", "00:01.000 --> 00:02.000\n", "0:00:01.000,0:00:02.000\n",
     "0:00:0x.000,0:00:02.000\n",
     '1 "Ana" (2)\n', "ab-cdefgh/1-2\n", "<v Ana>", "<v ", "</v>", '{"spokenText":', '"a"}', "NOTE ", "Ana: ",
     "-->", "&lt;", "<c>", "{\\an8}", "- ", ">> ", "\x00", "\r", "12\n"]
)  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.one_of(_pieces, st.text(max_size=6)), max_size=25),
    st.sampled_from(["WEBVTT\n\n", "0:00:01.000,0:00:02.000\n", "00:00:01,000 --> 00:00:02,000\n", ""]),
    st.sampled_from(["a.vtt", "a.srt", "a.sbv"]),
)
def test_broken_captions_are_read_or_refused(pieces, head, name):
    try:
        call = read_bytes((head + "".join(pieces)).encode("utf-8", "replace"), name)
    except InputError:
        return
    assert all(t.text and t.text == " ".join(t.text.split()) for t in call.turns)
    assert all(t.end is None or t.start is None or t.end >= t.start for t in call.turns)


@pytest.mark.parametrize(
    "piece",
    ["<v a", "<v         ", "<c>", "<c.", "{\\", "&amp", "0-->", '1 "', "</v>", "- ", ">>", "Ana: ", "1:",
     "a-/1-", "\n00:01.000 --> 00:02.000\na\n", '{"spokenText":', "\x00", "\n\n"],
)  # fmt: skip
def test_hostile_captions_take_no_longer_than_their_length(piece):
    def seconds(size: int) -> float:
        data = ("WEBVTT\n\n00:01.000 --> 00:02.000\nAna: hi " + piece * (size // len(piece))).encode()
        begin = time.process_time()
        with suppress(InputError):
            read_bytes(data, "a.vtt")
        return time.process_time() - begin

    # A second for what else the machine does; backtracking takes minutes.
    assert seconds(60_000) < 8 * seconds(15_000) + 1


@pytest.mark.parametrize(("second", "pieces"), [("03.900", 1), ("04.500", 2)])
def test_a_pause_ends_what_nobody_known_says_in_captions_as_in_speech(second, pieces):
    cues = f"WEBVTT\n\n00:00.000 --> 00:02.000\nwe spoke with\n\n00:{second} --> 00:06.000\nthe depot\n"
    words = [Piece(None, "we spoke with", 0.0, 2.0), Piece(None, "the depot", float(second), 6.0)]
    assert [t.text for t in read_bytes(cues.encode(), "a.vtt").turns] == [t.text for t in turns(words)]
    assert len(turns(words)) == pieces
