"""Who decides: the buyer's most senior speaker, that person's title, rank and part in the purchase."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field as Setting
from pydantic import create_model
from rapidfuzz import fuzz, process, utils

from extractor.form import Field, Form
from extractor.kinds.base import Answer, Finding, Kind, Reading, joined, mean_confidence
from extractor.parsing.introductions import Introduction, Said, best, introductions, is_meant
from extractor.parsing.parts import another_decides, part_cued, part_in
from extractor.parsing.shownnames import shown_name
from extractor.parsing.spans import sentence_at
from extractor.parsing.titles import LEVELS, Level, is_done, level_of, owns
from extractor.patterns import regex
from extractor.record import Evidence, FieldResult
from extractor.transcript import Transcript

# Two names mean one person from this similarity on (0 to 100).
_SAME_NAME = 80
_MAX_DECISION_MAKERS = 6
# Parts in a purchase that come with no rank on the buyer's side.
_WITHOUT_RANK = ("end_user", "consultant")
_OUTSIDER = regex(
    r"\bconsultant\b|\b(?:independent|outside|external|freelance)\b.*\b(?:advis[eo]r|contractor)\b",
    re.IGNORECASE,
)
# Letters to either side of a title that its evidence has at most.
_BESIDE = 90


class RoleAnswer(Answer):
    """Who decides, as the model understood it."""

    contact: str | None = Setting(default=None, max_length=100)
    title: str | None = Setting(default=None, max_length=100)
    role: str | None = None
    decision_makers: list[str] = Setting(default_factory=list, max_length=_MAX_DECISION_MAKERS)


class _Person:
    """A buyer-side speaker with what the call tells of them."""

    def __init__(self, name: str, transcript: Transcript, told: Sequence[Introduction]) -> None:
        self.name = name
        self.known = next((p.title for p in transcript.participants if p.name == name and p.title), None)
        self.introduced = [i for i in told if i.name == name]
        self.told = best(self.introduced)
        self.level: Level | None = level_of(self.known) if self.known else None
        if self.level is None and self.told:
            self.level = self.told.title.level
        if any(owns(i.title) and i.said is Said.BY_THEMSELF for i in self.introduced):
            self.level = "executive"

    @property
    def title(self) -> str | None:
        """The title from the file, else as said; what someone does ("I run operations") is no title."""
        if self.known or self.told is None:
            return self.known
        return None if is_done(self.told.title) else self.told.title.text

    @property
    def rank(self) -> int:
        """0 for the highest level, more for lower ones and for none."""
        return LEVELS.index(self.level) if self.level else len(LEVELS)


class RoleKind(Kind):
    """The contact's level gives the option; the part in the purchase stands beside it."""

    name: ClassVar[str] = "role"
    joins: ClassVar[bool] = True

    def check(self, field: Field) -> Iterator[str]:
        """Yield what is wrong with the field."""
        if not field.roles:
            yield "a role field has roles, e.g. decision_maker and influencer, each with an id"
        for option in field.options:
            if option.id not in LEVELS:
                yield f"option {option.id} of a role field is one of {', '.join(LEVELS)}"

    def answer_model(self, field: Field, form: Form) -> type[Answer]:
        """Contact, title, part in the purchase and who signs."""
        ids = tuple(o.id for o in field.roles)
        role: Any = (Literal[ids] | None, None)
        return create_model("Role", __base__=RoleAnswer, role=role)

    def read(
        self, field: Field, form: Form, findings: Sequence[Finding], transcript: Transcript
    ) -> Reading | None:
        """Join what was found: the buyer's most senior speaker, and the part that this person has."""
        people = _people(transcript)
        quotes = joined(e for f in findings for e in f.evidence)
        contact = _contact(people, findings, transcript)
        if contact is None:
            return None
        makers = _decision_makers(findings, transcript)
        role = _role(field, contact, findings, quotes, makers, transcript)
        if role is None:
            return None
        level: Level | None = contact.level or ("individual" if role in _WITHOUT_RANK else None)
        title, proof = contact.title, _title_evidence(contact, transcript)
        if title is None and level is None and (copied := _said_title(findings, contact, transcript)):
            title, level, proof = copied
        if role == "decision_maker" and title is None and level is None:
            # Who decides and names no title mostly owns the business.
            level = "executive"
        if role == "decision_maker" and not makers:
            makers = [contact.name]
        value = {
            "contact": contact.name, "title": title, "role": role, "level": level, "decision_makers": makers,
            "title_evidence": [e.model_dump(mode="json") for e in proof],
        }  # fmt: skip
        option = level if any(o.id == level for o in field.options) else None
        # A title alone tells no part in the purchase, but that of a consultant.
        evidence = joined((*quotes, *proof)) if role == "consultant" else quotes
        return Reading(option, value, evidence, mean_confidence(findings))

    def gold_option(self, field: Field, label: Mapping[str, Any]) -> str | None:
        """The label's level."""
        return None if label.get("level") is None else str(label["level"])

    def agrees(self, field: Field, result: FieldResult, label: Mapping[str, Any]) -> bool:
        """Whether both the level and the part in the purchase are the label's."""
        value = result.value or {}
        return value.get("level") == label.get("level") and value.get("role") == label.get("role")


def _people(transcript: Transcript) -> list[_Person]:
    """The buyer's speakers; where no side is known, all who are not known to sell."""
    sides = {t.speaker: t.side for t in transcript.turns if t.speaker}
    buyers = [s for s in transcript.speakers() if sides[s] == "buyer"]
    names = buyers or [s for s in transcript.speakers() if sides[s] != "seller"]
    told = introductions(transcript.turns, names)
    return [_Person(name, transcript, told) for name in names]


def _named(name: str | None, people: Sequence[_Person]) -> _Person | None:
    """Whom a name means: the nearest of the speakers, if near enough."""
    if not name:
        return None
    found = process.extractOne(
        name, [p.name for p in people], scorer=fuzz.WRatio, processor=utils.default_process,
        score_cutoff=_SAME_NAME,
    )  # fmt: skip
    return people[found[2]] if found else None


def _answer(finding: Finding) -> RoleAnswer | None:
    return finding.answer if isinstance(finding.answer, RoleAnswer) else None


def _contact(
    people: Sequence[_Person], findings: Sequence[Finding], transcript: Transcript
) -> _Person | None:
    """The most senior speaker by title; between equals whom the model names, else who says the proof."""
    if not people:
        return None
    by_name = {p.name: p for p in people}
    named = [p for f in reversed(findings) if (a := _answer(f)) and (p := _named(a.contact, people))]
    speaking = [by_name[e.speaker] for f in reversed(findings) for e in f.evidence if e.speaker in by_name]
    likely = next(iter((*named, *speaking)), people[0])
    highest = min(p.rank for p in people)
    if likely.rank == highest or (likely.level is None and _decides(likely, findings)):
        return likely
    seniors = [p for p in people if p.rank == highest]
    return next((p for p in (*named, *speaking) if p in seniors), seniors[0])


def _decides(person: _Person, findings: Sequence[Finding]) -> bool:
    own = " ".join(e.quote for f in findings for e in f.evidence if e.speaker == person.name)
    return part_cued(own) == "decision_maker"


def _role(
    field: Field,
    contact: _Person,
    findings: Sequence[Finding],
    quotes: Sequence[Evidence],
    makers: Sequence[str],
    transcript: Transcript,
) -> str | None:
    """The contact's part: what the model says, else what they say themself, else who is said to sign."""
    ids = {o.id for o in field.roles}
    for f in reversed(findings):
        a = _answer(f)
        if a and a.role in ids and (not a.contact or _named(a.contact, [contact])):
            return a.role
    own: str | None = part_in(" ".join(e.quote for e in quotes if e.speaker == contact.name))
    if _OUTSIDER.search(contact.title or ""):
        own = "consultant"
    if own in ids:
        return own
    if any(_named(m, [contact]) for m in makers) or any(_signs(contact, e, transcript) for e in quotes):
        return "decision_maker" if "decision_maker" in ids else None
    others = [p for e in quotes if e.speaker != contact.name and (p := part_cued(e.quote)) in ids]
    told = "influencer" in ids and (makers or "influencer" in others or "end_user" in others)
    return "influencer" if told else None


def _signs(contact: _Person, e: Evidence, transcript: Transcript) -> bool:
    """Whether others say that the contact signs: "finance checks it but Desmond signs", "he signs"."""
    words = "|".join(re.escape(w) for w in contact.name.split() if len(w) > 2)
    pattern = (
        rf"\b(?:{words})(?:['’]s)? (?:signs|decides|approves|has (?:the )?(?:final|last)|"
        r"will (?:sign|decide)|call|decision)\b"
    )
    if words and re.search(pattern, e.quote, re.IGNORECASE):
        return True
    return e.speaker != contact.name and any(
        is_meant(transcript.turns, e.turn, e.char_start + at, contact.name, contact.introduced)
        for at in another_decides(e.quote)
    )


def _decision_makers(findings: Sequence[Finding], transcript: Transcript) -> list[str]:
    """Those whom the model names as signing and whom somebody on the call names, or who speak."""
    as_read = {shown_name(s): s for s in transcript.speakers()}
    spoken = utils.default_process(" ".join([*transcript.speakers(), *(t.text for t in transcript.turns)]))
    said = [m.strip() for f in findings if (a := _answer(f)) for m in a.decision_makers]
    names = [as_read.get(m, m) for m in said]
    kept = [n for n in names if n and utils.default_process(n) in spoken]
    return list(dict.fromkeys(kept))[:_MAX_DECISION_MAKERS]


def _title_evidence(contact: _Person, transcript: Transcript) -> tuple[Evidence, ...]:
    """The sentence in which the contact's title was told, where the file doesn't have the title."""
    if contact.told is None or contact.known:
        return ()
    return (_sentence(transcript, contact.told.turn, contact.told.title.start, contact.told.title.end),)


def _sentence(transcript: Transcript, turn: int, start: int, end: int) -> Evidence:
    """The sentence around some words; without punctuation, some words to either side."""
    text = transcript.turns[turn].text
    begin, finish = sentence_at(text, start, end)
    if start - begin > _BESIDE:
        begin = text.find(" ", start - _BESIDE, start) + 1 or start
    if finish - end > _BESIDE:
        cut = text.rfind(" ", end, end + _BESIDE)
        finish = cut if cut > 0 else end
    return Evidence.at(transcript, turn, begin, finish)


def _said_title(
    findings: Sequence[Finding], contact: _Person, transcript: Transcript
) -> tuple[str, Level | None, tuple[Evidence, ...]] | None:
    """The model's title for the contact, if those words stand in a turn."""
    for f in reversed(findings):
        a = _answer(f)
        if not a or not a.title or (a.contact and not _named(a.contact, [contact])):
            continue
        for n, turn in enumerate(transcript.turns):
            if m := re.search(rf"(?<!\w){re.escape(a.title)}(?!\w)", turn.text, re.IGNORECASE):
                return m[0], level_of(m[0]), (_sentence(transcript, n, m.start(), m.end()),)
    return None
