"""The Markdown report says what the records say, and shows what was said as plain text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import absent, budget, failure, form, record

from extractor.reports.markdown import as_markdown, escaped


def test_leads_by_score_then_the_failed_then_each_call() -> None:
    text = as_markdown(
        [record("low", 15, "cold", budget=absent(30)), failure(), record("high", 85, "hot")], form()
    )
    assert "3 calls: 1 hot, 1 cold, 1 failed." in text
    assert "| Score | Tier | Call | Budget | Authority | Need | Timeline | Missing |" in text
    assert "| 85 | hot | high | 50k-100k | department head | low | 1-3 months |  |" in text
    assert "| 15 | cold | low | - | department head | low | 1-3 months | Budget |" in text
    places = [
        text.index(words)
        for words in ("| 85 |", "| 15 |", "- z09 failed: ", "## high: 85, hot", "## low: 15, cold")
    ]
    assert places == sorted(places)


def test_a_call_with_its_quotes() -> None:
    text = as_markdown([record("a01", timeline=absent(20), warnings=["take care"])], form())
    assert "### Budget: \\$50,000 - \\$100,000 (15 of 30 points)\n\nUSD 70,000-80,000 a year\n" in text
    assert '- "What I have approved for this year is seventy" (Tom Okafor, 2:20)' in text
    assert "Earlier: \\$10,000 - \\$50,000 (USD 40,000 a year)" in text
    assert '- "we have forty thousand set aside" (Tom Okafor, 1:01)' in text
    assert "### Timeline: not said (0 of 20 points)" in text
    assert "### Ask next\n\n- By when?" in text
    assert "### Warnings\n\n- take care" in text
    assert "- Buyer: Tom Okafor (VP of Operations, Halden Freight)" in text


def test_without_a_form_ids_serve() -> None:
    text = as_markdown([record()])
    assert "### Budget: 50k-100k (15 of 30 points)" in text


def test_no_calls() -> None:
    assert as_markdown([]) == "# Leads\n\nNo calls.\n"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("![x](https://evil.example)", "!\\[x\\](https\\://evil.example)"),
        ("see www.evil.example", "see www\\.evil.example"),
        ("a | b", "a \\| b"),
        ("**loud** _or_ `code`", "\\*\\*loud\\*\\* \\_or\\_ \\`code\\`"),
        ("Fish & Co &amp;", "Fish &amp; Co &amp;amp;"),
        ("two\n# lines", "two # lines"),
        ("\x1b[31mred", "red"),
        ("it's 5:30, $5", "it's 5:30, \\$5"),
    ],
)
def test_escaping(said: str, shown: str) -> None:
    assert escaped(said) == shown


@given(st.text(max_size=40))
@settings(deadline=None)
def test_nothing_said_makes_a_line_or_a_tag(said: str) -> None:
    plain = as_markdown([record(budget=budget("words"), warnings=["words"])], form())
    hostile = as_markdown([record(budget=budget(said), warnings=[said])], form())
    assert len(hostile.splitlines()) == len(plain.splitlines())
    assert "<" not in hostile
    assert not re.search(r"(?<!\\)(\\\\)*[`\[|]", re.sub(r"^\|.*\|$", "", hostile, flags=re.MULTILINE))
