"""Archives and files that hold several calls: what is refused, and which calls there are inside."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import FormError, InputError
from extractor.readers import bounds, call_ids, discover, read_bytes, read_file
from extractor.readers.archives import checked_zip, read_member
from extractor.readers.base import Content, LazyContent, split_into
from extractor.readers.callsfile import entry_for
from extractor.transcript import SellerHints

FIXTURES = Path(__file__).parent.parent / "fixtures" / "formats"
TALK = "Ana Ruiz: Hello.\nTom Okafor: Hi.\nAna Ruiz: Bye.\n"


def packed(*members: tuple[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def inner(found: list[Path], archive: Path) -> list[str]:
    return [p.relative_to(archive).as_posix() for p in found]


# --- What is refused --------------------------------------------------------------------------------


def test_a_harmless_archive_is_opened():
    archive = checked_zip(packed(("a/b.txt", TALK)), "c.zip")
    assert read_member(archive, archive.infolist()[0], "c.zip") == TALK.encode()


@pytest.mark.parametrize("name", ["/etc/passwd", "../up.txt", "a/../../up.txt", "C:\\x.txt", "..\\up.txt"])
def test_members_outside_the_archive_are_refused(name):
    with pytest.raises(InputError, match="outside"):
        checked_zip(packed((name, TALK)), "c.zip")


def test_a_member_without_a_name_is_refused(tmp_path):
    # A name ends at its first NUL.
    data = packed(("a.txt", TALK), ("b.txt", TALK)).replace(b"b.txt", b"\0.txt")
    with pytest.raises(InputError, match="no name"):
        checked_zip(data, "c.zip")
    (tmp_path / "c.zip").write_bytes(data)
    assert discover([tmp_path / "c.zip"]) == [tmp_path / "c.zip"]
    with pytest.raises(InputError, match="no name"):
        read_file(tmp_path / "c.zip")


def test_links_are_refused():
    out = io.BytesIO()
    link = zipfile.ZipInfo("a.txt")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="links"):
        checked_zip(out.getvalue(), "c.zip")


def test_passwords_are_refused():
    data = bytearray(packed(("a.txt", TALK)))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InputError, match="password"):
        checked_zip(bytes(data), "c.zip")


def test_unusual_methods_are_refused():
    with pytest.raises(InputError, match="unusual"):
        checked_zip(packed(("a.txt", TALK), method=zipfile.ZIP_LZMA), "c.zip")


@pytest.mark.parametrize("cut", [slice(None, -30), slice(60, None), slice(0, 4)])
def test_broken_archives_are_refused(cut):
    with pytest.raises(InputError, match=r"broken|no calls"):
        read_bytes(b"PK\x03\x04" + packed(("a.txt", TALK))[cut][4:], "c.zip")


def test_bounds_on_number_size_and_ratio(monkeypatch):
    with pytest.raises(InputError, match="packed more than"):
        checked_zip(packed(("a.txt", b"0" * 2_000_000)), "c.zip")
    monkeypatch.setattr(bounds, "MAX_UNPACKED", 100)
    with pytest.raises(InputError, match="unpacks to more"):
        checked_zip(packed(("a.txt", "x" * 60), ("b.txt", "x" * 60)), "c.zip")
    monkeypatch.setattr(bounds, "MAX_MEMBERS", 1)
    with pytest.raises(InputError, match="more than 1 files"):
        checked_zip(packed(("a.txt", "x"), ("b.txt", "x")), "c.zip")


def test_a_member_is_bounded_while_it_is_read_whatever_its_header_says(monkeypatch):
    data = bytearray(packed(("a.txt", "x" * 500)))
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.index(mark) + place
        data[at : at + 4] = (10).to_bytes(4, "little")
    lying = checked_zip(bytes(data), "c.zip")
    with pytest.raises(InputError, match="broken"):
        read_member(lying, lying.infolist()[0], "c.zip")
    monkeypatch.setattr(bounds, "MAX_BYTES", 100)
    honest = checked_zip(packed(("a.txt", "x" * 500)), "c.zip")
    with pytest.raises(InputError, match="larger than"):
        read_member(honest, honest.infolist()[0], "c.zip")


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_any_damage_is_read_or_refused(tail, place, byte):
    data = bytearray(packed(("a.txt", TALK), ("b.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nhi\n")) + tail)
    data[place % len(data)] = byte
    with contextlib.suppress(InputError):
        found = checked_zip(bytes(data), "c.zip")
        for member in found.infolist():
            read_member(found, member, "c.zip")
    with contextlib.suppress(InputError):
        assert read_bytes(bytes(data), "c.zip").turns


# --- The calls in an archive ------------------------------------------------------------------------


def test_each_call_of_an_archive_is_a_call_of_the_run():
    archive = FIXTURES / "zip" / "calls.zip"
    found = discover([archive])
    assert inner(found, archive) == [
        "a01.vtt", "all-chats.json/Ruth Abara.json", "all-chats.json/Depot - South.json",
        "east/2026-03-01 b02.txt",
    ]  # fmt: skip
    assert found.notes == ("calls.zip: 3 file(s) in it are no calls and were left out.",)
    ids, warnings = call_ids(found)
    assert list(ids.values()) == ["a01", "Ruth Abara", "Depot - South", "2026-03-01 b02"]
    assert warnings == []
    calls = [read_file(f) for f in found]
    assert [c.format for c in calls] == ["vtt", "telegram", "telegram", "name-lines"]
    assert calls[0].source == str(archive / "a01.vtt")
    assert (calls[3].date, calls[3].date_from) == (dt.date(2026, 3, 1), "file name")


def test_calls_yaml_in_an_archive_counts():
    call = read_file(FIXTURES / "zip" / "calls.zip" / "a01.vtt")
    assert (call.date, call.date_from, call.sides_from) == (dt.date(2026, 2, 3), "calls.yaml", "calls.yaml")
    assert {p.name: p.side for p in call.participants} == {"Ruth Abara": "buyer", "Ines Duarte": "seller"}


def test_calls_yaml_beside_an_archive_counts_for_all_of_its_calls_or_one(tmp_path):
    (tmp_path / "c.zip").write_bytes(packed(("a.txt", TALK), ("b.txt", TALK)))
    (tmp_path / "calls.yaml").write_text("c.zip: {date: 2026-01-02}\nc.zip/b.txt: {date: 2026-01-03}\n")
    days = [read_file(tmp_path / "c.zip" / name).date for name in ("a.txt", "b.txt")]
    assert days == [dt.date(2026, 1, 2), dt.date(2026, 1, 3)]


@pytest.mark.parametrize(
    "yaml",
    ["a.txt: {dat: 1}", "a: &x [1]\nb: [*x, *x]\n", "\n".join(f"# {n * n}" for n in range(90_000))],
    ids=["key", "alias", "size"],
)
def test_a_mistake_in_calls_yaml_of_an_archive_names_the_archive(tmp_path, yaml):
    file = tmp_path / "c.zip"
    file.write_bytes(packed(("a.txt", TALK), ("calls.yaml", yaml)))
    with pytest.raises(FormError, match=r"c\.zip/calls\.yaml"):
        entry_for(file / "a.txt")


def test_a_call_that_has_no_name_of_its_own_has_that_of_its_archive():
    [call] = discover([FIXTURES / "zip" / "WhatsApp Chat with Ruth Abara.zip"])
    assert call_ids([call])[0] == {call: "WhatsApp Chat with Ruth Abara"}
    assert read_file(call).call_id == "WhatsApp Chat with Ruth Abara"


def test_an_archive_with_one_call_is_read_as_that_call():
    archive = FIXTURES / "zip" / "WhatsApp Chat with Ruth Abara.zip"
    call = read_file(archive, hints=SellerHints(names=("Ines",)))
    assert (call.format, call.source, call.call_id) == ("whatsapp", str(archive), archive.stem)
    assert [t.side for t in call.turns] == ["buyer", "seller", "buyer"]
    assert read_bytes(archive.read_bytes(), archive.name).turns[0].text == call.turns[0].text


def test_an_archive_with_several_calls_or_none_is_no_call():
    with pytest.raises(InputError, match="4 calls in this file") as error:
        read_file(FIXTURES / "zip" / "calls.zip")
    assert "calls.zip/a01.vtt" in error.value.hint
    with pytest.raises(InputError, match="no calls"):
        read_bytes(packed(("a.jpg", b"\xff\xd8\xff")), "c.zip")
    with pytest.raises(InputError, match="no such call"):
        read_file(FIXTURES / "zip" / "calls.zip" / "a02.vtt")


def test_archives_in_archives_stay_closed(tmp_path):
    file = tmp_path / "c.zip"
    file.write_bytes(packed(("inner.zip", packed(("a.txt", TALK))), ("b.txt", TALK), ("x.txt", packed())))
    assert inner(discover([file]), file) == ["b.txt"]


def test_office_documents_are_no_archives_of_calls():
    with pytest.raises(InputError, match="document"):
        read_bytes(packed(("[Content_Types].xml", "<x/>"), ("word/a.txt", TALK)), "a.docx")


def test_pages_of_a_conversation_are_one_call_in_order():
    archive = FIXTURES / "zip" / "instagram.zip"
    [call] = discover([archive])
    said = read_file(call)
    assert said.call_id == "zoe_4711"
    assert [(t.speaker, t.start) for t in said.turns] == [
        ("Zoë Müller", 0.0), ("Zoë Müller", 1000.0), ("Ines Duarte", 1400.0), ("Zoë Müller", 1500.0),
    ]  # fmt: skip
    assert said.turns[1].text == "Was kostet die Kasse? Über 2.000 € geht nicht"


def test_slack_has_a_call_for_each_conversation_in_which_somebody_writes():
    archive = FIXTURES / "zip" / "slack.zip"
    found = discover([archive])
    assert inner(found, archive) == ["dispatch.json", "Ruth Abara and Ines Duarte.json"]
    call = read_file(found[0])
    assert [t.text for t in call.turns] == [
        "We lose two vans a day & nobody knows why", "@Ruth Abara how many vans in all?",
        "Unrelated: see the plans", "Thirty, in two depots",
    ]  # fmt: skip
    ruth = call.participants[0]
    assert (ruth.title, ruth.email, ruth.phone) == (
        "Head of Dispatch", "ruth@abara-haulage.example", "+12025550143",
    )  # fmt: skip


@pytest.mark.parametrize("value", [[], {}, 7, None])
def test_an_export_of_slacks_with_something_else_for_an_id_is_borne(tmp_path, value):
    said = {"type": "message", "user": "U1", "ts": "1773306000.000100", "text": "Forty thousand."}
    users = [{"id": value, "name": "x"}, {"id": "U1", "real_name": "Ruth Abara"}]
    file = tmp_path / "slack.zip"
    file.write_bytes(
        packed(
            ("users.json", json.dumps(users)),
            ("channels.json", json.dumps([{"id": value, "name": value}])),
            ("sales/2026-03-12.json", json.dumps([said, {**said, "user": value}])),
        )
    )
    [call] = discover([file])
    assert [(t.speaker, t.text) for t in read_file(call).turns] == [("Ruth Abara", "Forty thousand.")]


# --- Other files with several calls -----------------------------------------------------------------


def test_all_chats_of_an_export_are_calls(tmp_path):
    chat = {"name": "../Ana", "messages": [{"type": "message", "from": "Ana", "date": "2026-03-12T09:00:00",
                                             "text": "Hi"}]}  # fmt: skip
    file = tmp_path / "result.json"
    file.write_text(json.dumps({"chats": {"list": [chat, chat, {"name": "Empty", "messages": []}]}}))
    found = discover([tmp_path])
    assert inner(found, file) == ["Ana.json", "Ana-2.json"]
    assert [read_file(f).turns[0].text for f in found] == ["Hi", "Hi"]


def test_conversations_of_a_table_are_calls(tmp_path):
    file = tmp_path / "export.csv"
    file.write_text("time,sender,message,chat id\n" + "".join(
        f"2026-03-1{i} 09:00,Ana,hello {i},c{i}\n" for i in (1, 2)))  # fmt: skip
    found = discover([tmp_path])
    assert inner(found, file) == ["c1.csv", "c2.csv"]
    assert [str(read_file(f).date) for f in found] == ["2026-03-11", "2026-03-12"]


@given(st.lists(st.text(max_size=80), max_size=8))
def test_names_of_calls_in_a_file_are_no_paths_and_all_different(titles):
    parts = split_into((title, b"x") for title in titles)
    names = [p.name for p in parts]
    assert len(set(names)) == len(titles)
    assert all(Path(n).name == n and n not in (".", "..") and len(n.encode()) < 300 for n in names)


def test_a_lazy_content_keeps_nothing():
    made: list[int] = []

    def load() -> bytes:
        made.append(1)
        return TALK.encode()

    lazy = LazyContent("a.txt", load)
    assert made == []
    assert lazy.loaded().text == lazy.loaded().text == TALK
    assert len(made) == 2
    assert isinstance(lazy.loaded(), Content)
    assert not isinstance(lazy.loaded(), LazyContent)
