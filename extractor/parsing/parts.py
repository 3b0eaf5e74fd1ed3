"""What people say of their own part in a decision: who signs, who recommends, who only uses."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from extractor.cues import Features
from extractor.learned import learned
from extractor.patterns import regex
from extractor.vocabulary import said

Part = Literal["decision_maker", "influencer", "end_user", "consultant"]
PARTS: tuple[Part, ...] = get_args(Part)
# So likely a part must be by what is said; where no phrase tells one, likelier.
_LIKELY, _LIKELIER = 0.5, 0.6
_MOST_COUNTED = 3


def _any(*phrases: str) -> re.Pattern[str]:
    return regex(rf"\b(?:{'|'.join(phrases)})", re.IGNORECASE)


_CONSULTANT = _any(
    r"(?:they|they['’]ve|company|client|who) (?:have |has )?(?:hired|brought|retained|engaged) me",
    r"not on staff",
    r"(?:outside|external|independent|freelance) (?:\w+ ){0,2}(?:consultant|advis[eo]r|contractor)",
    r"(?:as|I['’]?m) (?:a|an|the|their) consultant",
    r"(?:my|our|the) client(?:s|['’]s)?\b",
    r"I(?:['’]?m)? (?:only )?(?:advise|advising|consult|consulting|freelanc\w+)\b",
)
_END_USER = _any(
    r"(?:just|only) (?:be )?(?:using it|have to use|use it|use the thing)",
    r"(?:only|just)(?: going to)?(?: be)? the (?:one|person) (?:(?:who|that)(?:['’]s)? )?us(?:es|ing)",
    r"nothing to do with me",
    r"(?:I['’]?d|I['’]?ll|I would|I will) (?:just|only) (?:be )?us(?:e|ing)\b",
    r"(?:don['’]?t|do not) (?:get|have) (?:a|any) say",
    r"(?:have|got|get) no say",
    r"(?:nobody|they don['’]?t|no one) asks? (?:me|us)\b",
    r"one of the (?:people|ones) (?:pushing|pressing|clicking|sitting)",
    r"one of the (?:ones|people|folks|lot)(?: who(?:['’]s| is)?| that(?:['’]s)?)? us(?:e|es|ing)",
    r"nothing to do with (?:what (?:gets|we)|the (?:buying|decision|purchas)|buying|choosing|who)",
    r"(?:don['’]?t|do not|never) (?:get to )?(?:buy|order|choose|pick) (?:anything|things|the)",
    r"not me (?:who|that) (?:says|decides|picks|chooses|buys)",
    r"I (?:just|only) (?:work here|log in|push the buttons|do what I['’]?m told)",
)
_DO = r"(?:sign|approve|decide|choose|authori[sz]e|pick|buy|greenlight|okay it)"
_DECIDES = _any(
    rf"I(?:['’]?ll| will| can| could| would|['’]d| just| do| also| alone| get to|['’]m the one who|"
    rf"['’]m going to)* {_DO}\b",
    rf"me (?:who|that) (?:{_DO})s",
    r"(?:it['’]?s|that['’]?s|is|be) my (?:signature|budget|call|decision|money|name|pen|cheque|check|"
    r"choice)\b",
    r"(?:it['’]?s|that['’]?s|is|be) (?:all )?(?:myself|me|mine)(?: to (?:sign|decide|make))?(?!\w)",
    r"my (?:name|signature)(?:['’]s)? (?:on|goes on|is on) (?:the|it\b)",
    r"put my name on",
    r"I say what we (?:get|buy|take)",
    r"stops (?:with|at) me",
    r"(?:buck|decision|authority) (?:is|sits|stops|lies) with me",
    r"(?:final|last) (?:say|word|call|decision)(?: on \w+)? (?:is|['’]s|comes from) (?:mine|me|with me)",
    r"I(?:['’]ve| have)(?: got)? (?:the )?(?:final|last) (?:say|word)",
    r"I(?:['’]ve| have)(?: got)? (?:a |the )?(?:delegation|sign(?:ing|[- ]off)? (?:authority|power|limit)|"
    r"authority)",
    r"under my (?:limit|threshold|\w+)\b",
    r"(?:no one|nobody) (?:above|behind|over|after|else)\b",
    r"I (?:don['’]?t|do not) (?:need|have to ask|ask) (?:any|to ask|anyone|anybody|permission|approval)",
    r"my name['’]?s? (?:is )?(?:on|over|above) the (?:\w+ )?"
    r"(?:building|door|sign|van|truck|loan|lease|cheque|check|shop|wall)",
    r"I (?:write|sign|cut) (?:all )?(?:the|our) (?:checks|cheques)",
    r"I hold the (?:purse|cheque ?book|check ?book|budget)",
    r"I pull the trigger",
    r"I say yes",
    r"(?:in|within|inside) my (?:mandate|remit|power|powers|limit|discretion|gift)",
    r"(?:are|is|they['’]re|it['’]s|that['’]s) mine(?! to (?:recommend|test|try))(?!\w)",
)
_OTHER = r"(?:he|she|they|[a-z][\w'’-]+(?: [a-z][\w'’-]+)?)"
_FINAL = r"(?:the )?(?:final|last) (?:say|word)"
_INFLUENCES = _any(
    r"(?:I(?:['’]?d| would|['’]?ll| will| can| just| only)*|I do is|we do is) (?:recommend|evaluate|"
    r"shortlist|advise|suggest|"
    r"champion|propose)",
    r"recommendation",
    r"not my (?:signature|call|decision|budget|money|name)",
    r"mine doesn['’]?t",
    r"(?:it|that|which|everything|this|anything(?: \w+){0,4})(?: then| all|['’]ll| will| would)* (?:goes?|"
    r"going|has to go|comes) "
    r"(?:up )?to (?!me\b|the cloud|the next)",
    r"(?:needs?|get|have to get|want) (?:the )?\w+(?:['’]s| ?s)? (?:signature|approval|sign[- ]?off|okay|"
    r"blessing)",
    r"no vote",
    r"(?:don['’]?t|do not) have a vote",
    rf"{_OTHER} (?:that |who )?(?:signs|decides|approves|has {_FINAL}|makes the (?:call|decision)|"
    rf"gets? {_FINAL}|would sign|['’]d sign|"
    r"has to (?:sign|approve|agree)|that votes|votes on)",
    r"(?:run|take|bring|lay|put) (?:it|this|that) (?:by|past|to|up to|in front of|on) (?:my|the|his|her|our)",
    r"above my (?:pay ?grade|head)",
    r"I (?:don['’]?t|do not|certainly don['’]?t|can['’]?t) (?:sign|decide|choose|approve|get to)",
    r"have to (?:ask|convince|persuade) (?!you)",
    r"turned me down",
    r"(?:it['’]?s|is|be|that['’]?s) (?:all )?(?:up to )?(?:him|her|them) (?:who|that|to) "
    r"(?:decide|sign|approve|choose|pick|say)s?",
    r"I (?:['’]?ll |will |can |just |only |do )?(?:do|did|does|doing) (?:all )?the "
    r"(?:looking|homework|legwork|research|"
    r"comparing|comparison|digging|running|vetting|scoring|groundwork)",
    r"(?:narrow|whittle) (?:it|them|this|the list)(?: all)? down",
    r"tell (?:him|her|them) (?:which|what|who) (?:one )?(?:I|we)",
    r"(?:bring|take|give|hand|send|pass|show|pitch|present|sell|put) "
    r"(?:it|them|this|that|(?:him|her|them) (?:a|the|my|two|three) \w+)"
    r"(?: on| up| over| forward)? (?:to|for|before) (?:my|the|our|him|her|them)\b",
    r"(?:he|she|they)(?:['’]ll| will)? (?:pick|choose|have|has|get|gets)s? (?:the (?:final|last)|one)",
    r"(?:he|she|they) listens? to me|I have (?:his|her|their) ear",
    r"my (?:opinion|word|vote|view) (?:counts|carries|matters)",
    r"(?:my|the) (?:boss|manager|director|board|committee|owner|cfo|ceo|chief)(?:['’]?s)? (?:has to|"
    r"will have to|call|decision)",
)
_DENIED = regex(
    r"(?:not|never|n['’]t|nor|can['’]?t|cannot|don['’]?t|won['’]?t|doesn['’]?t|nobody|"
    r"no one)\s+(?:\w+\s+)?$", re.IGNORECASE
)
# "It's me who signs": someone who signs, but no other.
_SELF = regex(r"(?:\w+ )?(?:I|me|who|we|it|that)\b.*\b(?:signs|decides|approves)", re.IGNORECASE)

_ANOTHER_DECIDES = regex(
    r"(?<!\bif )(?<!\bwhether )\b(?:he|she)(?: also| alone| always| himself| herself| just)* "
    rf"(?:signs|decides|approves|has {_FINAL}|(?:will|can) (?:sign|decide|approve))\b"
    r"|\b(?:he|she)['’]ll (?:sign|decide|approve)\b",
    re.IGNORECASE,
)


def another_decides(text: str) -> list[int]:
    """Where it is said of a "he" or a "she" that they decide: "he signs himself"."""
    return [m.start() for m in _ANOTHER_DECIDES.finditer(text)]


def _decides(text: str) -> list[int]:
    """Where it is said that the speaker decides."""
    return [m.end() for m in _DECIDES.finditer(text) if not _DENIED.search(text[: m.start()][-30:])]


def _influences(text: str) -> list[int]:
    """Where it is said that the speaker recommends, or that another decides."""
    spoken = [m for m in _INFLUENCES.finditer(text) if not _SELF.match(m[0])]
    return [m.end() for m in spoken if not re.match(r"nobody|no one", m[0], re.IGNORECASE)]


@dataclass(frozen=True)
class _Phrases:
    """Where the phrases end that tell a part."""

    decides: Sequence[int]
    influences: Sequence[int]
    uses: Sequence[int]
    advises: Sequence[int]


def _phrases(text: str) -> _Phrases:
    uses, advises = ([m.end() for m in phrases.finditer(text)] for phrases in (_END_USER, _CONSULTANT))
    return _Phrases(_decides(text), _influences(text), uses, advises)


def part_cued(text: str) -> Part | None:
    """The speaker's own part by the phrases that tell one; None where there are none."""
    return _cued(_phrases(text))


def _cued(phrases: _Phrases) -> Part | None:
    """The part that they tell.

    Where someone says both that they sign and that another does, what they say more often counts, and of
    as often, what they say last.
    """
    if phrases.advises:
        return "consultant"
    if phrases.uses:
        return "end_user"
    decides, influences = phrases.decides, phrases.influences
    if not decides and not influences:
        return None
    ahead = (len(decides), max(decides, default=-1)) > (len(influences), max(influences, default=-1))
    return "decision_maker" if ahead else "influencer"


def part_features(text: str) -> Features:
    """The words of what someone says of their part, and the phrases that tell one."""
    return _features(text, _phrases(text))


def _features(text: str, phrases: _Phrases) -> Features:
    counts = {name: float(min(_MOST_COUNTED, len(ends))) for name, ends in vars(phrases).items() if ends}
    return said(text) | {f"cued {_cued(phrases)}": 1.0} | counts


def part_in(text: str) -> Part | None:
    """The speaker's own part in a decision, from what they say of it; None where that doesn't tell."""
    phrases = _phrases(text)
    cued, features = _cued(phrases), _features(text, phrases)
    odds = {part: learned(f"part {part}").log_odds(features) for part in PARTS}
    best = max(PARTS, key=lambda part: odds[part])
    likely = 1 / sum(math.exp(o - odds[best]) for o in odds.values())
    return best if likely >= (_LIKELY if cued else _LIKELIER) else cued
