"""What people say of their own part in a decision: who signs, who recommends, who only uses."""

from __future__ import annotations

import re
from typing import Literal

Part = Literal["decision_maker", "influencer", "end_user", "consultant"]

_NEGATED = r"(?:not|never|n['’]t|nor|can['’]?t|cannot|don['’]?t|won['’]?t|doesn['’]?t)"
_DO = r"(?:sign|approve|decide|choose|authori[sz]e|pick|buy|greenlight|okay it)"
_CONSULTANT = re.compile(
    r"\b(?:(?:they|they['’]ve|company|client|who) (?:have |has )?(?:hired|brought|retained|engaged) me|"
    r"not on staff|"
    r"(?:outside|external|independent|freelance) (?:consultant|advis[eo]r|contractor)|(?:as|I['’]?m) (?:a|an|"
    r"the|their) consultant|"
    r"(?:my|our|the) client(?:s|['’]s)?\b|I(?:['’]m)? (?:advise|advising|consult|consulting|freelanc\w+))",
    re.IGNORECASE,
)
_END_USER = re.compile(
    r"\b(?:(?:I|i)(?:['’]?d| would|['’]?ll| will| just)* (?:only |just )*(?:be |have to )?(?:only |"
    r"just )*(?:be )?(?:use|using|run|the one using)"
    r"\b(?=.{0,40}\b(?:no say|don['’]?t get|nobody asks|not my|it['’]?s her|it['’]?s his|just|only|"
    r"it['’]?s \w+ (?:picks|who)))|"
    r"(?:just|only) (?:be )?(?:using it|have to use|the one (?:who uses|using)|use it|use the thing)|"
    r"(?:don['’]?t|do not) (?:get|have) (?:a|any|no) say|(?:have|got|get) no say|nobody asks me|"
    r"(?:only|just)(?: going to)?(?: be)? the (?:one|person) (?:who|that)(?:['’]s)? us(?:es|ing))",
    re.IGNORECASE,
)
_DECIDES = re.compile(
    rf"\b(?:I(?:['’]?ll| will| can| could| would|['’]d| just| do| also| alone| get to|['’]m the one who|"
    rf"['’]m going to)* {_DO}\b|me (?:who|that) (?:{_DO})s|"
    r"(?:it['’]?s|that['’]?s|is|be) (?:my(?:self)?|me|mine|all mine)(?: (?:signature|budget|call|decision|"
    r"money|name|pen|cheque|check|choice|to (?:sign|decide|make)))?(?!\w| (?:boss|manager|director))|"
    r"my (?:name|signature)(?:['’]s)? (?:on|goes on|is on)|put my name on|stops (?:with|at) me|(?:buck|"
    r"decision|authority) (?:is|sits|stops|lies) with me|"
    r"(?:final|last) (?:say|word|call|decision) (?:is|['’]s|comes from|on \w+ is) (?:mine|me|with me)|"
    r"I(?:['’]ve| have)(?: got)? (?:the )?(?:final|last) (?:say|word)|"
    r"I(?:['’]ve| have)(?: got)? (?:a |the )?(?:delegation|sign(?:ing|[- ]off)? (?:authority|power|limit)|"
    r"authority)|under my (?:limit|threshold|\w+)\b|"
    r"(?:no one|nobody) (?:above|behind|over|else) |(?:no step|no one) after me|"
    r"I (?:don['’]?t|do not) (?:need|have to ask) (?:any|to ask|anyone|anybody|permission|approval|sign))",
    re.IGNORECASE,
)
_OTHER = r"(?:he|she|they|[a-z][\w'’-]+(?: [a-z][\w'’-]+)?)"
_INFLUENCES = re.compile(
    r"\b(?:I(?:['’]?d| would|['’]?ll| will| can| just| only)* (?:recommend|evaluate|shortlist|advise|suggest|"
    r"champion|propose)|recommendation|"
    r"(?:it['’]?s |is )?not my (?:signature|call|decision|budget|money|name)|mine doesn['’]?t|(?:it|that|"
    r"which|everything|this)(?: then| all|['’]ll| will| would)* (?:goes|go|going|has to go|"
    r"comes) (?:up )?to (?!me\b|the (?:cloud|next))|"
    r"(?:needs?|get|have to get|want) (?:the )?\w+(?:['’]s| ?s)? (?:signature|approval|sign[- ]?off|okay|"
    r"blessing)|no vote|"
    rf"(?:and |then |but |by )?{_OTHER} (?:signs|decides|approves|has (?:the )?(?:final|last) (?:say|word)|"
    rf"makes the (?:call|decision)|gets? the last word|would sign|['’]d sign|has to (?:sign|approve|agree))|"
    r"(?:run|take|bring|lay|put) (?:it|this|that) (?:by|past|to|up to|in front of|on) (?:my|the|his|her|our)|"
    r"above my (?:pay ?grade|head)|"
    r"I (?:don['’]?t|do not|certainly don['’]?t|can['’]?t) (?:sign|decide|choose|approve|get to)|"
    r"have to (?:ask|convince|persuade) (?!you)|turned me down|"
    r"(?:my|the) (?:boss|manager|director|board|committee|owner|cfo|ceo|chief)['’]?s? (?:signs|decides|"
    r"approves|has to|will have to|call|decision))",
    re.IGNORECASE,
)
_SELF = re.compile(r"\b(?:I|me|my|we|who)\b", re.IGNORECASE)


def _last_and_count(pattern: re.Pattern[str], text: str, *, denied: bool) -> tuple[int, int]:
    """Where the last match ends and how many there are, those that are denied left out if asked."""
    ends = [
        m.end()
        for m in pattern.finditer(text)
        if not (denied and re.search(rf"{_NEGATED}\s+(?:\w+\s+)?$", text[: m.start()], re.IGNORECASE))
        and not (not denied and _says_self(m[0]))
    ]
    return (ends[-1], len(ends)) if ends else (-1, 0)


def _says_self(words: str) -> bool:
    """Whether "X signs" has the speaker for X: "I who signs", "me who signs"."""
    return re.match(r"(?:(?:and|then|but|by) )?(?:I|me|who|we|it|that)\b.*\b(?:signs|decides|"
                    r"approves)", words, re.IGNORECASE) is not None


def part_in(text: str) -> Part | None:
    """The speaker's own part in a decision, from what they say of it; None where it doesn't tell.

    Where someone says both that they sign and that another does, what they say more often counts, and of
    as often, what they say last.
    """
    if _CONSULTANT.search(text):
        return "consultant"
    if _END_USER.search(text):
        return "end_user"
    decides, influences = (
        _last_and_count(_DECIDES, text, denied=True),
        _last_and_count(_INFLUENCES, text, denied=False),
    )
    if not decides[1] and not influences[1]:
        return None
    ahead = (decides[1], decides[0]) > (influences[1], influences[0])
    return "decision_maker" if ahead else "influencer"
