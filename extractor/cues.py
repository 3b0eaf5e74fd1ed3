"""What a turn looks like without understanding it: counts of cue words, who speaks, what stands around.

Small linear models (`learned.py`) read these features in milliseconds. They say where a language model
should look, and how far its answer can be believed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from extractor.patterns import regex
from extractor.transcript import Turn

Features = dict[str, float]


def _words(pattern: str) -> re.Pattern[str]:
    return regex(rf"\b(?:{pattern})\b", re.IGNORECASE)


CUES: dict[str, re.Pattern[str]] = {
    "number": _words(
        r"\d[\d.,]*k?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|"
        r"eigh|nine)teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half|zero|nil"
    ),
    "money": regex(
        r"[$€£₹]\s?\d|\b(?:dollars?|euros?|pounds?|quid|bucks|rand|rupees?|pesos|dirhams?|shillings?|grand|thousand|"
        r"million|lakhs?|crores?|\d+k|k|cents?|(?:a|per|each) (?:month|year))\b",
        re.IGNORECASE,
    ),
    "budget": _words(
        r"budget\w*|(?:set|put) (?:aside|by)|put towards|ring-?fenced|earmarked|allocat\w+|approved|forecast|line|pot|"
        r"envelope|fund(?:s|ing|ed)?|spend|afford|capex|opex|grant|in the plan|planned|planning|money"
    ),
    "have": _words(
        r"(?:i|we)(?:'?ve| have)(?: got)?|i got|(?:gave|given) (?:me|us)|there'?s|to work with|what (?:i|we)|all in|"
        r"all up|for (?:this|it|the lot|everything)|the lot|whole"
    ),
    "limit": _words(
        r"(?:can'?t|won'?t|couldn'?t) (?:go|do|spend|stretch)|(?:past|over|above|beyond|north of|under|up to|at most|at "
        r"least|inside)|no more|max(?:imum)?|limit|ceiling|cap|between|somewhere|range"
    ),
    "past": _words(
        r"last (?:year|time|month|summer|winter|spring|autumn|fall)|used to|was|were|had|paid|paying|pays?|costs?|"
        r"costing|spent|previous(?:ly)?|ago|old|since|already"
    ),
    "price": _words(
        r"prices?|pricing|list|per (?:seat|user|site|vehicle|head|bed|till|licen[cs]e)|a seat|quot\w+|proposal|"
        r"discount|licen[cs]es?|invoice|package|tier|starts at|comes? to|fee|offer"
    ),
    "other_money": _words(
        r"revenue|turnover|turn over|series|raised?|salar\w+|wages|fines?|fined|savings?|lost|loses?|losing|bill|bills|"
        r"worth|value|rent|loan|insurance|damages?"
    ),
    "time": _words(
        r"january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|"
        r"thurs|fri|satur|sun)day|weeks?|months?|quarter|q ?[1-4]|spring|summer|autumn|fall|winter|christmas|easter|"
        r"thanksgiving|holidays?|years?|end of|beginning|start of|middle of|mid|days?|tomorrow|soon|deadline|asap"
    ),
    "sign": _words(
        r"sign(?:s|ed|ing)?|signature|ink(?:ed)?|contracts?|agreement|paper(?:work)?|order(?:s|ed)?|p\.?o\.?|purchase|buy|bought|"
        r"deal|commit(?:ted)?"
    ),
    "decide": _words(r"decid\w+|decision|choose|chosen|pick(?:ed)?|award|final|approv\w+|vote|green light|go ahead"),
    "live": _words(
        r"(?:go(?:ing|es)?|be|it) live|in place|up and running|running|start(?:s|ed|ing)?|switch(?:ed|ing)?|ready|install(?:ed)?|"
        r"roll(?:ed|ing)? out|kick off|go|have it|got it|working|open(?:s|ed)?|begin(?:s|ning)?|onboard"
    ),
    "plan": _words(
        r"(?:i|we)(?:'d| would|'ll| will)? (?:want|like|need|sign|have|go|aim|plan|decide|start|buy)|(?:i|we)'?(?:m|re| am| are) "
        r"(?:looking|aiming|planning|hoping|going)|has to be|have to be|needs? to be|must be|want(?:s)? (?:it|this|the|to)|target|"
        r"aim(?:ing)?|latest|no later|that'?s the (?:date|day|one)|realistic\w*"
    ),
    "ends": _words(
        r"expir\w+|runs? out|ends?|ended|ending|until|till|renew\w*|lapses?|due|freeze|frozen|closed|away|off|on leave|back|"
        r"holiday|busy|peak|audit|inspection|wedding|birthday|visit|conference|show"
    ),
    "by": _words(r"by|before|until|till|from|not before|latest|earliest|no later|in time|ahead of"),
    "meeting": _words(
        r"call (?:you|me)|send|e-?mail|demo|meet(?:ing)?|follow[- ]up|next call|calendar|invite|talk again|ring|catch "
        r"up|webinar|chat|speak"
    ),
    "authority": _words(
        r"sign(?:s|ed|ing)?[- ]?off|signs?|signature|approv\w+|decid\w+|decision|final say|say[- ]so|last word|up to "
        r"(?:me|him|her|them|you)|(?:my|her|his|their|the) call|boss|board|committee|council|owners?|owns?|partners?|"
        r"trustees?|c[efoti]o|chief|director|manager|president|vp|head of|procurement|finance|recommend\w*|shortlist\w*|"
        r"evaluat\w+|authori[sz]\w+|permission|past|run it|my desk|green light|yes or no|consult\w+|advis\w+|veto"
    ),
    "own_say": _words(
        r"i (?:can |could |just |don'?t |only |'d |'ll |alone )?(?:sign|decide|approve|recommend|choose|pick|buy|use|own)|"
        r"i'?m (?:the one|just|only|not the)|my (?:budget|signature|decision|call|money|name)|(?:it'?s|that'?s|up to) "
        r"(?:me|mine|my)|don'?t (?:decide|get a say|buy)|(?:just|only) use|nobody above|no ?one above"
    ),
    "problem": _words(
        r"problems?|issues?|trouble|pain\w*|hate|nightmare|mess|manual\w*|by hand|spreadsheets?|excel|paper|whiteboard|"
        r"late|miss\w*|lost|los(?:e|es|ing)|wast\w+|errors?|wrong|slow\w*|stuck|br[eo]a?k\w*|fail\w*|can'?t|cannot|never|"
        r"nobody|no one|don'?t know|complain\w*|fines?|penalt\w+|audit\w*|twice|double|hours|chas\w+|guess\w*|forg[eo]t\w*|"
        r"every (?:week|month|day|time|morning)|half the time|cost(?:s|ing)? us|fall\w* through"
    ),
    "want": _words(
        r"need(?:s|ed)?|want(?:s|ed)?|must|ha(?:ve|s) to|got to|gotta|requir\w+|looking for|would like|(?:i|we)'?d (?:like|"
        r"love|want|need)|wish|important|be able to|so that|instead|rather|has got to|care about"
    ),
    "can_it": _words(r"(?:can|could|does|do|will|would|is) (?:it|you|your|that|this|there)|if (?:it|you|that)"),
    "no": _words(
        r"no|not|none|never|nothing|nowt|(?:do|is|wo|ca|does|was|would|did|are|have)n'?t|cannot|neither|without"
    ),
    "maybe": _words(r"if|would|could|might|maybe|perhaps|probably|hypothetical\w*|jok\w+|kidding|imagine|suppose"),
    "agree": regex(
        r"^\W*(?:yes|yeah|yep|yup|correct|exactly|right|sure|that'?s (?:right|it|correct|fine)|fine|okay|ok|aye|ya|done)\b",
        re.IGNORECASE,
    ),
    "i": _words(r"i|i'?m|i'?ve|i'?d|i'?ll|me|my|mine"),
    "we": _words(r"we|we'?re|we'?ve|we'?d|we'?ll|us|our|ours"),
    "you": _words(r"you|your|you'?re|you'?d|you'?ve|you'?ll|yours"),
    "they": _words(r"he|she|they|him|her|them|his|their|he'?s|she'?s|they'?re"),
    "question": regex(r"\?|^\W*(?:what|how|when|who|why|where|is|are|do|does|can|could|would)\b", re.IGNORECASE),
    "ask_budget": _words(r"budget|figures?|number|range|ballpark|set aside|spend|put aside|money|afford|price"),
    "ask_time": _words(r"when|timeline|timing|time ?frame|how soon|deadline|how long|date|by when|start|live"),
    "ask_authority": _words(r"who|decision|sign|approv\w+|involved|sign[- ]off|board|process|boss|yourself|anyone else"),
    "ask_need": _words(r"what|how|tell me|problems?|challenges?|looking|today|currently|walk me|why"),
    "product": _words(
        r"(?:our|the) (?:platform|product|system|app|price|plans?|standard|team)|customers?|clients?|modules?|integrat\w+|"
        r"onboarding|out of the box|dashboard|we (?:do|can|offer|support|handle)|show you|send you|get you|you(?:'d| would|"
        r"'ll) (?:get|see|have)|thanks for|appreciate|proposal"
    ),
}

# Cues of the turns before and after that help to understand a short one.
_NEIGHBOUR = (
    "ask_budget", "ask_time", "ask_authority", "ask_need", "question", "number", "money", "time", "sign", "decide",
    "live", "budget", "authority", "problem", "agree", "no",
)  # fmt: skip

# Pairs that mean more together than each alone.
_PAIRS = (
    ("number", "money"), ("number", "budget"), ("number", "have"), ("money", "limit"), ("time", "sign"), ("time", "by"), ("time", "plan"),
    ("time", "live"), ("time", "decide"), ("sign", "plan"), ("live", "plan"),
    ("authority", "i"), ("authority", "they"), ("problem", "we"), ("problem", "i"), ("want", "i"), ("want", "we"),
)  # fmt: skip


# What is said of signing, deciding or starting in the words between two commas or conjunctions.
_CLAUSE_PAIRS = _PAIRS + tuple(
    (step, about)
    for step in ("sign", "decide", "live")
    for about in ("plan", "by", "no", "past", "maybe", "i", "we", "they", "ends")
    if (step, about) not in _PAIRS
)
_CLAUSE_ENDS = regex(
    r"[,.;:!?]|\b(?:and|but|because|so|if|when|then|although|or|while|unless|since)\b", re.IGNORECASE
)


def cues_in(text: str) -> dict[str, int]:
    """How often each cue occurs, at most three times."""
    return {name: sum(1 for _ in islice(pattern.finditer(text), 3)) for name, pattern in CUES.items()}


# Holds the sentences of a long call, each of which may hold several amounts and times.
@lru_cache(maxsize=4_096)
def _said(text: str) -> frozenset[str]:
    """The cues that occur at all."""
    return frozenset(name for name, pattern in CUES.items() if pattern.search(text))


def turn_features(turns: Sequence[Turn], index: int, counts: Sequence[dict[str, int]]) -> Features:
    """Features of one turn among its neighbours; `counts` are `cues_in` of every turn."""
    turn, own = turns[index], counts[index]
    buyer = turn.side == "buyer"
    words = len(turn.text.split())
    features: Features = {
        "buyer": buyer,
        "seller": turn.side == "seller",
        "log_words": math.log1p(words),
        "short": words < 6,
        "place": index / len(turns),
    }
    for name, count in own.items():
        features[name] = count
        features[f"any {name}"] = count > 0
        features[f"buyer {name}"] = buyer and count > 0
    for one, other in _PAIRS:
        both = own[one] > 0 and own[other] > 0
        features[f"{one}+{other}"] = both
        features[f"buyer {one}+{other}"] = buyer and both
    for step, where in ((-1, "before"), (1, "after")):
        if 0 <= index + step < len(turns):
            features[f"same side {where}"] = turns[index + step].side == turn.side
            features |= {f"{where} {name}": counts[index + step][name] > 0 for name in _NEIGHBOUR}
    return {name: float(value) for name, value in features.items() if value}


# Letters that the few words beside a mention have at most: not every script puts blanks between them.
_REACH = 400
_CLAUSE_REACH = 200


def around(text: str, start: int, end: int, sentence: tuple[int, int], words: int = 7) -> Features:
    """Cues in the words just before and after `text[start:end]`, in its clause and in its sentence."""
    found = {
        "left": _said(" ".join(text[max(0, start - _REACH) : start].split()[-words:])),
        "right": _said(" ".join(text[end : end + _REACH].split()[:words])),
        "here": _said(text[slice(*sentence)]),
        "clause": _said(text[slice(*_clause(text, start, end))]),
    }
    features = {f"{name} {cue}": 1.0 for name, cues in found.items() for cue in cues}
    for name, pairs in (("here", _PAIRS), ("clause", _CLAUSE_PAIRS)):
        said = found[name]
        features |= {f"{name} {one}+{other}": 1.0 for one, other in pairs if one in said and other in said}
    return features


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the clause that holds `text[start:end]` begins and ends: between two commas or conjunctions."""
    nearest = max(0, start - _CLAUSE_REACH)
    ends = [m.end() for m in _CLAUSE_ENDS.finditer(text, nearest, start)]
    after = _CLAUSE_ENDS.search(text, end, end + _CLAUSE_REACH)
    return ends[-1] if ends else nearest, after.start() if after else min(len(text), end + _CLAUSE_REACH)


def speaker_features(turns: Sequence[Turn], counts: Sequence[dict[str, int]], speaker: str) -> Features:
    """How one speaker talks in the whole call: cues a ten words, questions, how much, how early."""
    own = [n for n, t in enumerate(turns) if t.speaker == speaker]
    words = sum(len(turns[n].text.split()) for n in own)
    features: Features = {
        name: 10 * sum(counts[n][name] for n in own) / (words + 20) for name in CUES
    }
    features["asks"] = sum(turns[n].text.rstrip().endswith("?") for n in own) / (len(own) + 2)
    features["log_words"] = math.log1p(words)
    features["first turn"] = own[0] / len(turns)
    return features


def relative_features(turns: Sequence[Turn], counts: Sequence[dict[str, int]]) -> dict[str, Features]:
    """Each speaker's features less the mean of all speakers: one sells by comparison with the other."""
    speakers = dict.fromkeys(t.speaker for t in turns if t.speaker)
    features = {s: speaker_features(turns, counts, s) for s in speakers}
    means = {
        name: sum(f[name] for f in features.values()) / len(features) for name in next(iter(features.values()), {})
    }
    return {s: {name: value - means[name] for name, value in f.items()} for s, f in features.items()}
