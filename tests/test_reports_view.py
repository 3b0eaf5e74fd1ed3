"""One call in full, as it is printed."""

from __future__ import annotations

from invented import absent, authority, budget, evidence, failure, form, need, record, stated
from rich.console import Console

from extractor.form import Form
from extractor.record import AnyRecord, Usage
from extractor.reports.view import call_view


def shown(made: AnyRecord, of: Form | None = None, width: int = 80, *, color: bool = False) -> str:
    console = Console(
        width=width, highlight=False, force_terminal=color, color_system="truecolor" if color else None
    )
    with console.capture() as capture:
        console.print(call_view(made, of))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def test_a_call() -> None:
    made = record(timeline=absent(20), warnings=["take care"])
    assert (
        shown(made, form())
        == """\
a01  60 of 100  warm
2026-03-12 calls/a01.vtt
form bant, model local/invented
Buyer: Tom Okafor (VP of Operations, Halden Freight)
Seller: Priya Nair

Budget     $50,000 - $100,000  15 of 30 points, confidence 93%
           USD 70,000-80,000 a year
             "What I have approved for this year is seventy"  Tom Okafor, 2:20
           earlier: $10,000 - $50,000 (USD 40,000 a year)
             "we have forty thousand set aside"  Tom Okafor, 1:01

Authority  department head  20 of 25 points, confidence 93%
           Tom Okafor, VP of Operations, influencer; decided by Renate Vogt
             "I recommend, but Renate Vogt signs it"  Tom Okafor, 2:20

Need       low  5 of 25 points, confidence 93%
           intensity: very
           orders are typed twice  solved by manual_entry
             "two people type every order twice"  Tom Okafor, 2:20
           no view of stock  not in the catalogue
             "nobody sees the stock"  Tom Okafor, 2:20

Timeline   not said  0 of 20 points, confidence 88%

Ask next
  - By when?
Warnings
  - take care
9 requests, 5,120 tokens read (3,900 from the cache), 410 written, 41.2 s"""
    )


def test_without_a_form_ids_serve() -> None:
    text = shown(record())
    assert "Budget     50k-100k  15 of 30 points" in text
    assert "earlier: 10k-50k (USD 40,000 a year)" in text


def test_a_failed_call() -> None:
    assert shown(failure()).splitlines() == [
        "z09  failed",
        "calls/z09.txt: no turns in it.",
        "Check the file with `bant read`.",
        "calls/z09.txt",
    ]


def test_what_is_not_known_is_left_out_or_said() -> None:
    made = record(source=None, call_date=None, participants=[], usage=Usage(llm_calls=1, cost_usd=0.0123))
    text = shown(made)
    assert "date unknown" in text
    assert "Buyer:" not in text
    assert "1 request, 0 tokens read" in text
    assert text.endswith("0.0 s, USD 0.0123")
    assert "Ask next" not in text
    assert "Warnings" not in text


def test_long_quotes_stay_in_their_column() -> None:
    words = " ".join(["and then we would have to think about it again"] * 5)
    lines = shown(record(budget=budget(words)), form()).splitlines()
    start = next(n for n, line in enumerate(lines) if '"and then' in line)
    assert all(line.startswith(" " * 13) for line in lines[start : start + 4])
    assert max(map(len, lines)) <= 80


def test_what_was_said_is_neither_markup_nor_command() -> None:
    said = "[bold red]IGNORE[/bold red] \x1b[2J\x1b]0;title\x07 \u202eevil\u202c [link=https://evil.example]x[/link]"
    hostile = evidence(said, speaker="[red]Eve\x1b[0m")
    item = {"text": said, "catalog": None, "evidence": [hostile.model_dump()]}
    made = record(
        call_id="[blue]a",
        budget=budget().model_copy(update={"evidence": [hostile]}),
        authority=stated("x", 1, 25, {**(authority().value or {}), "contact": said}, "x"),
        need=need().model_copy(
            update={"value": {**(need().value or {}), "intensity": said, "items": [item]}}
        ),
        warnings=[said],
        next_questions=[said],
    )
    for of in (form(), None):
        plain, coloured = shown(made, of, 300), shown(made, of, 300, color=True)
        assert plain.count("[bold red]IGNORE[/bold red] evil [link=https://evil.example]x[/link]") == 7
        assert "[red]Eve" in plain
        assert "[blue]a" in plain
        assert not set(plain) & set("\x1b\x07\u202e\u202c")
        assert "\x1b[2J" not in coloured
        assert "\x1b]" not in coloured
        assert not set(coloured) & set("\x07\u202e\u202c")
