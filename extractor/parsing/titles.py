"""Job titles in what people say, and the rank that a title has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from extractor.parsing.spans import calm
from extractor.patterns import regex

Level = Literal["executive", "department_head", "manager", "individual"]
LEVELS: tuple[Level, ...] = ("executive", "department_head", "manager", "individual")


@dataclass(frozen=True)
class Title:
    """A job title named at `start` to `end`; `text` leaves out where someone works ("manager for Wales").

    `level` is None where the words tell no rank.
    """

    start: int
    end: int
    text: str
    level: Level | None


_CHIEF = r"chief(?:\s+[\w-]+){1,3}\s+officer"
# Titles that hold a word of a higher rank than they have; tried before the words themselves.
_LESSER = (
    r"(?:hr|human resources|people|business|channel|delivery|technology|alliance|implementation|solution|"
    r"reseller)\s+(?:business\s+)?partner|business partner",
    r"(?:product|process|system|data|service|budget|account|application|platform|risk|asset)\s+owner",
    r"(?:executive|personal|management|administrative|admin)\s+(?:assistant|secretary)",
    r"(?:account|sales|marketing|customer service|support)\s+executive",
    r"founding\s+\w+",
    r"(?:assistant|secretary|pa|ea|adviser|advisor)\s+to\s+(?:the\s+)?[\w ]+",
    r"(?:compliance|privacy|data protection|safety|procurement|press|information|security|police|loan|case|"
    r"development)\s+officer",
)
_EXECUTIVE = (
    r"c\.?\s?(?:e|f|o|t|i|m|p|d|s|r|c|h\.?\s?r|i\.?\s?s)\.?\s?o\b\.?|(?:managing|executive)\s+director"
    r"|(?:managing|senior|founding|general|equity|name)\s+partner|(?:co-?\s?)?(?:founder|owner)|"
    r"owner-?\s?operator"
    r"|proprietor|proprietress|chair(?:man|woman|person)?(?=\s+of)|chairman|chairwoman|m\.?d\b|md|"
    r"geschäftsführer(?:in)?|amministrat(?:ore|rice) delegat[oa]|direct(?:eur|rice) g[ée]n[ée]rale?|"
    r"zaakvoerder|(?<!vice\s)(?<!vice-)president|partner"
)
_DEPARTMENT_HEAD = (
    r"(?:[esa]\.?\s?)?v\.?\s?p\b\.?|(?:(?:executive|senior|assistant|associate|group)\s+)*vice[\s-]president|"
    r"vice[\s-]president|director|head(?=\s+(?:of|for)\b)|(?:department|division|unit|practice)\s+head|dean"
)
_MANAGER = (
    r"manager|mgr|manageress|supervisor|team\s?-?\s?lead(?:er)?|leader|lead(?=\s+(?:on|for|of|here|at)\b|"
    r"\s*[.,;?!]|\s*$)|foreman|forewoman|superintendent"
    r"|charge\s?hand|head(?=\s+(?:\w+\s+)?(?:baker|chef|nurse|teacher|gardener|brewer|coach|chemist|buyer|"
    r"grower|cook|mechanic)\b)"
    r"|lead(?=\s+(?:\w+\s+)?(?:engineer|developer|analyst|architect|designer|nurse|technician|scientist|"
    r"buyer|planner)\b)"
)
_INDIVIDUAL = (
    r"analyst|engineer|specialist|nurse|co-?ordinator|assistant|administrator|admin|developer|technician|"
    r"consultant|advis[eo]r|"
    r"accountant|architect|buyer|clerk|associate|representative|rep|officer|educator|teacher|trainer|"
    r"researcher|scientist|"
    r"designer|planner|operator|mechanic|driver|receptionist|secretary|bookkeeper|controller|treasurer|"
    r"programmer|producer|paralegal|"
    r"attorney|lawyer|counsel|physician|pharmacist|therapist|dispatcher|estimator|electrician|chef|baker|"
    r"barista|student|"
    r"intern|volunteer|strategist|agent|recruiter|generalist|practitioner|editor|producer|scheduler|auditor|"
    r"surveyor|chemist|\w+ologist|contractor|freelancer|steward|warden|caretaker|librarian|tester|trustee|"
    r"host|hostess|executive|(?:lab|field|service|vet|it) tech|groundsman|housekeeper|marshal"
)
_HEAD_WORDS: tuple[tuple[str, Level], ...] = (
    (_CHIEF, "executive"),
    ("|".join(_LESSER), "individual"),
    (_EXECUTIVE, "executive"),
    (_DEPARTMENT_HEAD, "department_head"),
    (_MANAGER, "manager"),
    (_INDIVIDUAL, "individual"),
)
_HEADS = tuple(
    (regex(rf"(?<![\w'’-])(?:{words})s?(?!\w|-\w)", re.IGNORECASE), level)
    for words, level in _HEAD_WORDS
)
# "Partner" and "president" in running text are mostly other people's firms, heads of state and the like.
_FIRMS = regex(r"(?:partner|president)s?$", re.IGNORECASE)
_NO_TITLE_AFTER = regex(r"\s+(?:with|companies|company|firm|program|network|portal|'s|"
                             r"of\s+ours)\b", re.IGNORECASE)

_STOP = frozenset(
    """
    a about after all also am an and any are as at be became become been before being but by call called can
    could did do does don each even every few for from get gets give go goes got had has have he her here hi
    him his how i if im in into is it its just know let like ll make made many maybe me mean met mine more
    most much my name need no not now of off oh ok okay on one or other our out over own really right s said
    say see she should so some still such sure t talk tell than that the their them then there these they
    this those through till to too two three uh um under until up us ve very was we well went were what when
    where which while who whos why will with work works would yeah year years yes yet you your re ask asked
    both been being since hello hey thanks another new old former last first next
    """.split()
)
_FUNCTIONS = (
    r"operations?|ops|finance|engineering|marketing|sales|it|hr|people|success|services?|support|product|"
    r"products|security|"
    r"technology|transportation|transport|logistics|procurement|purchasing|maintenance|manufacturing|"
    r"production|quality|"
    r"compliance|risk|revenue|growth|development|delivery|experience|resources|data|analytics|infrastructure|"
    r"platform|"
    r"platforms|systems|research|design|care|nursing|education|learning|training|safety|retail|planning|"
    r"strategy|accounts?|"
    r"facilities|estates|supply|chain|warehouse|warehousing|distribution|fleet|customer|customers|client|"
    r"clients|digital|"
    r"commercial|partnerships|communications|legal|audit|tax|treasury|talent|culture|admissions|housekeeping|"
    r"catering|payroll"
)
# Words that go on with the name of a function, but that mean something else where they stand alone.
_FURTHER = (
    rf"{_FUNCTIONS}|affairs|capital|relations|management|department|acquisition|assurance|improvement|"
    r"enablement|intelligence|voice"
)
_OF = regex(
    rf"\s+(?P<link>of|for)\s+(?P<the>the\s+|our\s+)?(?!it['’]s|\d)(?P<first>[\w&-]+)"
    rf"(?P<more>(?:(?:\s+and|\s*&|,)?\s+(?!(?-i:it)\b)(?:{_FURTHER})\b){{0,3}})",
    re.IGNORECASE,
)
_A_FUNCTION = regex(_FUNCTIONS, re.IGNORECASE)
_AND = regex(r"\s*(?:,\s*and|,|and|&|/|-)\s*(?:also\s+)?", re.IGNORECASE)
_WORD_BEFORE = regex(r"([\w&'’-]+)\s+$")
# "The Car Parks and Foreshore Manager": what stands between an article and the title, joined by "and".
_NAMED_AND = regex(
    r"(?:(?<=\bthe\s)|(?<=\bour\s)|(?<=\ba\s)|(?<=\bI['’]m\s))(?:[\w&'’-]+\s+){1,3}(?:and|&)\s+$",
    re.IGNORECASE,
)
_FUNCTION_AND = regex(rf"\b(?:{_FUNCTIONS})\s+(?:and|&)\s+$", re.IGNORECASE)
_BUSINESS = (
    r"(?:company|business|firm|place|shop|practice|outfit|agency|garage|salon|restaurant|store|studio|brewery|"
    r"bakery|farm|factory|mill|hotel|clinic|consultancy|dealership|chain|start-?up)s?"
)
_NAME = r"(?-i:[A-Z])[\w&'’-]*"
_RUNS = regex(
    r"\bI\s+(?:actually\s+|basically\s+|sort of\s+|kind of\s+)?(?P<verb>own|founded|started|run|"
    r"head(?:\s+up)?|lead|manage|look after|"
    rf"oversee|supervise)\s+(?P<what>(?:the|our|a|my|this|"
    rf"all(?:\s+of)?(?:\s+the)?)?\s*(?:(?:{_FUNCTIONS})\b(?:\s+(?:and\s+)?(?:{_FUNCTIONS})\b){{0,2}}"
    rf"|(?:\w+\s+){{0,3}}?{_BUSINESS}"
    r"|team|department|whole\s+\w+))"
    # A business by its name; of one word it may be a program: "I own Salesforce here".
    rf"|\bI\s+(?:own\s+(?={_NAME}\s+(?:and\s+|&\s+)?{_NAME})|(?:founded|(?P<heads>head))\s+)"
    rf"{_NAME}(?:\s+(?:and\s+|&\s+)?{_NAME}){{0,3}}"
    r"|\bI\s+own\s+the\s+thing\b"
    r"|\bwe\s+own\s+(?:it|the\s+\w+)\s+(?:between\s+us|together|jointly|half|fifty)",
    re.IGNORECASE,
)
# "I own it" may be said of a task.
_VAGUE = regex(r"\bit$")
_OWNS = regex(r"(?:I|we)\s+(?:own|founded)\b", re.IGNORECASE)
_ONE_OF = regex(r"\bone\s+of\s+(?:the|our)\s+$", re.IGNORECASE)
_THATS_ME = regex(r",?\s+(?:that['’]?s\s+me|me\s+and|that\s+would\s+be\s+me)\b|,\s+me\b", re.IGNORECASE)
# At the beginning of a sentence, a title is its speaker's where these words follow.
_STANDS = regex(
    r"(?:(?:^|[.!?]\s+)(?:(?:yes|yeah|well|so|um|uh|it['’]s),?\s+)*|\bso\s+it['’]s\s+)$", re.IGNORECASE
)
_GOES_ON = regex(
    r"\s+now\b|\s+(?:at|for|with)\s+(?-i:[A-Z])|"
    r",?\s+(?:and\s+I\b|(?:it|that['’]?s\s+what(?:['’]s)?)\s+(?:it\s+)?(?:says|doesn['’]t fit|on)\b|"
    r"(?:is|says)\s+(?:what|the)\s+(?:it|door|badge|card)|for my sins)",
    re.IGNORECASE,
)
_WE_ARE = regex(
    r"\bwe(?:['’]?re|\s+are)\s+(?:both\s+|all\s+)?(?:the\s+)?(?:two\s+|three\s+)?$", re.IGNORECASE
)
_TOGETHER = regex(
    r"(?:managing\s+|equity\s+|co-?\s?)?(?:partners|owners|founders|directors)", re.IGNORECASE
)
_SEVERAL = regex(r"(?:(?!\s(?:of|for)\s).)*(?<!s)s", re.IGNORECASE)
_FORMER = regex(r"\b(?:retired|finished|used\s+to\s+(?:be|work))\b[^.?!]{0,30}$", re.IGNORECASE)
# Letters before a title in which "I'm" is looked for.
_NEAR = 90
_WHOLE = regex(rf"\b{_BUSINESS}\b", re.IGNORECASE)
_OWN = regex(
    r"(?:\bI['’]?\s?(?:m|am)|\b(?:it|that)['’]?s\s+me|\bI\s+(?:was|have\s+been|['’]ve\s+been|work\s+as|serve\s+as|joined\s+as|"
    r"got\s+made)|\bI['’]?ve\s+been|"
    r"\bas\s+(?:the|a)|\bI\s[^.?!]{0,40}\bas|\b(?:mine|me)\s+as|my\s+(?:role|title|job|designation|position)(?:\s+title)?(?:\s+here)?(?:\s+is|['’]s)|"
    r"\bI\s+was\s+made|\bmade\s+me|\bme\s+being|\bsince\s+I\s+was\s+made)"
    r"(?:\s+(?:one\s+of\s+the|one\s+of\s+our|the|a|an|just|only|actually|also|their|our|your|now|been|like|sort\s+of|basically|uh|um|here|"
    r"currently|acting)\b,?"
    r"|,)*\s*(?:[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+)?,\s*(?:(?:and\s+)?I['’]?m\s+)?(?:the\s+|a\s+)?)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Span:
    """Where a title stands, and the places in it: "for Wales"."""

    start: int
    end: int
    places: tuple[tuple[int, int], ...] = ()

    def joined(self, other: _Span) -> _Span:
        """A compound with the one that follows. What that one begins with is no place."""
        places = tuple(place for place in self.places if place[1] <= other.start)
        return _Span(min(self.start, other.start), other.end, places + other.places)


def _heads(text: str) -> Iterator[tuple[int, int, Level]]:
    """Where the head nouns of titles stand, the higher rank first where two overlap."""
    taken: list[tuple[int, int]] = []
    for pattern, level in _HEADS:
        for m in pattern.finditer(text):
            free = all(m.end() <= s or m.start() >= e for s, e in taken)
            elsewhere = _FIRMS.search(m[0]) and _NO_TITLE_AFTER.match(text, m.end())
            if free and not elsewhere:
                taken.append(m.span())
                yield m.start(), m.end(), level


def level_of(title: str) -> Level | None:
    """The rank of a title, the highest of those that a compound names; None for no title at all.

    Ranks are those of the labels: C-suite, owner, founder, president and partner are executive; vice
    president, director and head of a function head a department; manager, lead and supervisor are managers;
    whoever has another title is an individual.
    """
    levels = {level for _, _, level in _heads(title)}
    if not levels:
        return "individual" if re.search(r"\w", title) else None
    return next(level for level in LEVELS if level in levels)


def _start_with_modifiers(text: str, start: int) -> int:
    """Where a title begins whose head is at `start`: up to three words that describe it come first."""
    begin = start
    for _ in range(3):
        m = _WORD_BEFORE.search(text[max(0, begin - 40) : begin])
        word = m[1].lower() if m else ""
        if m is None or word in _STOP or word.isdigit() or "'" in word or "’" in word:
            break
        begin -= len(m[0])
    if begin < start:
        left = text[max(0, begin - 40) : begin]
        if m := _FUNCTION_AND.search(left) or _NAMED_AND.search(left):
            begin -= len(m[0])
    return begin


def find_titles(text: str) -> list[Title]:
    """Every job title in `text`, in order, compounds as one ("CTO and co-founder").

    Also a rank that is told by what someone does: "I run operations", "I own the business".
    """
    text = calm(text)
    spans: list[_Span] = []
    for start, end, level in sorted(_heads(text)):
        begin = _start_with_modifiers(text, start)
        of = _OF.match(text, end)
        if of and (of["first"].lower() not in _STOP or of["first"] == "IT"):
            place = _names_a_place(of, level, text[begin:start], text[start:end])
            span = _Span(begin, of.end(), ((end, of.end()),) if place else ())
        else:
            span = _Span(begin, end)
        joined = bool(spans) and _AND.fullmatch(text, spans[-1].end, begin) is not None
        if spans and (joined or begin <= spans[-1].end):
            span = spans.pop().joined(span)
        spans.append(span)
    found = [Title(s.start, s.end, _one(text, s), level_of(text[s.start : s.end])) for s in spans]
    for m in _RUNS.finditer(text):
        if all(m.end() <= t.start or m.start() >= t.end for t in found):
            found.append(Title(m.start(), m.end(), m[0], _rank_of_running(m)))
    return sorted(found, key=lambda t: t.start)


def _names_a_place(of: re.Match[str], level: Level, before: str, head: str) -> bool:
    """Whether what follows "of" or "for" is no function but where someone works: "manager for Wales".

    Who heads something heads a function, whatever it is called.

    Args:
        of: the match of `_OF` after the head noun.
        level: the head noun's.
        before: the words before the head noun that belong to it.
        head: the head noun.
    """
    if head.lower() == "head" or _A_FUNCTION.fullmatch(of["first"]) or of["more"]:
        return False
    proper, the = of["first"][:1].isupper(), bool(of["the"])
    if of["link"].lower() == "of":
        return level != "department_head" and not the and (proper or bool(before))
    return proper or the or bool(before)


def _one(text: str, span: _Span) -> str:
    """The title without places and in the singular: "one of the estimators" is an estimator."""
    title, at = "", span.start
    for begin, end in (*span.places, (span.end, span.end)):
        title, at = title + text[at:begin], end
    title = title.strip(" .,")
    several = _ONE_OF.search(text[max(0, span.start - 20) : span.start]) and title.endswith("s")
    return title[:-1] if several else title


def _rank_of_running(m: re.Match[str]) -> Level:
    if m["heads"]:
        return "department_head"
    if m["verb"] is None:
        return "executive"
    verb, whole = m["verb"].lower(), _WHOLE.search(m["what"])
    if verb in ("founded", "started") or (verb == "run" and whole):
        return "executive"
    if verb == "own" and (whole or _VAGUE.search(m[0])):
        return "executive"
    return "department_head" if verb.startswith(("own", "run", "head")) else "manager"


def is_done(title: Title) -> bool:
    """Whether a rank is told by what someone does, and not by a title."""
    return _RUNS.match(title.text) is not None


def is_vague(title: Title) -> bool:
    """Whether what someone does may be a task as well: "I own it"."""
    return is_done(title) and _VAGUE.search(title.text) is not None


def is_plural(title: Title) -> bool:
    """Whether several have the title: "we're two directors"."""
    return _SEVERAL.fullmatch(title.text) is not None


def owns(title: Title) -> bool:
    """Whether a rank is told by owning the business, which outranks every title."""
    return title.level == "executive" and _OWNS.match(title.text) is not None and not is_vague(title)


def find_own_titles(text: str) -> list[Title]:
    """The titles in `text` that the speaker claims: "I'm the reliability engineer", "I run ops"."""
    return [t for t in find_titles(text) if is_done(t) or _is_claimed(text, t)]


def _is_claimed(text: str, title: Title) -> bool:
    left = text[max(0, title.start - _NEAR) : title.start]
    if _FORMER.search(left):
        return False
    if _THATS_ME.match(text, title.end) or (_STANDS.search(left) and _GOES_ON.match(text, title.end)):
        return True
    if _WE_ARE.search(left):
        return _TOGETHER.fullmatch(title.text) is not None
    # Several have what is named in the plural.
    several = title.level == "individual" and is_plural(title)
    return _OWN.search(left) is not None and not several
