"""Each format of the table on its fixtures: who said what and when."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from extractor.errors import InputError
from extractor.readers import FORMATS, Content, identify, load, read_bytes, read_file
from extractor.readers.registry import endings
from extractor.transcript import Transcript

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"


def fixture(name: str) -> Transcript:
    return read_file(FIXTURES / name)


def said(transcript: Transcript) -> list[tuple[str | None, str]]:
    return [(t.speaker, t.text) for t in transcript.turns]


def of(text: str, name: str = "call.txt") -> Transcript:
    return read_bytes(text.encode(), name)


@pytest.mark.parametrize("form", FORMATS, ids=lambda f: f.id)
def test_every_format_has_fixtures_that_are_recognised_as_it(form):
    files = sorted((FIXTURES / form.id).iterdir())
    assert files
    for file in files:
        found, why = identify(load(file))
        assert found.id == form.id
        assert why
        assert file.suffix in form.endings
        # The name is a hint and no more, save where nothing in the content tells.
        if form.id != "prose":
            assert identify(Content("unnamed", file.read_bytes()))[0].id == form.id


def test_format_ids_are_unique_and_endings_have_their_dot():
    assert len({f.id for f in FORMATS}) == len(FORMATS)
    assert all(e.startswith(".") and e == e.lower() for e in endings())


def test_zoom_cues_of_a_turn_are_joined_and_only_names_are_speakers():
    call = fixture("vtt/GMT20260212-153516_Recording.transcript.vtt")
    assert said(call) == [
        (
            "Marta Oyelaran (Tallyboard)",
            "Thanks for making the time. What are you hoping to fix with a new board?",
        ),
        ("joe_k", "Mostly the double bookings. We lose two vans a day."),
        (None, "Yeah. Every day."),
        (None, "Note: nobody has asked the depots."),
        ("Lena Fisk", "I can do that."),
    ]
    assert (call.turns[0].start, call.turns[0].end) == (182.1, 188.5)
    assert call.call_id == "GMT20260212-153516_Recording"
    assert (call.date, call.date_from) == (dt.date(2026, 2, 12), "file name")
    assert [p.name for p in call.participants] == ["Marta Oyelaran (Tallyboard)", "joe_k", "Lena Fisk"]
    assert call.warnings == ()


def test_zoom_reads_alike_whatever_the_line_ends():
    data = (FIXTURES / "vtt/GMT20260212-153516_Recording.transcript.vtt").read_bytes()
    bare = data.replace(b"\r\n", b"\n")
    assert read_bytes(bare, "a.vtt").turns == read_bytes(bare.replace(b"\n", b"\r\n"), "a.vtt").turns
    assert read_bytes(bare, "a.vtt").turns == read_bytes(bare.replace(b"\n", b"\r"), "a.vtt").turns


def test_a_caption_without_a_name_goes_on_where_names_stand_only_at_a_change():
    cues = ["Ana: We have", "two vans", "Ben: Three.", "and a half"]
    text = "".join(f"{i}\n00:00:0{i},000 --> 00:00:0{i + 1},000\n{c}\n\n" for i, c in enumerate(cues, 1))
    assert said(of(text, "a.srt")) == [("Ana", "We have two vans"), ("Ben", "Three. and a half")]


def test_teams_voice_tags():
    assert said(fixture("vtt/teams.vtt")) == [
        ("Fisk, Lena", "We have thirty vans & two depots."),
        ("Marta Oyelaran (Guest)", "And who signs for it?"),
        ("Fisk, Lena", "I do, up to 20k."),
        ("@1", "Above that, I do."),
    ]


def test_rolling_captions_are_said_once_and_style_and_notes_never():
    call = fixture("vtt/youtube.vtt")
    assert said(call) == [(None, "we book every van on paper today and lose two of them daily")]
    assert (call.turns[0].start, call.turns[0].end) == (2.0, 10.0)
    assert any("no speakers" in w for w in call.warnings)


def test_a_line_said_twice_is_kept_where_captions_do_not_roll():
    text = "WEBVTT\n\n" + "".join(
        f"00:0{i}.000 --> 00:0{i}.900\n{line}\n\n"
        for i, line in enumerate(["Ana: Yes.", "Ana: Yes.", "Ana: Yes.", "Ben: How many?", "Ben: How many?"])
    )
    assert said(of(text, "a.vtt")) == [("Ana", "Yes. Yes. Yes."), ("Ben", "How many? How many?")]


def test_entities_are_text_and_markup_is_not():
    line = "less than &lt; 5 &amp; <c.x>more</c> <00:01.500>than &lt;div&gt;"
    text = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{line}\n"
    assert said(of(text, "a.vtt")) == [(None, "less than < 5 & more than <div>")]


def test_captions_without_names_end_a_turn_with_a_sentence_or_a_pause():
    cues = [(0, 1, "so we have"), (1, 2, "two vans."), (2, 3, "and then"), (9, 10, "nobody answered")]
    text = "WEBVTT\n\n" + "".join(f"00:{a:02}.000 --> 00:{b:02}.000\n{t}\n\n" for a, b, t in cues)
    spoken = [t.text for t in of(text, "a.vtt").turns]
    assert spoken == ["so we have two vans.", "and then", "nobody answered"]


def test_a_vtt_file_without_its_first_line_is_read():
    text = "00:00:00.500 --> 00:00:07.000\nHello there.\n"
    assert of(text, "a.vtt").turns[0].text == "Hello there."


def test_srt_with_missing_numbers_markup_and_bad_times():
    call = fixture("srt/depot-visit.srt")
    assert said(call) == [
        ("Ines", "Who plans the routes at the moment?"),
        ("Ruth", "Two people and a whiteboard. One of them retires in June."),
    ]
    assert (call.turns[0].start, call.turns[0].end, call.turns[1].end) == (1.0, 5.0, 8.0)
    assert any("1 caption" in w for w in call.warnings)


def test_srt_text_after_a_blank_line_is_kept():
    first = "1\n00:00:01,000 --> 00:00:02,000\nfirst half\n\nsecond half.\n\n"
    text = f"{first}2\n00:00:03,000 --> 00:00:04,000\nEnd.\n"
    assert [t.text for t in of(text, "a.srt").turns] == ["first half second half.", "End."]


def test_gong_joins_parties_by_speaker_id():
    call = fixture("gong/kestrel-demo.json")
    assert [(t.speaker, t.side, t.start, t.end) for t in call.turns] == [
        ("Ines Duarte", "seller", 2.4, 9.8),
        ("Ruth Abara", "buyer", 10.35, 16.0),
        ("Ruth Abara", "buyer", 16.5, 21.0),
        ("Speaker 1", None, 21.4, 22.0),
    ]
    ruth = next(p for p in call.participants if p.name == "Ruth Abara")
    assert (ruth.title, ruth.company, ruth.email, ruth.phone) == (
        "Head of Dispatch", "Kestrel Vans", "ruth@kestrelvans.example", "+1 555 0100",
    )  # fmt: skip
    assert next(p for p in call.participants if p.name == "Pavel Orr").side == "buyer"
    assert next(p for p in call.participants if p.name == "Ines Duarte").company is None
    assert (call.date, call.date_from, call.sides_from) == (dt.date(2026, 2, 3), "file", "file")
    assert len(call.warnings) == 1


def gong(**parts: object) -> bytes:
    data = json.loads((FIXTURES / "gong/kestrel-demo.json").read_text())
    return json.dumps({**data, **parts}).encode()


def test_gong_takes_parties_from_the_webhook_too_and_never_those_of_another_call():
    data = json.loads(gong())
    call = data["calls"][0]
    assert read_bytes(gong(calls=[], callData=call), "a.json").turns[0].speaker == "Ines Duarte"
    assert read_bytes(gong(calls=[], parties=call["parties"]), "a.json").turns[0].speaker == "Ines Duarte"
    other = {**call, "metaData": {**call["metaData"], "id": "70981234567890123457"}}
    alone = read_bytes(gong(calls=[other]), "a.json")
    assert alone.speakers() == ("Speaker 1", "Speaker 2", "Speaker 3")
    assert {t.side for t in alone.turns} == {None}


def test_gong_ids_of_twenty_digits_stay_apart_as_numbers_too():
    text = gong().decode()
    for number in ("8123456789012345678", "8123456789012345679", "8123456789012345999"):
        text = text.replace(f'"{number}"', number)
    assert of(text, "a.json").turns == fixture("gong/kestrel-demo.json").turns


def test_gong_with_several_calls_or_none_is_refused():
    one = json.loads(gong())["callTranscripts"][0]
    with pytest.raises(InputError, match="2 calls"):
        read_bytes(gong(callTranscripts=[one, one]), "a.json")
    with pytest.raises(InputError, match="empty"):
        read_bytes(gong(callTranscripts=[]), "a.json")


@pytest.mark.parametrize("value", [None, [], [1, "x", None], {"a": 1}, "text", float("nan"), -4, 10**400])
def test_gong_with_other_types_than_documented_is_read_or_refused(value):
    sentence = {"start": value, "end": value, "text": "Hello."}
    monologue = {"speakerId": value, "sentences": [sentence]}
    call = {"callId": value, "transcript": [monologue]}
    data = {"callTranscripts": [call], "calls": value, "parties": value}
    turn = read_bytes(json.dumps(data).encode(), "a.json").turns[0]
    assert (turn.text, turn.start, turn.end) == ("Hello.", None, None)


def test_otter_text():
    call = fixture("name-blocks/otter.txt")
    assert [(t.speaker, t.start, t.text) for t in call.turns] == [
        ("Ines Duarte", 1.0, "You said two vans a day. Is that still where it stands?"),
        ("Ruth Abara", 9.0, "It's three now. And it costs us: about nine hundred a week."),
        (None, 3598.0, "Hello?"),
        ("Speaker 2", 3603.0, "That's our depot lead."),
    ]
    assert (call.date, call.date_from) == (dt.date(2026, 3, 10), "file")


def test_name_lines_in_bold_or_without_times():
    assert fixture("name-blocks/podcast-style.txt").turns[1].model_dump(exclude_none=True) == {
        "speaker": "Ruth", "start": 4.0, "text": "Please.",
    }  # fmt: skip
    assert [t.speaker for t in fixture("name-blocks/without-times.txt").turns] == [
        "Ines Duarte", "Ruth Abara", "Ines Duarte", "Ruth Abara",
    ]  # fmt: skip


def test_timed_lines_keep_the_turns_of_the_file():
    call = fixture("name-lines/timed.txt")
    assert [(t.speaker, t.start) for t in call.turns] == [
        ("Ines Duarte", 4.0), ("Ruth Abara", 9.0), ("Someone in the depot", 15.0), ("Ruth Abara", 62.0),
    ]  # fmt: skip
    assert call.turns[1].text == "One thing first: I only have ten minutes."


def test_a_heading_is_not_speech_and_gives_the_date():
    call = fixture("name-lines/with-heading.txt")
    assert said(call) == [
        ("Ines Duarte", "Where did we stop?"),
        ("Ruth Abara", "At the price. You sent two offers."),
        ("Ines Duarte", "I did. Note: the second one is the yearly plan."),
        ("Ruth Abara", "That one."),
    ]
    assert (call.date, call.date_from) == (dt.date(2026, 4, 2), "file")
    assert any("heading" in w for w in call.warnings)


@pytest.mark.parametrize(
    "line",
    [
        "[00:01:02] Ana: Hi there.",
        "[1:02] Ana: Hi there.",
        "(1:02) Ana: Hi there.",
        "00:01:02 Ana: Hi there.",
        "0:01:02.000\tAna: Hi there.",
        "[00:01:02.000 --> 00:01:04.500] Ana: Hi there.",
        "00:01:02 - Ana: Hi there.",
        "Ana (1:02): Hi there.",
        "Ana [00:01:02]: Hi there.",
        "Ana 1:02: Hi there.",
        "**Ana** (1:02): Hi there.",
        "Ana [1:02] Hi there.",
        "[1:02] **Ana:** Hi there.",
        "[1:02] [Ana]: Hi there.",
    ],
)
def test_variants_of_a_timed_line(line):
    call = of(f"{line}\n{line.replace('Ana', 'Ben')}\n{line}\n")
    assert [(t.speaker, t.start, t.text) for t in call.turns] == [
        ("Ana", 62.0, "Hi there."), ("Ben", 62.0, "Hi there."), ("Ana", 62.0, "Hi there."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "head", ["Ana  1:02", "Ana 1:02", "Ana (1:02)", "[1:02] Ana", "1:02 - Ana", "Ana | 1:02"]
)
def test_variants_of_a_name_line_with_a_time(head):
    call = of(f"{head}\nHi there.\n\n{head.replace('Ana', 'Ben')}\nHello.\n\n{head}\nBye.\n")
    assert [(t.speaker, t.start, t.text) for t in call.turns] == [
        ("Ana", 62.0, "Hi there."), ("Ben", 62.0, "Hello."), ("Ana", 62.0, "Bye."),
    ]  # fmt: skip


def test_times_of_day_are_no_times_from_the_start():
    call = of("2:05 PM Ana: Hi.\n[2:06 p.m.] Ben: Hi.\n2:07 PM Ana: Bye.\n")
    assert [(t.speaker, t.start) for t in call.turns] == [("Ana", None), ("Ben", None), ("Ana", None)]


def test_a_timed_line_without_a_name_among_named_ones_is_of_somebody_unknown():
    call = of("[0:01] Ana Ruiz: Hello\nand more\n\n[0:03] (laughs)\n[0:05] Tom: Hi\n")
    assert [(t.speaker, t.start, t.text) for t in call.turns] == [
        ("Ana Ruiz", 1.0, "Hello and more"), (None, 3.0, "(laughs)"), ("Tom", 5.0, "Hi"),
    ]  # fmt: skip


def test_name_lines_without_blank_lines_between():
    call = of("Ana Ruiz\t0:03\nHello\nTom\t0:05\nHi\n")
    assert said(call) == [("Ana Ruiz", "Hello"), ("Tom", "Hi")]


def test_names_with_a_colon_above_their_words():
    assert said(of("ANA:\nHello there\n\nTOM:\nForty.\n\nANA:\nGood\n")) == [
        ("ANA", "Hello there"), ("TOM", "Forty."), ("ANA", "Good"),
    ]  # fmt: skip


def test_a_heading_of_keys_is_told_from_a_first_turn_by_somebody_who_speaks_once():
    talk = "Ana: Hello.\n\nTom: Hi.\n\nAna: Bye.\n"
    assert of(f"Seller: Northwind\nBuyer: Halden\n\n{talk}").speakers() == ("Ana", "Tom")
    assert of(f"Operator: Welcome.\n\n{talk}").speakers() == ("Operator", "Ana", "Tom")


def test_dashes_and_angles_in_captions_open_a_turn():
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n- Ana: Hello\n- Tom: Hi\n\n00:03.000 --> 00:04.000\n>> who\n"
    assert said(of(text, "a.vtt")) == [("Ana", "Hello"), ("Tom", "Hi"), (None, "who")]


def test_timed_lines_without_names_are_turns_of_nobody():
    call = of("[00:01] so the plan is: two vans\n[00:05] yeah\n[00:07] and a driver\n")
    assert [(t.speaker, t.start) for t in call.turns] == [(None, 1.0), (None, 5.0), (None, 7.0)]
    assert call.turns[0].text == "so the plan is: two vans"


def test_a_role_that_speaks_is_a_speaker():
    call = of("Rep: Hello.\nCustomer: Hello.\nRep: How many vans?\nCustomer: Thirty.\n")
    assert call.speakers() == ("Rep", "Customer")


def test_times_and_links_in_speech_are_no_speakers():
    lines = "10:30 works for me\nhttps://example.org/x\nBen: Fine.\nAna: Good.\nBen: Bye.\n"
    call = of(f"Ana: Let's meet.\n{lines}")
    assert said(call)[0] == ("Ana", "Let's meet. 10:30 works for me https://example.org/x")
    assert len(call.turns) == 4


def test_text_without_speakers_is_read_by_paragraph_with_a_warning():
    call = fixture("prose/voice-note.txt")
    assert [t.text[:20] for t in call.turns] == ["We spoke with the de", "They asked for the y"]
    assert call.participants == ()
    assert any("No speakers" in w for w in call.warnings)
    assert [t.text for t in of("one line of talk\nanother line of talk").turns] == [
        "one line of talk", "another line of talk",
    ]  # fmt: skip
