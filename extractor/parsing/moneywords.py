"""The words around an amount of money: bounds, periods, units, refusals, ranges, and having none."""

from __future__ import annotations

import re
from typing import Literal

from extractor.parsing.spans import plain
from extractor.patterns import regex

Period = Literal["one_time", "year", "month"]

_FILL = (
    r"(?:\s|,|about|around|roughly|approximately|circa|like|the|a|an|maybe|perhaps|say|that|some|something|"
    r"somewhere|uh|um|er|erm|em|eh|you know|probably|nearly|almost|only|just|well|of|at|it|is|it's|in)*"
)
_NOT = (
    r"(?:not|never|no|cannot|nothing|nobody|without|(?:ca|wo|do|does|did|would|could|should|is|are|"
    r"ai)n?['’]?n?['’]?t)"
)
MAX = regex(
    rf"(?:{_NOT}(?:\s[\w'’]+){{0,5}}?\s(?:over|above|past|beyond|more than|exceed(?:ing)?|north of|"
    rf"higher than|upwards? of|outside)|"
    r"(?:under|below|beneath|less than|up to|as (?:much|high|far) as|at (?:the )?(?:very )?most|max(?:imum)?|"
    r"inside|within"
    r"|cap(?:ped)?|ceiling|limit|tops?|hard stop|stay(?:s|ing)? (?:under|below))(?:['’]s| is| was| of| at|"
    r" it at)?)"
    rf"{_FILL}$",
    re.IGNORECASE,
)
MIN = regex(
    r"(?:at least|at the least|minimum(?: of)?|more than|over|above|north of|upwards? of|no less than|"
    r"not less than|"
    rf"in excess of|better than|exceeding){_FILL}$",
    re.IGNORECASE,
)
# In lower case: what any text holds that `MAX` or `MIN` finds something in, which is looked for far faster.
MAY_BOUND = regex(
    "over|above|past|beyond|than|exceed|north|upward|outside|under|below|beneath|up to|(?:much|high|far) as|"
    "most|max|inside|within|cap|ceiling|limit|top|stay|least|minim|excess"
)
MAX_AFTER = regex(
    r",?\s*(?:(?:all in|total|a year|a month|for (?:this|the) year)\s*,?\s*)?(?:is |['’]s )?(?:(?:the|my|our|"
    r"your|an? absolute|absolute)\s+)?"
    r"(?:max(?:imum)?\b|tops\b|at (?:the )?(?:very )?(?:most|outside)\b|or (?:less|under|below)\b|ceiling\b|"
    r"limit\b|cap\b|hard stop\b|and (?:not|no)t? (?:a |one )?(?:\w+ )?more\b|is as (?:far|high|much) as)",
    re.IGNORECASE,
)
MIN_AFTER = regex(
    r"\s*(?:\+|-?\s?plus\b(?!\s+\w)|or (?:more|over|above|so more)\b|and (?:up|above|over)\b|"
    r"(?:at )?minimum\b|at least\b)",
    re.IGNORECASE,
)
APPROXIMATE = regex(
    r"\b(?:about|around|roughly|approximately|circa|ca\.?|ballpark|maybe|perhaps|nearly|almost|close to|"
    r"near(?:er)?|call it|"
    r"say|something like|somewhere|in the (?:region|neighbou?rhood|order) of|give or take)\b[\w\s,'’]{0,12}$",
    re.IGNORECASE,
)
APPROXIMATE_AFTER = regex(r",?\s?-?\s?(?:ish\b|odd\b|or so\b|give or take|or thereabouts|something\b|"
                               r"and change)", re.IGNORECASE)
REJECTED = regex(
    r"(?:\b(?:can['’]?t|cannot|can not|couldn['’]?t|won['’]?t|wouldn['’]?t|will not|am not|not going to|"
    r"no way|not gonna)\s+"
    r"(?:[\w'’]+\s+){0,2}?(?:do|doing|pay|paying|afford|swing|stretch to|touch|find|get to|justify|stomach|"
    r"give you)\s+"
    rf"|\b(?:it['’]?s not|it isn['’]?t|not|isn['’]?t|instead of|rather than|don['’]?t say)\s+){_FILL}$",
    re.IGNORECASE,
)
# In lower case: what any text holds that `REJECTED` finds something in.
MAY_REJECT = regex("can|couldn|won|wouldn|not|no way|gonna|isn|instead of|rather than|don")
REJECTED_AFTER = regex(
    r",?\s*(?:(?:I|we)\s+(?:really |just )?(?:can['’]?t|cannot|couldn['’]?t|won['’]?t|can not)\s+(?:do|pay|"
    r"go|stretch|find|justify)\b"
    r"|(?:['’]s|\s+is|\s+was)\s*(?:not\b|n['’]t|dead\b|gone\b|too (?:much|high|rich)|out of the question)|"
    r"\s+(?:isn|wasn)['’]?t\b)",
    re.IGNORECASE,
)

_PER = r"(?:\s*(?:an?|per|(?:in )?(?:each|every|the)|in one|/|p)\s*-?\s?)"
ATTACHED_PERIOD = regex(
    rf"\s*,?\s*(?:all (?:in|up)\s*,?\s*)?(?:{_PER}(?P<unit>months?|mo|mth|years?|yr|annum|quarters?|qtr|"
    rf"weeks?|wk|days?)\b(?!\s+(?:after|before|ago|from|out)\b)"
    r"|(?P<month>pcm\b|p\.?m\.?(?=\s|$)|monthly\b)|(?P<year>p\.a\.|pa\b|annually\b|yearly\b|annual\b)|"
    r"(?P<quarter>quarterly\b)"
    r"|(?P<once>(?:as )?an? (?:one|1)[- ]?(?:time|off)|one[- ](?:time|off)|once[- ]?off|"
    r"once\b(?! (?:an?|we|you|they|I|he|she|it|that|the|this|our|your|my)\b)|upfront|up front))",
    re.IGNORECASE,
)
# In lower case: what any text holds that `ATTACHED_PERIOD` finds something in.
_MAY_TELL_PERIOD = regex(
    r"(?:months?|mo|mth|years?|yr|annum|quarters?|qtr|weeks?|wk|days?|pa)\b|pcm|p\.?m|p\.a|monthly|annual|"
    r"yearly|quarterly|time|once|off|front"
)
_PERIOD_WORDS: tuple[tuple[str, Period], ...] = (
    (r"(?:one|1|once)[- ]?(?:time|off)|once and done|single payment|up[- ]?front", "one_time"),
    (r"per month|monthly|(?<!not )(?:a|each|every) month(?! (?:ago|from|or so|out|to))", "month"),
    (r"per (?:year|annum)|annual(?:ly)?|yearly|(?<!not )(?:a|each|every) year(?! (?:ago|from|or so|out|to))|"
     r"(?:this|the|next|first|"
     r"new|coming|business|fiscal|financial|calendar|budget|year's) year|year one|(?:this|next|"
     r"the) year['’]?s|(?:this|next) fy|fy ?\d\d|for (?:20\d\d|twenty twenty[- ]\w+)", "year"),
)  # fmt: skip
_SAID_PERIOD = tuple(
    (regex(rf"\b(?:{words})\b", re.IGNORECASE), period) for words, period in _PERIOD_WORDS
)
PER_YEAR = {"quarter": 4, "qtr": 4, "week": 52, "wk": 52, "day": 365}
_UNIT_NOUNS = (
    r"seats?|users?|heads?|persons?|people|licen[cs]es?|sites?|tills?|trucks?|vehicles?|vans?|cars?|agents?|"
    r"employees?|staff|"
    r"devices?|locations?|stores?|shops?|branch(?:es)?|beds?|students?|mechanics?|drivers?|machines?|"
    r"tickets?|calls?|"
    r"hours?|loads?|units?|pieces?|pallets?|orders?|rooms?|covers?|transactions?|invoices?|pop|minutes?|"
    r"nights?"
)
# Other nouns count as units where the sentence could end after them, but for those that are no units.
_NO_UNIT = (
    r"months?|years?|weeks?|days?|quarters?|decade|fortnight|season|term|semester|bit|lot|while|time|go|number|figure|"
    r"stretch|push|min(?:imum)?|max(?:imum)?|half|third|total|budget|deal|limit|ceiling|cap|whole|one"
)
_UNIT_ENDS = r"(?=\s*(?:[,.;:!?]|$|(?:an?|per|each|every)\s+(?:month|year|week|day)\b))"
PER_UNIT = regex(
    rf"\s*(?:(?:(?:per|each|every)\s+|/\s*)(?!annum|year|yr|month|mo\b|quarter|week|day|two|three|four|few|"
    rf"other)[a-z]+|an?\s+(?:{_UNIT_NOUNS})\b|an?\s+(?!(?:{_NO_UNIT})\b)[a-z]+\b{_UNIT_ENDS}|apiece\b|"
    r"each\b(?! (?:month|year|quarter|week|day)\b))",
    re.IGNORECASE,
)
JOIN = regex(
    r"\s*(?P<to>(?:,\s*)?(?:to|up to|through|till|[-–—])|,?\s*(?:and |I |we |or )*(?:could|can|might|"
    r"maybe)?\s*"
    r"(?:stretch(?:ed|ing)?|push(?:ed|ing)?|going|go)(?: it)? (?:up )?to|,?\s*(?:at a push|at a stretch))"
    r"(?:\s|,|maybe|about|around|a|the|like|say|uh|um|probably)*|\s*(?P<and>and)(?:\s|maybe|about|uh|um)*"
    r"|\s*(?P<or>,?\s*or|,|)(?:\s|,|maybe|perhaps|even|possibly|call it|say|uh|um|a)*",
    re.IGNORECASE,
)
UNIT_GAP = regex(r"(?:\s|-|,|odd|ish|or|so|of your|of our|plus|in|that['’]?s)*", re.IGNORECASE)
BETWEEN = regex(r"\b(?:between|from|betwixt|anywhere)\b[\s\w,'’$£€]{0,24}$", re.IGNORECASE)

_MONEY = r"(?:budgets?|money|funds?|funding|cash)"
UNDECIDED = regex(
    r"\b(?:yet|until|till|not sure|haven['’]?t (?:set|decided|got)|decided?|in mind|to be (?:set|confirmed|"
    r"decided))\b",
    re.IGNORECASE,
)
_COIN = (
    r"(?:cents?|penn(?:y|ies)|dimes?|nickels?|dollars?|euros?|pounds?|rands?|rupees?|bucks?|quid|"
    r"shillings?|francs?|bean)"
)
ZERO = regex(
    rf"\b(?:(?:no|zero|nil) (?:extra |spare |actual |real )?{_MONEY}\b(?! (?:holder|owner|number|figure|"
    rf"range|line|cycle|"
    r"set|been|has|constraints?|caps?|limits?|authority|issues?|problems?|round|talk|conversation|approved|"
    r"allocated|signed|"
    r"meeting|sheet|season|process|request|approval|for (?!this|it\b|that|any|your?\b|us\b|software|new\b)))"
    rf"|(?:(?:n['’]?t|not) (?:have|got|have got)|(?:have|has|had)n['’]?t(?: got)?) any (?:extra |spare )?"
    rf"{_MONEY}\b"
    rf"|(?:not|n['’]?t (?:have|got|spend|have got)) (?:a|one) (?:single |red )?{_COIN}\b(?! (?:more|over|"
    rf"less|extra|above|under|sooner|out of|from|off))|(?:zero|no|nil) {_COIN}\b"
    rf"|(?:budget|{_MONEY})(?: (?:for|on) (?:this|it|that))?(?:['’]?s| is| was| stands at) (?:actually |"
    rf"exactly |literally )?(?:zero|nil|nothing|nought)\b"
    r"|nothing (?:is |['’]s )?(?:budgeted|set aside|put aside|allocated|earmarked|to spend|in the (?:budget|"
    r"pot|kitty))\b|(?:have|['’]ve|got|it['’]?s|is) (?:got |absolutely |precisely )?(?:nothing|zero|nil|"
    r"nought)(?: to spend)? (?:for|on) (?:this|it|that)\b"
    r"|(?:actually|absolutely|exactly|literally|like|it['’]?s|is) (?:zero|nil|nought)(?=\s*(?:[.,;!?]|$)|"
    r"\s+(?:yeah|sorry|for))|(?:^|[.!?,]\s+)(?:zero|nil)(?=\s*(?:[.!]|$)))",
    re.IGNORECASE,
)
# `ZERO` has one of these wherever it matches.
ZERO_WORDS = frozenset(
    "budget budgets money fund funds funding cash cent cents penny pennies dime dimes nickel nickels dollar "
    "dollars euro euros pound pounds rand rands rupee rupees buck bucks quid shilling shillings franc francs "
    "bean nothing zero nil nought".split()
)

FIGURE_WORDS = ["four", "five", "six", "seven", "4", "5", "6", "7"]
FIGURE_SHARES = {
    "": (1, 10), "low": (1, 3), "mid": (4, 6), "middle": (4, 6), "high": (7, 10), "upper": (7, 10),
}  # fmt: skip
FIGURE_COUNT = regex(
    r"\b(?:(?P<part>low|mid|middle|high|upper)[- ])?(?P<count>four|five|six|seven|"
    r"[4-7])[- ]figures?\b", re.IGNORECASE
)


def may_tell_period(text: str) -> bool:
    """Whether a text holds a word that the period of an amount is told with."""
    return _MAY_TELL_PERIOD.search(plain(text)) is not None


def said_period(text: str) -> Period | None:
    """The period that a text speaks of ("for this year", "monthly"), wherever in it."""
    return next((period for pattern, period in _SAID_PERIOD if pattern.search(text)), None)
