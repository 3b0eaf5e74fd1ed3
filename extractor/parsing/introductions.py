"""Whose job title is whose: people introduce themselves and one another, and are spoken of as "she"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from extractor.parsing.spans import sentence_at
from extractor.parsing.titles import LEVELS, Title, find_own_titles, find_titles, is_done, is_plural, is_vague
from extractor.patterns import regex
from extractor.transcript import Turn


class Said(IntEnum):
    """How a title was tied to a person, the surest first."""

    BY_THEMSELF = 0
    BY_NAME = 1
    TO_THEM = 2
    BY_PRONOUN = 3


@dataclass(frozen=True)
class Introduction:
    """A title that someone has, told in `turn` (counted from 0)."""

    name: str
    title: Title
    turn: int
    said: Said


_SMALL = (
    r"(?:who|whom|is|was|['’]s|as|our|the|a|an|here|she|he|they|also|now|my|your|their|and|been|are|that|"
    r"this|uh|um|with|us|we|ve|met|you|re|still|both|will|be|always|,|\s|['’])*"
)
_PRONOUN = regex(
    rf"(?<!\w)(?:she|he|they)(?:['’]?\s?s|['’]re|\s+is|\s+are|\s+was\s+made)\s+{_SMALL}$"
    r"|(?<!\w)(?:she|he)(?:['’]?\s?s)?\b[^.?!]*[.?!]\s+(?:our|my)\s+$",
    re.IGNORECASE,
)
_YOU = regex(
    r"(?<!\w)(?:you['’]?re|you\s+are|your\s+(?:role|title|job)\s+(?:is|was)|and\s+you['’]?re|"
    r"you\s+(?:(?:down|on|in|listed|here|there)\s+){0,3}as)\s+(?:still\s+|now\s+)?(?:the\s+|a\s+|an\s+)?$",
    re.IGNORECASE,
)
# What who is told their title answers where it isn't theirs, or no more.
_DENIES = regex(r"\W*(?:(?:oh|well|um|uh|ah|er|ha)\W+)*(?:no|nope|not|was|used to)\b", re.IGNORECASE)
# "Director of Estates, it said at the bottom of your e-mail?"
_YOURS_SAYS = regex(
    r",?\s+(?:I think |I believe )?(?:it|that) (?:said|says|was|is)\b[^.?!]{0,40}\byour\b", re.IGNORECASE
)
# Somebody who is not named, and words of a sentence, not its first, that begin as names do.
_ANOTHER = regex(
    r"(?<!\w)(?i:(?:my|our|the|his|her|their)\s+(?:boss|chief|brother|sister|father|mother|dad|mum|mom|husband|"
    r"wife|son|daughter|partner|colleague|board|committee|family)|mr|mrs|ms|dr|herr|frau)(?!\w)"
    r"|(?<=[\w,;]\s)(?!I(?:['’]|\b))[A-Z][\w'’-]+"
)
# What somebody is asked who answers with a title; and where the title is another's.
_ASKS_TITLE = regex(
    r"\b(?:role|title|position|your job|you do|you are|you['’]?re|who am I|put you|(?:have|['’]ve|got) you|"
    r"card)\b",
    re.IGNORECASE,
)
_ASKS_WHO = regex(
    r"\b(?:who else|who(?:['’]s(?! who)| is| signs| would| decides| has)|whose|boss|above you|approv\w+)\b",
    re.IGNORECASE,
)
_BEGINS = regex(r"\W*(?:(?:yes|yeah|well|so|sorry|um|uh|oh|ha|it['’]s|the)\W+)*", re.IGNORECASE)
# "She" is someone who was named in the same turn or this many turns before it.
_REACH = 1
_HONORIFIC = r"(?:(?:mrs?|ms|miss|dr|madam|mevrouw|herr|frau|signora?)\.?\s+)?"
# Letters between a name and the title beside it: "Koen should join us later, our finance director".
_BETWEEN = 40
# Letters before a title in which its owner is looked for.
_NEAR = 120


def introductions(turns: Sequence[Turn], people: Sequence[str]) -> list[Introduction]:
    """Every title in the call that can be tied to one of `people`, in the order of the call.

    Args:
        turns: the call.
        people: speakers' names as the transcript has them.
    """
    found: list[Introduction] = []
    for n, turn in enumerate(turns):
        own = {t.start for t in find_own_titles(turn.text)} if turn.speaker in people else set()
        for title in find_titles(turn.text):
            signed = _after_name(title, turn.speaker) if turn.speaker in people and turn.speaker else None
            if turn.speaker and (
                signed
                or title.start in own
                or _signs_on(turn, title, people)
                or _answers(turns, n, title, people)
            ):
                found.append(Introduction(turn.speaker, signed or title, n, Said.BY_THEMSELF))
            elif told := _about_another(turns, n, title, people):
                found.append(told)
    return found


def is_meant(turns: Sequence[Turn], n: int, at: int, name: str, told: Sequence[Introduction]) -> bool:
    """Whether a "he" or "she" is `name`: mentioned shortly before, and nobody else since.

    Args:
        turns: the call.
        n: the turn with the pronoun, counted from 0.
        at: where in it the pronoun stands.
        name: a speaker's, as the transcript has it.
        told: how the call introduces that speaker.
    """
    text = turns[n].text
    whom = _mentioned(text[:at], name, [i.title.start for i in told if i.turn == n])
    # "He" at the beginning of an answer is who was asked about.
    if whom is None and n and not sentence_at(text, at, at + 1)[0]:
        whom = _mentioned(turns[n - 1].text, name, [i.title.start for i in told if i.turn == n - 1])
    return whom == name


def best(told: Sequence[Introduction]) -> Introduction | None:
    """The surest of what was told of one person, then the highest rank."""
    def order(i: Introduction) -> tuple[bool, bool, int, bool, int, int]:
        # A title that is named, and of one person alone, counts more.
        rank = LEVELS.index(i.title.level or "individual")
        shared = i.title.level != "executive" and is_plural(i.title)
        return is_vague(i.title), shared, i.said, is_done(i.title), rank, i.turn

    return min(told, key=order, default=None)


def _signs_on(turn: Turn, title: Title, people: Sequence[str]) -> bool:
    """Whether the speaker tells name and title: "Tamika Rollins, VP of engineering"."""
    if turn.speaker not in people or not turn.speaker:
        return False
    left = turn.text[max(0, title.start - _NEAR) : title.start]
    return any(
        re.search(rf"(?<!\w){part}(?:\s+[\w'’-]+)?\s*[,.]?\s+(?:the\s+|a\s+)?$", left, re.IGNORECASE)
        for part in _parts(turn.speaker)
    )


def _after_name(title: Title, name: str) -> Title | None:
    """What follows the speaker's own name where that was taken for a part of the title."""
    for part in _parts(name):
        if m := re.match(rf"(?:.*\W)?(?i:{part})\W+(?:[A-Z][\w'’-]*\W+)?(?=\w)", title.text):
            return replace(title, start=title.start + m.end(), text=title.text[m.end() :])
    return None


def _answers(turns: Sequence[Turn], n: int, title: Title, people: Sequence[str]) -> bool:
    """Whether a turn begins with a title because its speaker was asked for it."""
    if not n or turns[n].speaker not in people or turns[n - 1].speaker in people:
        return False
    begins = _BEGINS.fullmatch(turns[n].text, 0, title.start)
    asked = turns[n - 1].text[-_NEAR:]
    return begins is not None and _ASKS_TITLE.search(asked) is not None and not _ASKS_WHO.search(asked)


def _about_another(turns: Sequence[Turn], n: int, title: Title, people: Sequence[str]) -> Introduction | None:
    turn = turns[n]
    others = [p for p in people if p != turn.speaker]
    left, right = turn.text[max(0, title.start - _NEAR) : title.start], turn.text[title.end :]
    for name in others:
        for part in _parts(name):
            before = re.search(rf"(?<!\w){part}(?!\w)['’]?s?\s*,?{_SMALL}$", left, re.IGNORECASE)
            apart = rf"(?<!\w){part}(?!\w)[^.?!,]{{0,{_BETWEEN}}},\s*(?:our|my|the|their)\s+$"
            beside = re.search(apart, left, re.IGNORECASE)
            after = re.match(rf"\s*,?\s+{_HONORIFIC}{part}(?!\w)(?!['’]s\b)", right, re.IGNORECASE)
            if before or beside or after:
                return Introduction(name, title, n, Said.BY_NAME)
    if (_YOU.search(left) or _YOURS_SAYS.match(right)) and turn.speaker not in people:
        near = _nearest_speaker(turns, n, others)
        denied = n + 1 < len(turns) and turns[n + 1].speaker == near and _DENIES.match(turns[n + 1].text)
        return Introduction(near, title, n, Said.TO_THEM) if near and not denied else None
    if _PRONOUN.search(left):
        named = _last_named(turns, n, left, others)
        return Introduction(named, title, n, Said.BY_PRONOUN) if named else None
    return None


def _mentioned(text: str, name: str, own_titles: Sequence[int]) -> str | None:
    """Who is mentioned last near the end of `text`: `name`, "" for anybody else, None for nobody.

    A title is a mention of `name` where it stands at one of `own_titles`.
    """
    named = [m.span() for p in _parts(name) for m in re.finditer(rf"(?<!\w){p}(?!\w)", text, re.IGNORECASE)]
    titles = [(t.start, name if t.start in own_titles else "") for t in find_titles(text)]
    others = [(m.start(), "") for m in _ANOTHER.finditer(text) if not _inside(m, named)]
    mentions = [*((start, name) for start, _ in named), *titles, *others]
    near = len(text) - _NEAR
    return max((m for m in mentions if m[0] >= near), default=(0, None))[1]


def _inside(m: re.Match[str], spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= m.start() < end for start, end in spans)


def _parts(name: str) -> list[str]:
    """The name and, where it has several words, its first and its last."""
    words = [w for w in re.findall(r"[\w'’-]+", name) if len(w) > 2]
    return [re.escape(w) for w in dict.fromkeys([name, *words[:1], *words[-1:]]) if not w.isdigit()]


def _nearest_speaker(turns: Sequence[Turn], n: int, people: Sequence[str]) -> str | None:
    near = (*reversed(turns[max(0, n - 2) : n]), *turns[n + 1 : n + 2])
    return next((t.speaker for t in near if t.speaker in people), None)


def _last_named(turns: Sequence[Turn], n: int, left: str, people: Sequence[str]) -> str | None:
    """Who was named last before `left` ends, in this turn or the one before it."""
    for text in (left, *(t.text for t in reversed(turns[max(0, n - _REACH) : n]))):
        places = [
            (m.start(), name)
            for name in people
            for part in _parts(name)
            for m in re.finditer(rf"(?<!\w){part}(?!\w)", text, re.IGNORECASE)
        ]
        if places:
            return max(places)[1]
    return None
