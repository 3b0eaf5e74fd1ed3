"""Documents as the programs that make them write them: who says what, what is no speech, hostile files."""

from __future__ import annotations

import datetime as dt
import random
import time
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from word_files import word_file

from extractor.errors import InputError
from extractor.readers import Content, identify, read_bytes, read_file
from extractor.readers.documents import word
from extractor.transcript import Transcript

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"


def fixture(name: str) -> Transcript:
    return read_file(FIXTURES / name)


def said(transcript: Transcript) -> list[tuple[str | None, str]]:
    return [(t.speaker, t.text) for t in transcript.turns]


def timed(transcript: Transcript) -> list[tuple[str | None, float | None, str]]:
    return [(t.speaker, t.start, t.text) for t in transcript.turns]


def of(text: str, name: str = "call.txt") -> Transcript:
    return read_bytes(text.encode(), name)


def people(transcript: Transcript) -> list[str]:
    return [p.name for p in transcript.participants]


def word_call(*paragraphs: str) -> Transcript:
    return read_bytes(word_file(*paragraphs), "call.docx")


# --- Teams ------------------------------------------------------------------------------------------


def test_teams_in_word_has_a_paragraph_for_each_turn():
    call = fixture("teams-docx/per-turn.docx")
    assert timed(call) == [
        ("Ines Duarte", 3.0, "Shall we go through the offer?"),
        ("Abara, Ruth (Guest)", 9.0,
         "Please. We have eighty thousand for it. Monday 9:30 is when I sign."),
        ("@1", 3602.0, "Sorry, wrong room."),
    ]  # fmt: skip
    assert people(call) == ["Ines Duarte", "Abara, Ruth (Guest)", "@1", "Marta Oyelaran"]
    assert (call.date, call.date_from) == (dt.date(2026, 6, 14), "file")


def test_teams_lines_around_the_turns_are_no_speech_in_any_language():
    turns = ["Ana Ruiz   0:04\nHallo.", "Tom Ode   0:06\nJa."]
    call = word_call("Treffen-20260312_090000-Besprechungsaufzeichnung", "12. März 2026, 10:00",
                     "Ana Ruiz hat die Transkription gestartet", *turns,
                     "Ana Ruiz hat die Transkription beendet")  # fmt: skip
    assert said(call) == [("Ana Ruiz", "Hallo."), ("Tom Ode", "Ja.")]
    assert call.date == dt.date(2026, 3, 12)


def test_a_turn_of_nobody_known_in_teams():
    assert timed(word_call("   0:03\nHello.", "Unknown Speaker   0:05\nHi.", "Ana Ruiz   0:07\nYes.")) == [
        (None, 3.0, "Hello."), (None, 5.0, "Hi."), ("Ana Ruiz", 7.0, "Yes."),
    ]  # fmt: skip


def test_stream_in_word():
    assert [(t.speaker, t.start, t.end, t.text) for t in fixture("teams-docx/stream.docx").turns] == [
        ("Ines Duarte", 0.0, 3.24, "Is June still the date?"),
        ("Ruth Abara", 3.5, 6.0, "June at the latest."),
        ("Ines Duarte", 6.1, 7.0, "Good to know."),
    ]


def test_teams_as_copied_text():
    call = fixture("name-blocks/teams.txt")
    assert timed(call) == [
        ("Ines Duarte", 3.0, "with you. And the contract says, it renews."),
        ("Ruth Abara", 21.0, "That was. Monday 9:30 is fine."),
        ("Ines Duarte", 1865.0, "Thanks."),
    ]
    assert call.date == dt.date(2026, 7, 11)


# --- Google Meet ------------------------------------------------------------------------------------


def test_meet_in_word_without_geminis_notes():
    call = fixture("google-meet-docx/gemini.docx")
    assert timed(call) == [
        ("Ines Duarte", 0.0, "Can you hear me?"),
        ("Ruth Abara", None, "Yes. Before we start: we have no more than eighty. And not before July."),
        (None, 64.0, "Welcome to Kestrel Vans."),
        ("Ruth Abara", None, "Sorry, that was the film."),
    ]
    assert [(p.name, p.email) for p in call.participants] == [
        ("Ines Duarte", "ines@northwind.example"),
        ("Ruth Abara", "ruth@kestrel.example"),
        ("Pavel Orr", "pavel@kestrel.example"),
    ]
    assert (call.date, call.date_from) == (dt.date(2026, 6, 12), "file")


def test_meets_older_document_in_word():
    call = fixture("google-meet-docx/attendees.docx")
    assert said(call) == [
        ("Ines Duarte", "Any news from the depot?"),
        ("Ruth Abara", "They want it."),
        ("Ruth Abara", "Note: only the big depot does."),
    ]
    assert people(call) == ["Ines Duarte", "Ruth Abara", "Pavel Orr"]
    assert call.date == dt.date(2026, 5, 4)


def test_meet_as_markdown():
    call = fixture("google-meet/gemini.md")
    assert timed(call) == [
        ("Ines Duarte", 0.0, "Can you hear"),
        ("Ruth Abara", None, "Yes. Budget: we have eighty."),
        ("Ines Duarte", None, "me?"),
        ("Ruth Abara", 380.0, "I said eighty! Not more. and not less."),
    ]
    assert call.participants[1].email == "ruth@kestrel.example"
    assert call.date == dt.date(2026, 6, 12)


def test_bots_and_shared_screens_are_not_people():
    call = fixture("google-meet/attendees.md")
    assert people(call) == ["Ines Duarte", "Ruth Abara", "Pavel Orr"]
    assert said(call)[1] == ("Ruth Abara", "They want it. One question: who installs it? we can't.")


def test_meet_as_exported_text():
    call = fixture("google-meet/exported.txt")
    assert timed(call) == [
        ("Ines Duarte", 0.0, "Hello."), ("Ruth Abara", None, "Hi."), ("Ines Duarte", 72.0, "So, the price?"),
    ]  # fmt: skip
    assert call.date == dt.date(2026, 3, 30)


_NOTES = ["📝 Notes", "Jun 12, 2026", "Notes by Gemini", "Summary", "Ana: the budget is ninety.", "Details",
          "Tom: said that it is fine.", "Ana: will send it."]  # fmt: skip


@pytest.mark.parametrize(
    "mark", ["📖 Transcript", "Transcript", "Pricing - Transcript", "📖 Transkript", "..."]
)
@pytest.mark.parametrize("in_word", [True, False])
def test_geminis_notes_are_never_speech(mark, in_word):
    talk = ["00:00:00", "Ana: We have eighty.", "Tom: Good.", "Transcription ended after 00:00:09"]
    lines = [*_NOTES, mark, *talk]
    call = word_call(*lines) if in_word else of("\n".join(lines))
    assert timed(call) == [("Ana", 0.0, "We have eighty."), ("Tom", None, "Good.")]


@pytest.mark.parametrize("after", [[], ["📖 Transcript", "Transcription ended after 00:01:30"]])
@pytest.mark.parametrize("without_mark", [0, 1])
def test_geminis_notes_alone_are_refused(after, without_mark):
    notes = _NOTES[without_mark:]
    for read in (lambda: word_call(*notes, *after), lambda: of("\n".join([*notes, *after]))):
        with pytest.raises(InputError, match="only Gemini's notes"):
            read()


def test_geminis_notes_without_their_mark_are_told_by_headings_and_geminis_own_words():
    talk = ["Transcript", "00:00:00", "Ana: We have eighty.", "Tom: Good."]
    call = of("\n".join([*_NOTES[1:], *talk]))
    assert timed(call) == [("Ana", 0.0, "We have eighty."), ("Tom", None, "Good.")]
    spoken = "Ana: Have you seen the notes by Gemini?\nTom: The details?\nAna: Summary\nTom: Details\n"
    assert len(of(spoken).turns) == 4


@pytest.mark.parametrize(
    "line",
    ["Invited [Ana Ruiz](mailto:ana@x.example) [Tom Ode](mailto:tom@y.example)",
     "Invited ana@x.example Ana Ruiz tom@y.example Tom Ode"],
)  # fmt: skip
def test_who_was_invited(line):
    call = of(f"{line}\n📖 Transcript\nAna Ruiz: Hi.\nTranscription ended after 00:00:09\n")
    assert [(p.name, p.email) for p in call.participants] == [
        ("Ana Ruiz", "ana@x.example"), ("Tom Ode", "tom@y.example"),
    ]  # fmt: skip


def test_a_speaker_who_says_transcript_or_summary_goes_on():
    talk = "Ana: What do you want?\nTranscript\nSummary\nTom: Both.\nAna: Fine.\nTom: Yes.\n"
    assert said(of(f"📖 Transcript\n{talk}")) == [
        ("Ana", "What do you want? Transcript Summary"), ("Tom", "Both."), ("Ana", "Fine."), ("Tom", "Yes."),
    ]  # fmt: skip


# --- Tables -----------------------------------------------------------------------------------------


def test_amazons_word_document():
    call = fixture("table-docx/amazon.docx")
    assert [(t.speaker, t.side, t.start, t.end, t.text) for t in call.turns] == [
        ("Agent", "seller", 0.4, 5.4, "Thank you for calling Northwind."),
        ("Customer", "buyer", 6.31, 11.34, "Two vans are lost and I need a board. By June."),
        ("Agent", "seller", 11.5, 12.7, "Understood."),
    ]
    assert call.sides_from == "file"


def test_a_table_in_word():
    call = fixture("table-docx/columns.docx")
    assert timed(call) == [
        ("Ines Duarte", 4.0, "How many vans?"), ("Ruth Abara", 6.0, "Thirty. Two more in May."),
    ]  # fmt: skip
    assert call.sides_from is None


def test_fireflies_csv():
    assert timed(fixture("csv/fireflies.csv")) == [
        ("Ines Duarte", 4.0, "How many vans do you have, Ruth?"),
        ("Ruth Abara", 7.0, 'Thirty, and we lose two of them "daily", on paper.'),
        ("Ines Duarte", 3730.0, "That is a lot."),
    ]
    assert [(t.start, t.end) for t in fixture("csv/semicolons.csv").turns] == [(4.5, 6.0), (7.0, 8.25)]


@pytest.mark.parametrize(
    "text",
    ["Name (Original Name),User Email,Total Duration (Minutes),Guest\nAna,a@x.example,75,\n",
     "call_id,score,tier,budget\na01,75,warm,x\n", "speaker,side\nAna,buyer\n", "text,score\nhello,3\n",
     "Meeting ID,Topic,Start Time\n1,Text,09/24/2020\n"],
)  # fmt: skip
def test_a_csv_that_is_no_transcript_is_refused(text):
    with pytest.raises(InputError, match="no known"):
        of(text, "a.csv")


@pytest.mark.parametrize("row", ['"never closed' + "x" * 200_000, '0:01,Ana,hi\n0:02,Ana,"' + "y" * 140_000])
def test_a_broken_csv_is_refused(row):
    with pytest.raises(InputError, match="not valid CSV"):
        of(f"Time,Speaker,Text\n{row}", "a.csv")


# --- Zoom's chat ------------------------------------------------------------------------------------


def test_zoom_chat_of_the_cloud():
    call = fixture("zoom-chat/cloud.txt")
    assert timed(call) == [
        ("Ines Duarte", 1274.0, "Hello everyone. We’ll get started in a minute."),
        ("Ruth Abara (Kestrel)", 1321.0, "We have two questions: 1) the price 2) the date"),
        ("Ines Duarte", 1385.0, "Forty thousand, in June."),
    ]


def test_zoom_chat_as_saved_has_the_time_of_day_and_who_was_written_to():
    call = fixture("zoom-chat/saved.txt")
    assert timed(call) == [
        ("Ines Duarte", None, "When do you want to go live?"),
        ("Ruth Abara", None, "Before the summer."),
        ("Ruth Abara", None, "Is eighty the limit?"),
        ("Ines Duarte", None, "See you at 16:00."),
    ]
    assert people(call) == ["Ines Duarte", "Ruth Abara", "Marta Oyelaran"]


@pytest.mark.parametrize(
    "line",
    ["00:01:02 From  Ana Ruiz  to  Everyone:\n\tHi: there", "00:01:02\t From  Ana Ruiz : Hi: there",
     "00:01:02\t From  Ana Ruiz   to   Tom Ode(Privately) : Hi: there", "00:01:02\tAna Ruiz:\tHi: there",
     "00:01:02 From Ana Ruiz to Everyone: Hi: there"],
)  # fmt: skip
def test_variants_of_a_line_in_zooms_chat(line):
    assert timed(of(f"{line}\n{line}\n")) == [("Ana Ruiz", 62.0, "Hi: there")] * 2


# --- Text -------------------------------------------------------------------------------------------


def test_otters_key_words_and_summary_are_no_speech():
    call = fixture("name-blocks/otter-export.txt")
    assert timed(call) == [
        ("Ines Duarte", 3.0, "Where did we stop?"),
        ("Ruth Abara", 7.0, "At the price. Monday 9:30 works for me."),
        (None, 3723.0, "Hello?"),
        ("Ines Duarte", 3725.0, "Hi."),
    ]
    assert people(call) == ["Ines Duarte", "Ruth Abara", "Pavel Orr"]
    assert call.date == dt.date(2026, 3, 10)


def test_fathoms_marks_are_no_speech():
    call = fixture("name-blocks/fathom.txt")
    assert timed(call) == [
        ("Ruth Abara (Kestrel Vans)", 0.0, "We want it by the end of the quarter. The board I mean."),
        ("Marcus Lind", 55.0, "Who signs?"),
        ("Ruth Abara (Kestrel Vans)", 60.0, "I do."),
    ]


def test_fireflies_puts_the_time_below_the_name():
    assert timed(fixture("name-blocks/fireflies.txt")) == [
        ("Ines Duarte", 4.0, "How many vans do you have?"),
        ("Ruth Abara", 7.0, "Thirty. Two are lost: daily."),
        ("Ines Duarte", 3730.0, "That is a lot."),
    ]


def test_rev_puts_the_text_below_name_and_time():
    assert timed(fixture("name-lines/rev.txt")) == [
        ("Ines Duarte", 2.0, "Thanks for joining. What is the plan?"),
        ("Ruth Abara", 9.0, "Two depots first. And then the rest: in May."),
        ("Speaker 3", 3604.0, "Sorry, wrong line."),
    ]


def test_webex_puts_colons_between_all():
    assert timed(fixture("name-lines/webex.txt")) == [
        ("Ines Duarte", 11.0, "Let's start with the date."),
        ("Ruth Abara (she/her)", 15.0, "June at the latest."),
        ("Ines Duarte", 750.0, "Noted."),
    ]


def test_a_summary_above_a_heading_transcript_is_no_speech():
    summary = "They talked about vans. " * 30
    text = f"Kestrel call\n\nSummary\n{summary}\n\nTranscript\n\nAna: We lose two.\nTom: How?\nAna: Paper.\n"
    assert said(of(text)) == [("Ana", "We lose two."), ("Tom", "How?"), ("Ana", "Paper.")]


def test_a_list_of_people_counts_where_most_of_them_speak():
    talk = "Ana Ruiz: Hello.\nTom Ode: Hi.\nAna Ruiz: Bye.\n"
    names = ["Ana Ruiz", "Tom Ode", "Ida Lund"]
    assert people(of(f"Attendees: {', '.join(names)}\n\n{talk}")) == names
    roles = "Attendees: Ana Ruiz, Account Executive, Northwind Desk"
    assert people(of(f"{roles}\n\n{talk}")) == ["Ana Ruiz", "Tom Ode"]


_README = """# Thing

A library that does things.

Note: this is a note.

## Usage

Install: run the command.
Update: run it again.

- Author: Ana Ruiz
- License: MIT

**Call ID:** demo
**Date:** 2024-12-15
"""
_SUMMARY = """# Discovery call

**Participants:**
- Ana Ruiz (Account Executive) - Northwind

## Key points
1. **Maintenance burden**: 30% of the time
2. **Reliability issues**: three failures a week

## Next steps
- Ana: Send the offer
- Tom: Ask the board
"""


@pytest.mark.parametrize(
    "text", [_README, _SUMMARY, "hello\n\nworld\n", "Ana: one\n\n```\nTom: two\nAna: x\nTom: y\n```\n"]
)
def test_markdown_that_is_no_transcript_is_refused(text):
    with pytest.raises(InputError, match="no known"):
        of(text, "README.md")


@pytest.mark.parametrize("bold", ["{}:", "**{}:**", "**{}**:"])
def test_markdown_in_which_people_talk_is_read(bold):
    talk = [("Ana", "Hi."), ("Tom", "How many?"), ("Ana", "Two: no more."), ("Tom", "Fine.")]
    text = "# Call\n\n" + "\n\n".join(f"{bold.format(name)} {words}" for name, words in talk)
    assert said(of(text, "call.md")) == talk


# --- Word documents ---------------------------------------------------------------------------------


def test_lines_and_blocks_in_word():
    call = fixture("docx/lines.docx")
    assert said(call) == [
        ("Ines Duarte", "Where did we stop?"),
        ("Ruth Abara", "At the price. You sent two offers."),
        ("Ines Duarte", "I did."),
    ]
    assert people(call) == ["Ines Duarte", "Ruth Abara", "Pavel Orr"]
    assert call.date == dt.date(2026, 4, 2)
    assert [t.speaker for t in fixture("docx/blocks.docx").turns] == ["Ines Duarte", "Ruth Abara"] * 2


@pytest.mark.parametrize(
    "paragraphs", [(), ("",), ("Our offer for Kestrel Vans", "The board costs forty thousand a year.")]
)
def test_a_word_document_without_speakers_is_refused(paragraphs):
    with pytest.raises(InputError, match=r"^call\.docx: "):
        word_call(*paragraphs)


_BOMB = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'
_OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("head", [_BOMB, _OUTSIDE, "<!DOCTYPE x>"])
def test_xml_with_a_document_type_is_refused(head):
    with pytest.raises(InputError, match="document type"):
        read_bytes(word_file("Ana: hi", "Tom: ho", head=head), "a.docx")
    wide = f'<?xml version="1.0" encoding="UTF-16"?>{head}<x/>'.encode("utf-16")
    with pytest.raises(InputError, match="document type"):
        read_bytes(word_file("Ana: hi", members={"word/styles.xml": wide}), "a.docx")


def test_entities_are_not_resolved_even_where_they_get_through(monkeypatch):
    monkeypatch.setattr(word, "_DECLARED", ())
    for head in (_BOMB, _OUTSIDE):
        data = word_file("Ana: hi PLACE", "Tom: ho", "Ana: hum", head=head)
        members = {"word/document.xml": _document_of(data).replace(b"PLACE", b"&a;")}
        assert said(read_bytes(word_file("x", members=members), "a.docx"))[0] == ("Ana", "hi")


def _document_of(data: bytes) -> bytes:
    with word.checked_zip(data, "a.docx") as archive:
        return archive.read("word/document.xml")


def test_a_document_that_is_packed_too_tightly_is_refused():
    with pytest.raises(InputError, match="packed"):
        read_bytes(word_file("Ana: hi", members={"word/media/a.bin": b"\0" * 30_000_000}), "a.docx")


@pytest.mark.parametrize(
    "inside", [b"", b"<w", b"<a/>", b"\x00" * 50, b"<a>" * 20_000 + b"</a>" * 20_000, b"\xff\xfe"]
)
def test_a_damaged_document_is_refused(inside):
    with pytest.raises(InputError) as error:
        read_bytes(word_file("Ana: hi", members={"word/document.xml": inside}), "a.docx")
    assert error.value.message.startswith("a.docx: ")


def test_a_zip_archive_that_is_no_word_document_is_called_one():
    with pytest.raises(InputError, match=r"^a\.zip: "):
        read_bytes(word_file("x").replace(b"word/document.xml", b"word/documenq.xml"), "a.zip")


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_a_document_with_wrong_bytes_is_read_or_refused(seed):
    rng = random.Random(seed)
    data = bytearray((FIXTURES / "google-meet-docx/gemini.docx").read_bytes())
    for _ in range(rng.randint(1, 12)):
        data[rng.randrange(4, len(data))] = rng.randrange(256)
    try:
        call = read_bytes(bytes(data), "a.docx")
    except InputError:
        return
    assert call.turns


# --- Properties -------------------------------------------------------------------------------------

_NAMES = ["Ana Ruiz", "Ben O'Hara", "Dr. Chen", "José", "kingy_sigp", "李雷", "Tom (Guest)"]
_word = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters=":：*_#>•\\[](){}\"“”-–—📖📝|`~,"),
    min_size=1, max_size=6,
).filter(lambda w: not w[0].isdigit())  # fmt: skip
_turns = st.lists(
    st.tuples(st.sampled_from(_NAMES), st.lists(_word, min_size=2, max_size=6).map(" ".join)),
    min_size=2, max_size=8,
).map(lambda turns: turns * 2)  # fmt: skip


def clock(i: int) -> str:
    return f"{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}"


def merged(turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    groups = groupby(turns, key=lambda turn: turn[0])
    return [(name, " ".join(text for _, text in group)) for name, group in groups]


_TEXTS = {
    "zoom-chat": lambda turns: "".join(f"{clock(i)}\t{n}:\t{t}\r\n" for i, (n, t) in enumerate(turns)),
    "google-meet": lambda turns: "# 📖 Transcript\n" + "".join(f"**{n}:** {t}  \n" for n, t in turns),
    "name-blocks": lambda turns: "".join(f"{n}  {clock(i)}  \n{t}\n\n" for i, (n, t) in enumerate(turns)),
    "name-lines": lambda turns: "".join(f"{n}: {t}\n\n" for n, t in turns),
}


@pytest.mark.parametrize("form", _TEXTS)
@settings(deadline=None, max_examples=30)
@given(turns=_turns)
def test_what_is_written_as_text_is_read_back(form, turns):
    call = of(_TEXTS[form](turns))
    assert call.format == form
    assert said(call) == turns


_WORDS = {
    "teams-docx": lambda turns: word_file(*(f"{n}   {clock(i)}\n{t}" for i, (n, t) in enumerate(turns))),
    "google-meet-docx": lambda turns: word_file("📖 Transcript", *(f"{n}: {t}" for n, t in turns)),
    "table-docx": lambda turns: word_file([["Time", "Speaker", "Text"], *(["0:01", n, t] for n, t in turns)]),
    "docx": lambda turns: word_file(*(f"{n}: {t}" for n, t in turns)),
}


@pytest.mark.parametrize("form", _WORDS)
@settings(deadline=None, max_examples=20)
@given(turns=_turns)
def test_what_is_written_in_word_is_read_back(form, turns):
    call = read_bytes(_WORDS[form](turns), "a.docx")
    assert call.format == form
    assert said(call) == (merged(turns) if form == "table-docx" else turns)


@settings(deadline=None, max_examples=30)
@given(turns=_turns)
def test_what_is_written_as_csv_is_read_back(turns):
    rows = "".join(f'"{i}","{n}","{t}, and"\r\n' for i, (n, t) in enumerate(turns))
    call = of(f"Start,Speaker,Text\r\n{rows}", "a.csv")
    assert said(call) == merged([(n, f"{t}, and") for n, t in turns])


_pieces = st.sampled_from(
    ["\n", "\n\n", "Ana: ", "**Ana:** ", "Ana  0:14\n", "0:14\n", "Transcript\n", "📖 Transcript\n",
     "📝 Notes\n", "Notes by Gemini\n", "Attendees\n", "Invited a@x ", "### ", "00:00:01\n",
     "Transcription ended after 00:00:01\n",
     "00:00:01\tAna:\t", "00:00:01 From Ana to Tom:\n", 'Replying to "', "Speaker,Text\n", '"',
     ",", "\t", "   0:03\n", "00:00:01.000 --> 00:00:02.000\n", "Summary\n", "- Transcript\n", "\x00", "["]
)  # fmt: skip
_mixtures = st.lists(st.one_of(_pieces, st.text(max_size=6)), max_size=25)


@settings(deadline=None, max_examples=120)
@given(_mixtures, st.sampled_from(["a.txt", "a.md", "a.csv", "a"]))
def test_broken_text_is_read_or_refused(pieces, name):
    with suppress(InputError):
        call = of("".join(pieces).encode("utf-8", "replace").decode(), name)
        assert all(t.text and t.text == " ".join(t.text.split()) for t in call.turns)


@settings(deadline=None, max_examples=40)
@given(_mixtures)
def test_broken_paragraphs_in_word_are_read_or_refused(pieces):
    shown = ["".join(c for c in piece if c.isprintable() or c in "\n\t") for piece in pieces]
    with suppress(InputError):
        call = word_call(*shown)
        assert all(t.text and t.text == " ".join(t.text.split()) for t in call.turns)


@pytest.mark.parametrize(
    ("head", "piece"),
    [("", "a: "), ("", "a: \n"), ("", "x"), ("Ana: x\n", "\t"), ("", "["), ("", "**a"), ("", "0:01 "),
     ("", "Ana\n0:01\n"), ("", "Ana  0:01\nx\n"), ("📖 Transcript\n", "Ana: x\n"),
     ("📖 Transcript\n", "**a:"),
     ("Invited ", "a@"), ("Invited ", "[a](mailto:"), ("Transcript\nSummary\n", "Transcript\nSummary\n"),
     ("00:00:01\tAna:\tx\n", "00:00:01 From a to b"), ('00:00:01\tAna:\tReplying to "\n', "x\n"),
     ("00:00:01\tAna:\t\n", "\n"), ("00:00:01 From a", " to b"), ("", "ACTION ITEM: "), ("#", "#"),
     ("Speaker,Text\n", ","), ("Speaker,Text\n", '""'), ("Attendees\n", "a,"), ("12.03.", "2026 "),
     ("Ana: hi\nTranscript\n", "*")],
)  # fmt: skip
def test_hostile_text_takes_no_longer_than_its_length(head, piece):
    def seconds(size: int) -> float:
        end = "\nAna: hi\nTranscription ended after 00:00:09\n"
        data = (head + piece * (size // len(piece)) + end).encode()
        begin = time.process_time()
        with suppress(InputError):
            read_bytes(data, "a.txt")
        return time.process_time() - begin

    # A second for what else the machine does; backtracking takes minutes.
    assert seconds(40_000) < 8 * seconds(10_000) + 1


def test_a_long_document_is_read_in_time():
    data = word_file(*(f"Ana Ruiz   0:0{i % 10}\nword" for i in range(3000)))
    begin = time.process_time()
    assert len(read_bytes(data, "a.docx").turns) == 3000
    assert time.process_time() - begin < 15


def test_a_content_is_parsed_once_however_many_rows_ask(monkeypatch):
    opened, real = [], word.checked_zip
    monkeypatch.setattr(word, "checked_zip", lambda data, name: opened.append(name) or real(data, name))
    content = Content("a.docx", word_file("Ana: hi", "Tom: ho", "Ana: hum"))
    form, _ = identify(content)
    assert (form.id, len(form.read(content).turns), len(opened)) == ("docx", 3, 1)
