"""Chats: who wrote what and when, in which order, and what of it nobody wrote."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import InputError
from extractor.readers import FORMATS, Content, read_bytes, read_file
from extractor.readers.base import KEEPS
from extractor.readers.chats import webchat
from extractor.readers.chats.clock import timestamps
from extractor.readers.chats.contacts import Contact, own_contacts, phone_of_name
from extractor.readers.registry import table
from extractor.transcript import Transcript

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures" / "formats"


def fixture(name: str) -> Transcript:
    return read_file(FIXTURES / name)


def of(text: str, name: str = "chat.txt") -> Transcript:
    return read_bytes(text.encode(), name)


def said(call: Transcript) -> list[tuple[str | None, str]]:
    return [(t.speaker, t.text) for t in call.turns]


# --- The table and its documentation ----------------------------------------------------------------


@pytest.mark.parametrize("form", [f for f in FORMATS if f.id != "zip"], ids=lambda f: f.id)
def test_fixtures_give_what_the_table_says_that_a_format_keeps(form):
    found = set()
    for file in sorted((FIXTURES / form.id).iterdir()):
        parts = form.read(Content(file.name, file.read_bytes()))
        speakers = {t.speaker for t in parts.turns} - {None}
        people = [p for p in parts.participants if p.title or p.company or p.email or p.phone]
        silent = [p for p in parts.participants if p.name not in speakers]
        found |= {"speaker"} if speakers else set()
        found |= {"side"} if any(p.side for p in (*parts.turns, *parts.participants)) else set()
        found |= {"time"} if any(t.start is not None for t in parts.turns) else set()
        found |= {"date"} if parts.date else set()
        found |= {"people"} if people or silent else set()
    assert found == form.keeps


def test_the_documentation_holds_the_table():
    shown = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert table() in shown
    assert {"speaker", "side", "time", "date", "people"} == KEEPS


# --- WhatsApp ---------------------------------------------------------------------------------------


def test_whatsapp_of_android():
    call = fixture("whatsapp/WhatsApp Chat with Ruth Abara.txt")
    assert [(t.speaker, t.start, t.text) for t in call.turns] == [
        ("Ines Duarte", 0.0, "Hi Ruth, Ines from Tallyboard. You asked about the dispatch board?"),
        (
            "+1 (202) 555-0143", 480.0,
            "Hi! Yes. We lose about two vans a day to double bookings. It is costing us around 40k a year.",
        ),
        ("Ines Duarte", 1080.0, "This is how the board looks"),
        ("Ines Duarte", 2280.0, "Where should I send the offer? What is your e-mail?"),
        ("+1 (202) 555-0143", 111780.0, "ruth@abara-haulage.example We need it running by the end of May."),
    ]  # fmt: skip
    assert (call.date, call.date_from) == (dt.date(2026, 3, 13), "file")
    assert [(p.email, p.phone) for p in call.participants] == [
        (None, None), ("ruth@abara-haulage.example", "+12025550143"),
    ]  # fmt: skip
    assert any("from 2026-03-12 to 2026-03-13" in w and "last day" in w for w in call.warnings)
    assert any("2 message(s) hold a picture" in w for w in call.warnings)


def test_whatsapp_of_ios_with_marks_notices_and_colons_in_the_text():
    call = fixture("whatsapp/_chat.txt")
    assert said(call) == [
        ("Jonas Weber", "Guten Tag, wir suchen eine neue Tourenplanung 🚚 Budget: etwa 30.000 Euro im Jahr"),
        ("Ines Duarte", "Gern, @Jonas Weber. Wer entscheidet das bei Ihnen?"),
        ("Jonas Weber", "Ich bereite es vor, die Geschäftsführerin unterschreibt."),
    ]


@pytest.mark.parametrize(
    ("name", "speaker", "start", "date"),
    [
        ("chat-es.txt", "Marta Soler", 1165200.0, "2026-03-25"),
        ("chat-zh.txt", "王芳", 14040.0, "2026-03-12"),
        ("chat-fi.txt", "Aino Laine", 322.0, "2026-03-12"),
    ],
)
def test_whatsapp_in_other_languages(name, speaker, start, date):
    call = fixture(f"whatsapp/{name}")
    last = call.turns[-1]
    assert (last.speaker, last.start, str(call.date)) == (speaker, start, date)


@pytest.mark.parametrize(
    "head",
    [
        "12/03/2026, 14:08 - {}", "12/3/26, 2:08 PM - {}", "[12/03/2026, 14:08:18] {}",
        "12.03.26, 14:08 – {}",
        "[12.3.2026 klo 14.08.18] {}", "2026/3/12 下午2:08 - {}", "2026-03-12 14:08 - {}",
        "12/03/2026, 2:08\u00a0p.\u00a0m. - {}", "\u200e[12/03/26, 2:08:18\u202fPM] {}",
        "2026년 3월 12일 오후 2:08, {}", "12-03-2026 14:08 - {}", "[2026/03/12 14:08:18] {}",
        "\u0661\u0662/\u0663/\u0662\u0660\u0662\u0666, \u0662:\u0660\u0668 م - {}", "12/03/2569 14:08 - {}",
        "12/03/2026 à 14:08 - {}", "12/03/2026 um 14:08 - {}",
    ],
)  # fmt: skip
def test_shapes_of_a_line(head):
    lines = [head.format("Ana Ruiz: hello there"), head.format("Ben: yes"), head.format("Ana Ruiz: fine")]
    call = of("\n".join(lines))
    assert call.format == "whatsapp"
    assert said(call) == [("Ana Ruiz", "hello there"), ("Ben", "yes"), ("Ana Ruiz", "fine")]
    assert call.date in (dt.date(2026, 3, 12), dt.date(2026, 12, 3))


@pytest.mark.parametrize(
    ("dates", "last", "guessed"),
    [
        (["03/04/2026", "25/04/2026"], "2026-04-25", False),
        (["03/04/2026", "03/25/2026"], "2026-03-25", False),
        (["03.04.2026", "05.04.2026"], "2026-04-05", False),
        (["11/02/2026", "01/03/2026"], "2026-03-01", False),
        (["03/04/2026", "03/05/2026"], "2026-03-05", True),
        (["03/04/2026", "04/04/2026"], "2026-04-04", True),
        (["03/04/2026", "03/04/2026"], "2026-04-03", True),
        (["05/05/2026", "05/05/2026"], "2026-05-05", False),
        (["3/4/26 PM", "3/4/26 PM"], "2026-03-04", True),
    ],
)
def test_the_order_of_day_and_month_is_that_of_the_whole_file(dates, last, guessed):
    stamps = [f"{d}, 3:10" if "PM" not in d else d.replace(" PM", ", 3:10 PM") for d in dates]
    call = of("".join(f"{s} - {n}: hi\n" for s, n in zip(stamps, ("Ana", "Ben"), strict=True)))
    assert str(call.date) == last
    assert any("can't be told apart" in w for w in call.warnings) == guessed


@pytest.mark.parametrize(
    "text",
    [
        "<Media omitted>", "<Multimedia omitido>", "image omitted", "\u200eBild weggelassen", "null",
        "You deleted this message", "Ce message a été supprimé.", "Questo messaggio è stato eliminato",
        "IMG-20260312-WA0004.jpg (file attached)", "AUD-20260312-WA0000. (Datei angehängt)",
        "plan.pdf (archivo adjunto)\nplan", "\u200e<attached: 00000004-PHOTO.jpg>",
        "plan • \u200e2 pages \u200e<attached: 00000001-plan.pdf>", "Missed voice call",
        "Messages and calls are end-to-end encrypted. No one outside of this chat can read them.",
        "Los mensajes y las llamadas están cifrados de extremo a extremo. Nadie fuera de este chat lo lee.",
        "消息和通话都进行端到端加密。", "location: https://maps.example/?q=1,2",
    ],
)  # fmt: skip
def test_what_the_app_writes_is_not_speech(text):
    call = of(f"12/03/26, 14:08 - Ana: hello\n12/03/26, 14:18 - Ben: {text}\n12/03/26, 14:28 - Ana: bye\n")
    assert said(call) == [("Ana", "hello"), ("Ana", "bye")]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("forty k <This message was edited>", "forty k"),
        ("vierzig <Diese Nachricht wurde bearbeitet.>", "vierzig"),
        ("IMG-20260312-WA0004.jpg (file attached)\nthe old board", "the old board"),
        ("the board \u200e<attached: 00000004-PHOTO.jpg>", "the board"),
        ("we use <b> tags", "we use <b> tags"),
        ("I omitted the price", "I omitted the price"),
        ("this message was deleted by our server, why?", "this message was deleted by our server, why?"),
        ("is it end-to-end encrypted?", "is it end-to-end encrypted?"),
    ],
)
def test_what_is_left_of_a_message(text, kept):
    assert of(f"12/03/26, 14:08 - Ana: {text}\n12/03/26, 15:08 - Ben: ok\n").turns[0].text == kept


def test_names_with_colons_and_lines_without_a_sender():
    heads = ["13/03/26, 14:08 - ", "13/03/26, 15:08 - ", "13/03/26, 16:08 - "]
    call = of(
        "".join(f"{h}Ben: Work 🚚: hello {i}\n" for i, h in enumerate(heads))
        + '13/03/26, 17:08 - Ana changed the subject from "a: b" to "c: d"\n'
        + "13/03/26, 17:09 - Ana joined using this group's invite link\n"
        + "13/03/26, 18:08 - ~ Ana: note: two vans\n"
    )
    assert call.speakers() == ("Ben: Work 🚚", "Ana")
    assert call.turns[-1].text == "note: two vans"


def test_a_transcript_with_clock_times_is_no_chat():
    assert of("[00:01:02] Ana: hi\n[00:01:05] Ben: hi\n").format == "name-lines"
    assert of("12/03/2026\nAna: hi\nBen: hi\nAna: bye\n").format != "whatsapp"


# --- Turns ------------------------------------------------------------------------------------------


def test_what_one_sender_writes_within_minutes_is_one_turn():
    times = ["14:00", "14:05", "14:11", "14:11"]
    names = ["Ana", "Ana", "Ana", "Ben"]
    sent = enumerate(zip(times, names, strict=True))
    call = of("".join(f"13/03/26, {t} - {n}: m{i}\n" for i, (t, n) in sent))
    assert said(call) == [("Ana", "m0 m1"), ("Ana", "m2"), ("Ben", "m3")]
    assert [t.start for t in call.turns] == [0.0, 660.0, 660.0]


def test_a_turn_does_not_grow_without_end():
    call = of("".join(f"13/03/26, 14:00 - Ana: {'word ' * 100}\n" for _ in range(10)))
    assert len(call.turns) == 4
    assert max(len(t.text) for t in call.turns) < 2_000


# --- Contacts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "email", "phone"),
    [
        ("my e-mail is t.o@halden.example", "t.o@halden.example", None),
        ("you can reach me at +1 202 555 0143", None, "+12025550143"),
        ("Mi correo es x@halden.example", "x@halden.example", None),
        ("meine Nummer ist +49 151 23456789", None, "+4915123456789"),
        ("here: okafor@halden.example", "okafor@halden.example", None),
        ("ask billing@halden.example about it", None, None),
        ("our supplier is on +1 202 555 0143", None, None),
        ("my number of vans is 1202555014", None, None),
        ("my e-mail is tom@nowhere", None, None),
        ("x" * 600 + " my e-mail is tom@halden.example", None, None),
    ],
)
def test_contacts_are_those_that_somebody_writes_as_their_own(text, email, phone):
    found = own_contacts([("Tom Okafor", text)]).get("Tom Okafor", Contact())
    assert (found.email, found.phone) == (email, phone)


def test_a_bare_address_counts_as_an_answer_and_of_two_people_to_neither():
    asked = [("Ana", "What is your best e-mail?"), ("Tom", "a.b@halden.example")]
    assert own_contacts(asked)["Tom"] == Contact(email="a.b@halden.example")
    assert own_contacts([("Ana", "Nice weather"), asked[1]])["Tom"] == Contact()
    both = [("Tom", "my e-mail is a.b@halden.example"), ("Ana", "my e-mail is a.b@halden.example")]
    assert {c.email for c in own_contacts(both).values()} == {None}


def test_a_number_without_a_country_is_of_that_of_those_who_are_called_by_theirs():
    chat = [("+1 202 555 0143", "hi"), ("Tom", "my cell is (202) 555-0188")]
    assert own_contacts(chat)["Tom"].phone == "+12025550188"
    assert own_contacts([("Ana", "hi"), chat[1]])["Tom"].phone is None


def test_a_name_that_is_a_number():
    assert phone_of_name("+44 7700 900123") == "+447700900123"
    assert [phone_of_name(n) for n in ("Ana", "+1", "12345678", "+", "+12 345 578")] == [None] * 5


# --- Signal, Telegram, Messenger, Slack -------------------------------------------------------------


def test_signal_without_quotes_and_reactions():
    assert said(fixture("signal/chat.txt")) == [
        ("Ruth Abara", "Hello! We run thirty vans. Who would set it up?"),
        ("Me", "We would, in a week. It is in the price."),
        ("Ruth Abara", "Good. Call me on +1 202 555 0143"),
    ]
    assert fixture("signal/chat.txt").participants[0].phone == "+12025550143"


def test_telegram():
    call = fixture("telegram/single.json")
    assert said(call) == [
        ("Ruth Abara", "We have forty thousand for it, see https://abara-haulage.example"),
        (None, "From an account that is gone"),
        ("Ines Duarte", "And who signs?"),
        (None, "They say it is too dear"),
        ("Ruth Abara", "I do."),
    ]
    assert (call.date, call.turns[-1].start) == (dt.date(2026, 3, 12), 470.0)


def test_telegram_of_all_chats_knows_numbers_and_old_exports_have_no_seconds_since_1970():
    call = fixture("telegram/one-of-all.json")
    assert {p.name: p.phone for p in call.participants} == {
        "Ruth Abara": "+12025550143", "Ines Duarte": "+12025550188",
    }  # fmt: skip
    old = {"messages": [{"type": "message", "date": "2019-03-12T09:00:00", "from": "Ana", "text": "Hi"}]}
    assert of(json.dumps(old), "a.json").date == dt.date(2019, 3, 12)


def test_telegrams_page_reads_like_its_json():
    call = fixture("telegram-html/messages.html")
    assert [(t.speaker, t.start, t.text) for t in call.turns] == [
        ("Ruth Abara", 0.0, "We have forty thousand & no more. This year."),
        ("Ruth Abara", 900.0, "It must run by June."),
        ("Ines Duarte", 950.0, "Who signs?"),
    ]


def test_messenger_is_turned_round_mended_and_without_reactions():
    call = fixture("messenger/message_1.json")
    assert said(call) == [
        ("Zoë Müller", "Was kostet die Kasse? Über 2.000 € geht nicht"),
        ("Ines Duarte", "Wie viele Kassen?"),
        ("Zoë Müller", "Ja, für zwei Cafés – bis Juni"),
    ]
    assert [p.name for p in call.participants] == ["Zoë Müller", "Ines Duarte"]


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")), min_size=1))
def test_text_is_mended_only_where_it_was_broken(text):
    def read(content: str) -> str:
        messages = [{"sender_name": "Ana", "timestamp_ms": 1773306600000, "content": content}]
        return of(json.dumps({"messages": messages}), "a.json").turns[0].text

    broken = text.encode().decode("latin-1")
    assert read(f"– {text}") == f"– {text}"
    assert read(f"x{broken}") == f"x{text}"


def test_slack_answers_stand_below_what_they_answer():
    call = fixture("slack/conversation.json")
    assert [(t.speaker, t.start, t.text) for t in call.turns] == [
        ("Ruth Abara", 0.0, "We lose two vans a day & nobody knows why"),
        ("Ines Duarte", 1000.0, "@Ruth Abara how many vans in all?"),
        ("Ines Duarte", 900.0, "Unrelated: see the plans"),
    ]
    assert [p.title for p in call.participants] == ["Head of Dispatch", "Account Executive"]
    assert fixture("slack/2026-03-12.json").speakers() == ("Ruth Abara", "Ines Duarte")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<https://a.example|the plan>", "the plan"), ("<https://a.example>", "https://a.example"),
        ("<mailto:t@a.example|t@a.example>", "t@a.example"), ("<!here> hi", "@here hi"),
        ("<#C1|dispatch>", "#dispatch"), ("<@U9>", "@somebody"), ("a &lt;b&gt; &amp;", "a <b> &"),
    ],
)  # fmt: skip
def test_slacks_markup(written, shown):
    message = {"type": "message", "user": "U1", "ts": "1773306000.000100", "text": written}
    assert of(json.dumps([message]), "a.json").turns[0].text == shown


@pytest.mark.parametrize("key", ["subtype", "user", "ts", "thread_ts", "bot_id", "text"])
@pytest.mark.parametrize("value", [[], ["file_share"], {}, {"a": 1}])
def test_a_message_of_slacks_with_something_else_in_a_place_is_borne(key, value):
    good = {"type": "message", "user": "U1", "ts": "1773306000.000100", "text": "Forty thousand."}
    call = of(json.dumps([good, {**good, "text": "And more.", key: value}]), "a.json")
    assert call.turns[0].text.startswith("Forty thousand.")


@pytest.mark.parametrize(
    "none", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-10:00", "0001-01-01 10:00"]
)
def test_a_date_that_programs_write_for_none_is_none(none):
    found, guess = timestamps([none, "2026-03-12T09:00:00+00:00", "2026-03-12T09:00:00-09:00"])
    assert found == [None, dt.datetime(2026, 3, 12, 9), dt.datetime(2026, 3, 12, 18)]
    assert guess is None


# --- Tables -----------------------------------------------------------------------------------------


def test_a_web_chat_tells_sides_and_contacts():
    call = fixture("web-chat/export.csv")
    assert [(t.speaker, t.side, t.text) for t in call.turns] == [
        ("Ruth Abara", "buyer", "Hi, do you do dispatch boards?"),
        ("Tally", "seller", "Someone will be with you."),
        ("Ines Duarte", "seller", "We do. How many vans?"),
        ("Ruth Abara", "buyer", "Thirty. And forty thousand for it."),
    ]
    assert call.sides_from == "file"
    assert call.participants[0].email == "ruth@abara-haulage.example"
    assert fixture("web-chat/semicolons.csv").date == dt.date(2026, 3, 25)


@pytest.mark.parametrize("head", ["name,joined,left", "time,speaker,sentence", "message", "text,label", ""])
def test_other_tables_are_no_chats(head):
    rows = f"{head}\n1,2,3\n"
    assert webchat.recognise(Content("a.csv", rows.encode())) is None
    assert webchat.recognise(Content("a.csv", b"time,sender,message\n1,2,3\n"))


@pytest.mark.parametrize(
    "written",
    ["2026-03-12 10:15:00", "2026-03-12T10:15:00Z", "2026-03-12 10:15:00 UTC", "1773310500", "1773310500000",
     "12.03.2026 10:15", "25/03/2026 10:15", "March 12, 2026 10:15 AM", "12 Mar 2026, 10:15"],
)  # fmt: skip
def test_time_stamps_of_tables(written):
    [found], _ = timestamps([written])
    day = 25 if written.startswith("25") else 12
    assert found == dt.datetime(2026, 3, day, 10, 15)


def test_time_stamps_in_several_zones_are_in_that_of_the_first():
    found, _ = timestamps(["2026-03-12T10:00:00+01:00", "2026-03-12T10:00:00Z", "nonsense"])
    assert found == [dt.datetime(2026, 3, 12, 10), dt.datetime(2026, 3, 12, 11), None]


# --- Properties -------------------------------------------------------------------------------------

_names = st.sampled_from(["Ana Ruiz", "李雷", "+1 202 555 0143", "Zoë 🚚", "kingy_sigp"])
_words = st.text(st.characters(categories=("L", "Nd")), min_size=1, max_size=12)
_chat = st.lists(st.tuples(_names, st.integers(6, 600), st.lists(_words, min_size=2, max_size=5)), min_size=2)


@settings(max_examples=60)
@given(_chat, st.sampled_from(["{:%d/%m/%Y, %H:%M} - {}: {}", "[{:%d.%m.%y, %H:%M:%S}] {}: {}"]))
def test_a_chat_that_is_written_is_read_back(chat, shape):
    at = dt.datetime(2026, 3, 20, 8)
    lines, expected = [], []
    for name, minutes, words in chat:
        at += dt.timedelta(minutes=minutes)
        # A first word that is no notice of the app's.
        text = " ".join(["so", *words])
        lines.append(shape.format(at, name, text))
        expected.append((name, text, at))
    call = of("\n".join(lines))
    assert said(call) == [(n, t) for n, t, _ in expected]
    assert [t.start for t in call.turns] == [(a - expected[0][2]).total_seconds() for *_, a in expected]
    assert call.date == at.date()


_pieces = st.sampled_from(
    ["12/03/26, 14:08 - ", "[2026-03-12, 14:08] ", "Ana: ", "Ben", ": ", "\n", "<", ">", "\u200e", "\u202f",
     "0/0/0", "time,sender,message\n", '"', ",", ";", '{"messages": [',
     '{"sender_name": "A", "timestamp_ms": ',
     '{"type": "message", "user": "U", "ts": "1.2", "text": ', "1e400", "null",
     '{"date_unixtime": "9e99", "from": ',
     '"x"', "}", "]", "9" * 20, '<div class="message default">', '<div class="from_name">', "</div>",
     '<div class="pull_right date details" title="1.1.1 1:1">', '<div class="text">', "&#", "99/99/9999"]
)  # fmt: skip


@settings(max_examples=150)
@given(
    st.lists(st.one_of(_pieces, st.text(max_size=6)), max_size=25),
    st.sampled_from(["a.txt", "a.csv", "a.json"]),
)
def test_any_mixture_is_read_or_refused(pieces, name):
    try:
        call = read_bytes("".join(pieces).encode("utf-8", "replace"), name)
    except InputError:
        return
    assert all(t.text == " ".join(t.text.split()) != "" for t in call.turns)
    assert call.model_dump_json()


_json = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("1773306000.1")
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                "messages sender_name timestamp_ms content from text type date date_unixtime user ts users "
                "profile real_name id chats list participants senderName timestamp thread_ts name".split()
            ),
            inner,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(
    _json,
    st.sampled_from(["sender_name timestamp_ms", "from text date", "user ts text", "date_unixtime"]),
)
def test_any_json_is_read_or_refused(value, keys):
    message = dict.fromkeys(keys.split(), value)
    for whole in ({"messages": [message, value]}, [message], {"chats": {"list": [{"messages": [message]}]}}):
        try:
            assert read_bytes(json.dumps(whole).encode(), "a.json").turns
        except InputError:
            continue


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"1/2/22, 3:04 - N{i}: x: y: z\n" for i in range(5_000)),
        ("1/2/22, 3:04 - Ana: my mail is " + "a@b.c " * 80 + "\n") * 600,
        ("1/2/22, 3:04 - Ana: my number is " + "+1 202 555 01 " * 30 + "\n") * 700,
        "1/2/22, 3:04 - Ana: x\n" + "y\n" * 150_000,
        ("1/2/22, 3:04 - Ana: " + "<edited " * 100 + "\n") * 350,
        ("1/2/22, 3:04 - " + ": " * 400 + "\n") * 350,
        ("[2026-03-12, 14:08] A: " + "![x](" * 150 + "(- " * 80 + "\n") * 300,
        '<div class="message default"><div class="from_name">' + "<!--<" * 60_000,
        "time,sender,message\n" + ("2026-03-12 10:00,a," + "<a" * 15_000 + "\n") * 10,
        json.dumps([{"type": "message", "user": "U1", "ts": "1773306000.1", "text": "<a" * 150_000}]),
        json.dumps({"messages": [{"sender_name": "a", "timestamp_ms": 1, "content": "sent " * 60_000}]}),
    ],
    ids=range(11),
)
def test_hostile_chats_take_time_in_proportion(text):
    """150 to 300 kB in seconds, on a busy machine, too; backtracking takes minutes."""
    started = time.process_time()
    with contextlib.suppress(InputError):
        read_bytes(text.encode(), "a.txt" if text[0] != "<" else "a.html")
    assert time.process_time() - started < 8
