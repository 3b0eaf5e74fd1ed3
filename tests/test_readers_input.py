"""Files of any kind: encodings, what is refused, which files are calls, dates."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import BantError, InputError
from extractor.readers import bounds, call_id_of, call_ids, discover, read_bytes, read_file
from extractor.readers.dates import date_of_stamp, find_date
from extractor.readers.times import seconds

TALK = "Ana: Où est le café ?\nBen: À côté.\n"


# --- Encodings and refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings(encoding):
    call = read_bytes(TALK.encode(encoding), "a.txt")
    assert [t.text for t in call.turns] == ["Où est le café ?", "À côté."]
    guessed = any("not UTF-8" in w for w in call.warnings)
    assert guessed == (encoding in ("cp1252", "utf-16-le", "utf-16-be"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b" \n\t\r\n", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"%PDF-1.7 Ana: hi", "a PDF"),
        (b"ID3\x04\x00" + bytes(range(256)), "sound"),
        (b"\x00\x00\x00\x20ftypisom" + b"\x00" * 64, "video"),
        (b"PK\x03\x04" + b"Ana: hi" * 9, "ZIP"),
        (bytes(range(256)) * 8, "binary|encoding"),
        (b"\xff\xfeA", "UTF-16"),
        (b"WEBVTT\n\n", "nothing is said"),
        (b'{"calls": [{"a": 1}]}', "no known"),
        (b'[{"speaker": "Ana", "words": []}]', "no known"),
        (b"[" * 100_000 + b"]" * 100_000, "nested"),
        (b"<!DOCTYPE html><html><body>Ana: hi</body></html>", "no known"),
        (b"12 34 56 78\n90 12 34 56\n", "no known"),
    ],
)
def test_refused(data, message):
    with pytest.raises(InputError, match=message) as error:
        read_bytes(data, "a.txt")
    assert error.value.message.startswith("a.txt")
    assert error.value.hint


def test_broken_json_and_yaml_are_called_by_their_name():
    with pytest.raises(InputError, match="not valid JSON"):
        read_bytes(b'{"callTranscripts": [', "a.json")
    with pytest.raises(InputError, match="YAML"):
        read_bytes(b"a01.vtt: {date: 2026-03-12}\na02.vtt: {date: 2026-03-13}\n", "calls.yaml")


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_BYTES", 20)
    file = tmp_path / "a.txt"
    file.write_text(TALK)
    with pytest.raises(InputError, match="larger"):
        read_file(file)
    with pytest.raises(InputError, match="larger"):
        read_bytes(TALK.encode(), "a.txt")


def test_bounds_on_turns_lines_and_nesting(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_TURNS", 3)
    with pytest.raises(InputError, match="more than 3 turns"):
        read_bytes(b"Ana: a\nBen: b\n" * 2, "a.txt")
    monkeypatch.setattr(bounds, "MAX_LINE", 30)
    with pytest.raises(InputError, match="a line of more than 30"):
        read_bytes(b"Ana: a\nBen: " + b"b" * 30, "a.txt")
    monkeypatch.setattr(bounds, "MAX_NESTING", 4)
    deep = '{"callTranscripts": [{"transcript": [{"speakerId": "1", "sentences": [{"text": "Hi"}]}]}]}'
    with pytest.raises(InputError, match="nested too deep"):
        read_bytes(deep.encode(), "a.json")
    monkeypatch.setattr(bounds, "MAX_NESTING", 7)
    assert read_bytes(deep.encode(), "a.json").turns[0].text == "Hi"


def test_no_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_file(tmp_path / "a.txt")
    with pytest.raises(InputError, match="folder"):
        read_file(tmp_path)


def test_errors_hold_no_words_of_the_call():
    with pytest.raises(InputError) as error:
        read_bytes(b'{"secret": "forty thousand"}', "a.json")
    assert "secret" not in str(error.value)
    assert "forty" not in str(error.value)


def test_escapes_and_direction_marks_never_get_out():
    data = "Ana: red \x1b[31malert\x07\u202e end\nB\u200een: fine\n"
    call = read_bytes(data.encode(), "a.txt")
    assert [(t.speaker, t.text) for t in call.turns] == [("Ana", "red [31malert end"), ("Ben", "fine")]


def test_unpaired_surrogates_in_json_are_replaced():
    sentence = '{"text": "caf\\ud800", "start": 1}'
    data = f'{{"callTranscripts": [{{"transcript": [{{"speakerId": "1", "sentences": [{sentence}]}}]}}]}}'
    assert read_bytes(data.encode(), "a.json").turns[0].text == "caf\ufffd"


def test_source_id_and_hash(tmp_path):
    file = tmp_path / "a01.v2.txt"
    file.write_bytes(TALK.encode())
    call = read_file(str(file))
    assert (call.call_id, call.source) == ("a01.v2", str(file))
    assert call.source_sha256 == hashlib.sha256(TALK.encode()).hexdigest()


# --- Properties -------------------------------------------------------------------------------------

_names = st.sampled_from(["Ana Ruiz", "Ben O'Hara", "Dr. Chen", "Speaker 1", "José", "kingy_sigp", "李雷"])
_texts = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs")), min_size=1).filter(
    lambda t: t.split() and t == " ".join(t.split()) and not t.startswith(("/", "*", "_"))
)
_pieces = st.sampled_from(
    ["WEBVTT\n\n", "\n", "\n\n", "00:00:01.000 --> 00:00:02.000\n", "1\n", "<v Ana>", "</v>", "Ana: ",
     "[0:01] ", "Ben  0:14", "**", "\x00", "\x1b", "{", "}", "[", '"callTranscripts": [', "NOTE",
     "&lt;", "\ufeff", "\u2028", "-->", "- ", ": ", "Date: 2026-13-45", "\r", "99999:99"]
)  # fmt: skip
_mixtures = st.lists(st.one_of(_pieces, st.text(max_size=8)), max_size=30).map(
    lambda pieces: "".join(pieces).encode("utf-8", "replace")
)


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=400), _mixtures), st.sampled_from(["a.txt", "a.vtt", "a.srt", "a.json"]))
def test_any_bytes_are_read_or_refused(data, name):
    try:
        call = read_bytes(data, name)
    except InputError:
        return
    assert call.turns
    assert all(t.text == " ".join(t.text.split()) and t.text for t in call.turns)
    assert call.model_dump_json()


@settings(deadline=None)
@given(st.lists(st.tuples(_names, _texts), min_size=2, max_size=12))
def test_what_is_written_as_name_and_text_is_read_back(turns):
    turns = [*turns, *turns]
    data = "".join(f"{name}: {text}\n" for name, text in turns)
    assert [(t.speaker, t.text) for t in read_bytes(data.encode(), "a.txt").turns] == turns


@settings(deadline=None)
@given(st.lists(st.tuples(_names, _texts), min_size=1, max_size=12), st.data())
def test_timed_lines_are_read_back_one_turn_a_line(turns, data):
    step = data.draw(st.integers(0, 4000))
    lines = [
        f"[{i * step // 3600:02}:{i * step // 60 % 60:02}:{i * step % 60:02}] {name}: {text}"
        for i, (name, text) in enumerate(turns)
    ]
    read = read_bytes("\n".join(lines).encode(), "a.txt").turns
    assert [(t.speaker, t.start, t.text) for t in read] == [
        (name, float(i * step), text) for i, (name, text) in enumerate(turns)
    ]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["Ana Ruiz", "Ben Ode"]), st.integers(0, 9)), min_size=1))
def test_cues_stay_in_order_and_none_is_lost(cues):
    text = "WEBVTT\n\n" + "".join(
        f"{i // 60:02}:{i % 60:02}.000 --> {i // 60:02}:{i % 60:02}.900\n{name}: word{n}\n\n"
        for i, (name, n) in enumerate(cues)
    )
    call = read_bytes(text.encode(), "a.vtt")
    assert " ".join(t.text for t in call.turns) == " ".join(f"word{n}" for _, n in cues)
    assert all(a.speaker != b.speaker for a, b in zip(call.turns, call.turns[1:], strict=False))
    assert [t.start for t in call.turns] == sorted(t.start for t in call.turns)


@settings(deadline=None)
@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_seconds_of_a_clock_time(h, m, s):
    assert seconds(f"{h}:{m:02}:{s:02}") == h * 3600 + m * 60 + s
    assert seconds(f"{h * 60 + m:02}:{s:02}.500" if h < 16 else "0:00.5") % 1 == 0.5


# --- Which files are calls --------------------------------------------------------------------------


def tree(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(TALK)


def test_discover_searches_folders_and_leaves_out_what_is_no_call(tmp_path):
    tree(
        tmp_path, "b/x.VTT", "b/calls.yaml", "a.txt", "a.gold.yaml", "form.yml", ".hidden.txt", ".git/x.txt",
        "out/records.jsonl", "out/records.csv", "out/a.md", "c/deep/z.json", "notes.docm",
    )  # fmt: skip
    assert discover([tmp_path]) == [tmp_path / n for n in ("a.txt", "b/x.VTT", "c/deep/z.json")]


CHAT = "time,sender,message\n2026-03-12 09:00,Ana,Hello\n"


def test_a_file_that_is_rarely_a_transcript_is_taken_from_a_folder_only_where_it_is_one(tmp_path):
    tree(tmp_path, "a.txt")
    for name, text in {
        "chat.csv": CHAT, "people.csv": "name,joined\nAna,09:00\n", "page.html": "<html>Ana: hi</html>",
        "README.md": "Ana: hi\nBen: hi\nAna: bye\n", "records.csv": CHAT, "old.zip": "PK\x03\x04",
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text)
    found = discover([tmp_path])
    assert found == [tmp_path / "a.txt", tmp_path / "chat.csv"]
    assert found.notes == ("Left out, as no calls were found in them: old.zip, page.html, people.csv.",)


@pytest.mark.parametrize("name", ["people.csv", "old.zip"])
def test_a_file_that_is_named_and_no_transcript_is_an_error_of_its_own(tmp_path, name):
    (tmp_path / name).write_text("PK\x03\x04" if name == "old.zip" else "name,joined\nAna,09:00\n")
    assert discover([tmp_path / name]) == [tmp_path / name]
    with pytest.raises(InputError, match=name):
        read_file(tmp_path / name)


def test_a_path_may_go_on_inside_a_file_with_several_calls(tmp_path):
    (tmp_path / "chats.csv").write_text("time,sender,message,chat\n1,A,x,c1\n1,B,y,c2\n")
    one = tmp_path / "chats.csv" / "c2.csv"
    assert discover([one]) == [one]
    assert discover([one, tmp_path]) == [one, tmp_path / "chats.csv" / "c1.csv"]
    assert read_file(one).turns[0].text == "y"


def test_discover_takes_a_named_file_always_and_each_file_once(tmp_path):
    tree(tmp_path, "b.md", "a.txt")
    files = [tmp_path / "b.md", tmp_path / "a.txt"]
    assert discover([*files, tmp_path]) == files


def test_discover_refuses_missing_paths_and_folders_without_calls(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        discover([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="no transcripts"):
        discover([tmp_path])


@pytest.mark.parametrize(
    ("name", "call_id"),
    [
        ("a01.vtt", "a01"),
        ("GMT2020_Recording.transcript.vtt", "GMT2020_Recording"),
        ("demo.en-US.vtt", "demo"),
        ("call 2026.03.12.txt", "call 2026.03.12"),
        ("a01", "a01"),
        ("x/y/a01.TXT", "a01"),
        ("Chat with Ana.zip/_chat.txt", "Chat with Ana"),
        ("calls.zip/east/a01.vtt", "a01"),
        ("east/_chat.txt", "_chat"),
    ],
)
def test_call_id(name, call_id):
    assert call_id_of(name) == call_id


def test_call_ids_are_told_apart_by_folder_then_ending(tmp_path):
    names = ["east/a.txt", "west/a.txt", "west/b.txt", "west/c.txt", "west/c.vtt"]
    files = [tmp_path / n for n in names]
    ids, warnings = call_ids(files)
    assert [ids[f] for f in files] == ["a~east", "a~west", "b", "c~txt", "c~vtt"]
    assert len(warnings) == 2
    assert call_ids(files[::-1])[0] == ids


def test_call_ids_never_clash():
    files = [Path(n) for n in ("/p/x/a.txt", "/q/x/a.txt", "/q/x/a.vtt", "/q/y/a.txt", "/q/z/a~x~txt.srt")]
    ids, _ = call_ids(files)
    assert len(set(ids.values())) == len(files)


# --- Dates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "call 2026-03-12.txt", "2026_03_12_acme.txt", "acme 2026.3.12.txt", "20260312.txt", "12mar2026.txt",
        "GMT20260312-153516_Recording.transcript.vtt", "12-Mar-2026.txt", "March 12, 2026 acme.txt",
        "acme-20260312-1530.vtt", "acme_12th_March_2026.txt", "2026-Mar-12.txt", "20260312153000.txt",
        "20260312T153000Z.txt",
    ],
)  # fmt: skip
def test_dates_in_file_names(name):
    assert find_date(name).date == dt.date(2026, 3, 12)


@pytest.mark.parametrize("name", ["03-12-2026.txt", "3.12.2026.txt", "2026-03-12 to 2026-03-13.txt"])
def test_ambiguous_dates_are_not_taken(name):
    found = find_date(name)
    assert found.date is None
    assert found.ambiguous


@pytest.mark.parametrize("name", ["a01.txt", "2026-13-45.txt", "120260312.txt", "4711-2026.txt", "may.txt"])
def test_names_without_dates(name):
    assert find_date(name).date is None
    assert not find_date(name).ambiguous


def test_day_and_month_are_told_apart_where_one_is_over_twelve():
    assert find_date("25.03.2026").date == find_date("03/25/2026").date == dt.date(2026, 3, 25)
    assert find_date("05-05-2026").date == dt.date(2026, 5, 5)


def test_the_files_time_is_the_last_resort(tmp_path):
    noon = dt.datetime(2026, 1, 20, 12).timestamp()
    plain, ambiguous, dated = tmp_path / "a.txt", tmp_path / "03-12-2026.txt", tmp_path / "2026-03-12.txt"
    for file in (plain, ambiguous, dated):
        file.write_text(TALK)
        os.utime(file, (noon, noon))
    assert (read_file(plain).date, read_file(plain).date_from) == (dt.date(2026, 1, 20), "file time")
    assert "doesn't tell the date" in read_file(plain).warnings[0]
    assert read_file(ambiguous).date_from == "file time"
    assert "more than one way" in read_file(ambiguous).warnings[0]
    assert (read_file(dated).date, read_file(dated).warnings) == (dt.date(2026, 3, 12), ())


@pytest.mark.parametrize("stamp", [-1e11, 4.2e9, 3e11, 1e20, float("inf")])
def test_a_file_whose_time_no_call_can_have_has_no_date(tmp_path, monkeypatch, stamp):
    assert date_of_stamp(stamp) is None
    file = tmp_path / "a.txt"
    file.write_text(TALK)
    stat = Path.stat

    def stamped(path, **options):
        found = stat(path, **options)
        return SimpleNamespace(st_mtime=stamp, st_size=found.st_size, st_mode=found.st_mode)

    monkeypatch.setattr(Path, "stat", stamped)
    call = read_file(file)
    assert (call.date, call.date_from) == (None, None)
    assert "not known" in call.warnings[0]


def test_a_files_time_of_any_other_year_is_a_day():
    assert date_of_stamp(dt.datetime(1999, 12, 31, 12).timestamp()) == dt.date(1999, 12, 31)
    assert date_of_stamp(dt.datetime(2099, 12, 31, 12).timestamp()) == dt.date(2099, 12, 31)


def test_bytes_without_a_date_have_none():
    call = read_bytes(TALK.encode(), "a.txt")
    assert (call.date, call.date_from) == (None, None)
    assert issubclass(InputError, BantError)
    assert "not known" in call.warnings[0]
