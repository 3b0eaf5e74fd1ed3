"""What leaves the machine holds no address and no number of a person; what comes back is whole again."""

from __future__ import annotations

import random
import re
import string
import time
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from invented import record, stated
from ruamel.yaml import YAML

from extractor.parsing.identifiers import find_identifiers
from extractor.record import Conflict, Evidence, Record
from extractor.redaction import Redacted, redact
from extractor.transcript import Participant, Transcript, Turn

LABELS = Path(__file__).parent.parent / "eval" / "train"


def call(*texts: str, speaker: str | None = "Tom", **parts: Any) -> Transcript:
    return Transcript(turns=tuple(Turn(speaker=speaker, side="buyer", text=t) for t in texts), **parts)


def sent(*texts: str) -> list[str]:
    return [t.text for t in redact(call(*texts)).transcript.turns]


# --- what is found


@pytest.mark.parametrize(
    ("said", "redacted"),
    [
        ("Write to tom.okafor+crm@halden-freight.co.uk, please.", "Write to [email1], please."),
        ("mailto:a@b.io; <Ana@x.example>", "mailto:[email1]; <[email2]>"),
        ('or "john doe"@x.org or müller@bücher.de.', "or [email1] or [email2]."),
        ("it's ...tom@crm.local here", "it's ...[email1] here"),
        ("it's tom at halden dot com, right?", "it's [email1], right?"),
        ("Tom dot Okafor at Halden Freight dot co dot uk", "[email1]"),
        ("that's t o m underscore b, at halden, dot com okay", "that's [email1] okay"),
        ("it's sales at halden.com", "it's [email1]"),
    ],
)
def test_email_addresses_go_written_and_spoken(said: str, redacted: str) -> None:
    assert sent(said) == [redacted]


@pytest.mark.parametrize(
    "number",
    [
        "+1 415 555 0100", "+44 7700 900123", "+39 333 123 456", "0044 20 7946 0018", "(415) 555-0100",
        "415-555-0100", "415.555.0100", "415 555 0100", "1-800-555-0199", "4155550100", "9876543210",
        "07700 900123", "020 7946 0018", "(0171) 1234567", "030/1234567", "06 12 34 56 78",
        "+1\u00a0(415)\u00a0555\u20110100", "four one five, five five five, zero one zero zero",
        "four, one, five, five, five, five, zero, one, zero, zero", "oh double seven oh oh nine triple two",
        "٠٧٧٠٠ ٩٠٠١٢٣", "4 1 5 5 5 5 0 1 0 0", "415 five five five 0 1 0 0", "four one five 555 0100",
    ],
)  # fmt: skip
def test_telephone_numbers_go_written_and_spoken(number: str) -> None:
    assert sent(f"Sure, {number} is best, by 2027.") == ["Sure, [phone1] is best, by 2027."]


@pytest.mark.parametrize(
    ("said", "redacted"),
    [
        ("my mobile is 612 345 678", "my mobile is [phone1]"),
        ("my cell's 555-0100", "my cell's [phone1]"),
        ("Phone: 9123 4567.", "Phone: [phone1]."),
        ("call me at 5550100 then", "call me at [phone1] then"),
        ("we have 555-0100 of them", "we have 555-0100 of them"),
    ],
)
def test_a_short_number_is_a_telephones_only_where_words_say_so(said: str, redacted: str) -> None:
    assert sent(said) == [redacted]


@pytest.mark.parametrize(
    ("said", "redacted"),
    [
        ("oh one six one four nine six 70 tops", "[phone1] 70 tops"),
        ("in 2026 four one five five five five zero one zero zero", "in 2026 [phone1]"),
        ("415-555-0100 2026-03-12", "[phone1] 2026-03-12"),
        ("70,000 415-555-0100", "70,000 [phone1]"),
    ],
)
def test_a_telephone_number_ends_where_another_begins(said: str, redacted: str) -> None:
    assert sent(said) == [redacted]


@pytest.mark.parametrize(
    ("said", "redacted"),
    [
        ("card 4111 1111 1111 1111 12/27", "card [card1] 12/27"),
        ("5500005555555559 or 3782-822463-10005", "[card1] or [card2]"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("the card number is 4111 1111 1111 1112", "the card number is [card1]"),
        ("four " + "one " * 15, "[card1] "),
        ("DE89 3704 0044 0532 0130 00 and", "[account1] and"),
        ("GB82WEST12345698765432", "[account1]"),
        ("DE89 3704 0044 0532 0130 01", "DE89 3704 0044 0532 0130 01"),
        ("it's 123-45-6789", "it's [ssn1]"),
        ("my social is 123 45 6789", "my social is [ssn1]"),
        ("parts 123 45 6789", "parts 123 45 6789"),
        ("account number 12345678, routing 021000021", "account number [account1], routing [account2]"),
        ("the sort code is 20-00-00", "the sort code is [account1]"),
        ("account number is one two two three four four five", "account number is [account1]"),
        ("my social, one two two three four four five", "my social, [phone1]"),
        ("the account number is 120000 dollars", "the account number is 120000 dollars"),
        ("4242 4242 4242 4242 4242", "[card1] 4242"),
        ("account 12345678 is ours", "account 12345678 is ours"),
    ],
)
def test_cards_and_accounts_go_by_checksum_or_by_name(said: str, redacted: str) -> None:
    assert sent(said) == [redacted]


# --- what is not

KEPT = [
    "70,000", "1.200.000", "1 200 000 and 70 000 000", "1'200'000 francs", "$4155550100",
    "415 555 0100 dollars", "+70 000 000", "+4155550100 euros", "between 50 000 - 100 000", "50.000-100.000",
    "12 045 678-87 654 321", "500-12 045 678", "60000-80000", "1500000-2000000", "250 300 4000",
    "450, 500, 5500", "call me at 1200000", "the phone budget is 1250000", "mobile: 120 200 000",
    "2026-03-12",
    "03/12/2026 14:30", "12.03.2026", "2024 2025 2026 2027", "0.5 1.5 2.25 3.75", "0.123456789",
    "version 10.0.19041.1234", "192.168.100.200", "order #4155550100", "5500 0000 0000 0400",
    "one two three four five six seven eight", "one two one two three four thousand", "24/7/365",
    "it's three point one four one five nine two six five", "we gave 5, 4, 4, 3, 5, 5, 4, 5",
    "we looked at acme dot com", "look at hubspot.com", "arrive at noon.in fact", "5@12.50 and @here",
    "12345678 rows", "social 123456", "155 251 4510",
]  # fmt: skip


@pytest.mark.parametrize("said", KEPT)
def test_amounts_dates_and_codes_stay(said: str) -> None:
    assert sent(f"We said {said}, yes.") == [f"We said {said}, yes."]


MARKS = [",", ".", " ", "'", "\u202f", ""]
SENTENCES = [
    "we have {} for this", "the phone system is {}", "budget's {}", "call me, it was {}", "it's at {} a year",
    "my number is {}", "account for {}", "{}, no more", "so {} or {} tops",
]  # fmt: skip


@st.composite
def amounts(draw: st.DrawFn) -> str:
    mark = draw(st.sampled_from(MARKS))
    low, high = sorted(draw(st.tuples(*[st.integers(1, 999_999_999)] * 2)))
    one, other = (f"{n:,}".replace(",", mark) for n in (low, high))
    if draw(st.booleans()):
        one += draw(st.sampled_from([f"-{other}", f" - {other}", f" to {other}", f"–{other}"]))
    before = draw(st.sampled_from(["", "$", "€ ", "£", "USD ", "about "]))
    return before + one + draw(st.sampled_from(["", "k", " dollars", " euros", "%", " people", ".00", "/mo"]))


def dates() -> st.SearchStrategy[str]:
    forms = "%Y-%m-%d|%d/%m/%Y|%m/%d/%y|%d.%m.%Y|%B %d, %Y|%d %b %Y|%Y-%m-%d %H:%M|%Y/%m/%d".split("|")
    return st.builds(lambda day, form: day.strftime(form), st.datetimes(), st.sampled_from(forms))


@given(st.lists(st.tuples(st.sampled_from(SENTENCES), amounts() | dates()), min_size=1, max_size=3))
@settings(deadline=None)
@example([("the phone system is {}", "612 345 678")])
def test_no_amount_and_no_date_is_ever_taken(said: list[tuple[str, str]]) -> None:
    text = ", ".join(sentence.format(what, what) for sentence, what in said)

    assert sent(text) == [text]


def test_no_words_that_prove_a_label_are_taken() -> None:
    yaml = YAML(typ="safe")
    quotes = [q for file in sorted(LABELS.rglob("*.gold.yaml")) for q in evidence_of(yaml.load(file))]

    assert len(quotes) > 500
    assert [q for q in quotes if find_identifiers(q)] == []


def evidence_of(label: Any) -> list[str]:
    if isinstance(label, list):
        return [q for part in label for q in evidence_of(part)]
    if not isinstance(label, dict):
        return []
    return [q for k, part in label.items() for q in (part if k == "evidence" else evidence_of(part))]


# --- placeholders


def test_one_writing_has_one_placeholder_wherever_it_stands() -> None:
    people = (
        Participant(name="tom@halden.com", title="of tom@halden.com", email="tom@halden.com", side="buyer"),
        Participant(name="+44 7700 900123", phone="ext. 7", company="Halden"),
    )
    turns = (
        Turn(speaker="tom@halden.com", text="It's ana@halden.com"),
        Turn(speaker="+44 7700 900123", text="ana@halden.com, +44 7700 900123, tom@halden.com"),
        Turn(speaker="5550100", text="yes"),
    )
    transcript = redact(Transcript(turns=turns, participants=people)).transcript

    assert [(t.speaker, t.text) for t in transcript.turns] == [
        ("[email1]", "It's [email2]"),
        ("[phone2]", "[email2], [phone2], [email1]"),
        ("[phone3]", "yes"),
    ]
    assert transcript.participants == (
        Participant(name="[email1]", title="of [email1]", email="[email1]", side="buyer"),
        Participant(name="[phone2]", phone="[phone1]", company="Halden"),
    )


def test_a_number_read_back_without_its_name_goes_too_but_not_as_an_amount() -> None:
    others = "$12345678 and 123456789 and x12345678"

    assert sent("account number 12345678", "so 12345678, got it", others) == [
        "account number [account1]", "so [account1], got it", others,
    ]  # fmt: skip


def test_what_looks_like_a_placeholder_in_the_call_is_left_alone() -> None:
    redacted = redact(call("[email1] and [Phone 2], tom@halden.com", "415-555-0100 or 415-555-0199"))

    assert [t.text for t in redacted.transcript.turns] == [
        "[email1] and [Phone 2], [email2]", "[phone1] or [phone3]",
    ]  # fmt: skip
    assert redacted.restore_text("[email1] [phone 2] [Email 2]") == "[email1] [phone 2] tom@halden.com"


def test_a_call_with_nothing_in_it_is_sent_as_it_is() -> None:
    plain = call("Hello there.", "", participants=(Participant(name="Tom"),), warnings=("odd",))

    assert redact(plain).transcript == plain


def test_what_was_taken_out_is_in_no_text_of_the_object() -> None:
    text = repr(redact(call("tom@halden.com", "415-555-0100")))

    assert "halden" not in text
    assert "0100" not in text


# --- and back


def answered(redacted: Redacted, *spans: tuple[int, int, int], **value: Any) -> Record:
    """The record that a model's answers on the redacted call became."""
    proof = [Evidence.at(redacted.transcript, *span) for span in spans]
    field = stated("department_head", 20, 25, value)
    field.evidence.extend(proof)
    field.conflicts.append(Conflict(option=None, value=dict(value), evidence=proof))
    if "items" in value:
        value["items"][0]["evidence"] = [e.model_dump() for e in proof]
    return record().model_copy(
        update={
            "fields": {"authority": field},
            "participants": list(redacted.transcript.participants),
            "warnings": ["see [email1]"],
        }
    )


def test_a_record_comes_back_as_one_of_the_original_call() -> None:
    people = (Participant(name="Ana", email="ana@halden.com", phone="+44 7700 900123"),)
    said = "Ask ana@halden.com or 415-555-0100, she signs."
    original = call("hi", said, speaker="+39 333 123 456", participants=people)
    redacted = redact(original)
    text = redacted.transcript.turns[1].text
    name, after_it = (1, text.index("email"), text.index("email") + 2), (1, text.index(" or"), len(text))

    before = answered(
        redacted, name, after_it,
        contact="[phone2]", decision_makers=["[email1]", "Ana"], items=[{"text": "ask [Email 1]"}],
    )  # fmt: skip
    after = redacted.restore_record(before)
    field = after.fields["authority"]

    for proof in (field.evidence[-2:], field.conflicts[0].evidence):
        assert [(e.quote, e.char_start, e.char_end) for e in proof] == [
            ("ana@halden.com", 4, 18), (" or 415-555-0100, she signs.", 18, len(said)),
        ]  # fmt: skip
        assert {e.speaker for e in proof} == {"+39 333 123 456"}
    assert field.value is not None
    assert field.value["contact"] == "+39 333 123 456"
    assert field.value["decision_makers"] == ["ana@halden.com", "Ana"]
    assert field.value["items"][0]["text"] == "ask ana@halden.com"
    assert field.value["items"][0]["evidence"] == [e.model_dump() for e in field.evidence[-2:]]
    assert after.participants == list(people)
    assert after.warnings == ["see [email1]"]
    assert after.model_dump(exclude={"fields", "participants"}) == before.model_dump(
        exclude={"fields", "participants"}
    )


def luhn(number: str) -> str:
    for check in string.digits:
        digits = [int(c) for c in reversed(number + check)]
        if (sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])) % 10 == 0:
            return number + check
    raise AssertionError


def iban(country: str, account: str) -> str:
    number = int("".join(str(int(c, 36)) for c in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02}{account}"


def in_fours(number: str) -> str:
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


DIGITS = "zero one two three four five six seven eight nine".split()
HOSTS = st.from_regex(r"[a-z][a-z0-9]{2,8}", fullmatch=True)
REGIONS = ["US", "GB", "DE", "FR", "IN", "BR", "AU", "NG", "JP", "IT", "SG", "PL"]
EMAILS = st.builds(
    "{}{}{}@{}.{}".format, HOSTS, st.sampled_from([".", "_", "+", "-", ""]), HOSTS, HOSTS,
    st.sampled_from(["com", "co.uk", "de", "io", "local"]),
)  # fmt: skip
PHONES = st.builds(
    lambda region, kind, form: phonenumbers.format_number(
        phonenumbers.example_number_for_type(region, kind), form
    ),
    st.sampled_from(REGIONS),
    st.sampled_from([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]),
    st.sampled_from([phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.E164]),
)
VALUES = st.one_of(
    EMAILS,
    st.builds("{} at {} dot com".format, HOSTS.map("x{}".format), HOSTS),
    PHONES,
    st.lists(st.sampled_from(DIGITS), min_size=10, max_size=10).map(" ".join),
    st.from_regex(r"4\d{14}", fullmatch=True).map(luhn).flatmap(lambda n: st.sampled_from([n, in_fours(n)])),
    st.from_regex(r"[1-9]\d{17}", fullmatch=True).map(lambda n: in_fours(iban("DE", n))),
    st.from_regex(r"[1-5]\d\d-[1-9]\d-[1-9]\d{3}", fullmatch=True),
)
CHAT = st.sampled_from(
    ["so,", "we have 70,000 for it.", "[email1]", "by 2026-03-12;", "—", "ça va?", "[phone", "1]", "\n"]
)
TURNS = st.lists(
    st.lists(st.tuples(VALUES, st.just(True)) | st.tuples(CHAT, st.just(False)), max_size=6),
    min_size=1, max_size=5,
)  # fmt: skip


def around_placeholders(text: str, start: int, end: int) -> str:
    """`text[start:end]`, and the rest of each placeholder in which it begins or ends."""
    for m in re.finditer(r"\[[a-z]+\d+\]", text):
        if m[0] != "[email1]":  # the one that was said
            start = m.start() if m.start() < start < m.end() else start
            end = m.end() if m.start() < end < m.end() else end
    return text[start:end]


@given(TURNS, st.none() | EMAILS | PHONES, st.none() | EMAILS, st.none() | PHONES, st.data())
@settings(deadline=None)
def test_nothing_is_left_and_everything_comes_back(
    turns: list[list[tuple[str, bool]]],
    speaker: str | None,
    email: str | None,
    phone: str | None,
    data: st.DataObject,
) -> None:
    people = (Participant(name=speaker or "Tom", email=email, phone=phone),)
    texts = [" | ".join(said for said, _ in turn) for turn in turns]
    redacted = redact(call("it's [email1]", *texts, speaker=speaker, participants=people))

    left = repr(redacted.transcript)
    values = {said for turn in turns for said, is_value in turn if is_value} | {speaker, email, phone}
    assert [v for v in values if v and v in left] == []
    sent_texts = [t.text for t in redacted.transcript.turns[1:]]
    assert [redacted.restore_text(t) for t in sent_texts] == texts

    n = data.draw(st.integers(0, len(turns) - 1))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(sent_texts[n]))] * 2)))
    answer = answered(redacted, (n + 1, start, end))
    evidence = redacted.restore_record(answer).fields["authority"].evidence[-1]
    assert evidence.quote == texts[n][evidence.char_start : evidence.char_end]
    assert evidence.quote == redacted.restore_text(around_placeholders(sent_texts[n], start, end))
    assert evidence.speaker == speaker


def test_a_long_call_is_read_in_passing() -> None:
    chat = "so we have about seventy thousand for it and tom one two said call on monday dot com".split()
    said = "70,000|415-555-0100|2026-03-12|tom@halden.com|1.200.000|+44 20 7946 0018|0171 1234567".split("|")
    rng = random.Random(1)
    turns = [
        " ".join(rng.choice(said) if rng.random() < 0.01 else rng.choice(chat) for _ in range(100))
        for _ in range(500)
    ]
    started = time.process_time()
    redacted = redact(call(*turns))
    seconds = time.process_time() - started

    assert any("[phone1]" in t.text for t in redacted.transcript.turns)
    assert seconds < 8


@pytest.mark.parametrize("text", ["a-", "a at ", "a@", "t-o-m at b ", "(0", "1 ", "12/", "tel is ", '"a'])
def test_hostile_text_takes_no_time_either(text: str) -> None:
    started = time.process_time()
    redact(call(text * (60_000 // len(text))))

    assert time.process_time() - started < 8
