"""What the seller answers to a need: that their product does it, or that it doesn't.

A buyer asks for things that nobody in the room sells. Whether an entry of the catalogue solves a need is told
less by the words they share than by the turns after it: "that's our second module", "no, that isn't us".
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from extractor.cues import Features
from extractor.patterns import regex
from extractor.transcript import Turn
from extractor.vocabulary import said

# What a word of each of the seller's next turns counts, and among how many turns after the need those are.
# Which of them says it matters less: else a word on the weather in between would change the answer.
_REPLIES = (1.0, 0.6, 0.4)
_REACH = 5
# What a reply begins with says most.
_FIRST_WORDS = 15

_BEGINNING = r"^(?:(?:um+|uh+|er+m?|e?h?m+|ah+|oh+|aw+|huh|ha|well|so|and|but|okay|ok|right|yeah|look|honestly)\W+)*"
_NO_VERB = r"(?:do|does|ca|would|is|are|have|has|wo|could|ai|did)(?:n'?t| not)|cannot|can not|never"

_CUES: dict[str, str] = {
    "no at once": _BEGINNING + r"(?:no|nope|nah|not|neither|none)\b",
    "no": r"\b(?:no|nope|neither|none of)\b",
    "not ours": (
        r"\b(?:not|no|n[o']?t|isn'?t|aren'?t|neither(?: of \w+)? is) (?:really |quite |actually |just |even )?"
        r"(?:us|ours?|something (?:that )?we|anything (?:that )?we|what we|our thing|in (?:it|there|scope)|part of|"
        r"offered|included|covered|supported|today|yet)\b"
    ),
    "we don't": rf"\b(?:we|i)\b(?:'\w+)?(?: \w+)? ?(?:{_NO_VERB}|not|no)\b",
    "it doesn't": rf"\b(?:it|that|this|there|one|system|product|app)\b(?:'s| is)? ?(?:{_NO_VERB}|not|no)\b",
    "nothing": r"\b(?:nothing|(?:n[o']?t|never) (?:\w+ )?anything|neither|none)\b",
    "regret": r"\b(?:afraid|sorry|unfortunately|sadly)\b",
    "honest": r"\b(?:honest\w*|straight|fib|pretend|dress it up|lie|frank\w*|candid|upfront|rather tell you)\b",
    "others": (
        r"\b(?:some(?:body|one) else|other (?:companies|people|vendors|folks)|folks|outfits|packages|specialists?|"
        r"partners?|third part(?:y|ies)|elsewhere|people who|companies (?:for|that|who)|vendors? (?:who|that))\b"
    ),
    "you would": r"\b(?:you(?:'d| would|'ll) (?:still|need|have|be)|work ?around|by hand|export)\b",
    "later": r"\b(?:road ?map|not (?:yet|today)|been asked|some ?day|next year|wish ?list)\b",
    "only": r"\b(?:only|just)\b",
    "yes at once": _BEGINNING + r"(?:yes|yep|yup|yeah|sure|absolutely|exactly|definitely|of course|correct)\b",
    "yes": r"\b(?:yes|yep|exactly|absolutely|of course|correct|definitely)\b",
    "ours": (
        r"\b(?:that'?s|it'?s|this is|that is) (?:just |exactly |pretty much |very much |what )?"
        r"(?:us|ours?|we|standard|the|a|in|included|covered)\b"
    ),
    "we do": r"\bwe(?:'ve| do| can| have|'d|'ll| would)\b(?! ?(?:n'?t|not))",
    "shown": r"\b(?:show|click|see|screen|look at|here|open|share)\b",
    "it can": r"\b(?:it|you|they) (?:can|will|does|goes|comes|gets|opens|sends|takes)\b|\b(?:it|you|they)'ll\b",
    "asks": r"\?\s*$",
}  # fmt: skip
CUES = {name: regex(pattern, re.IGNORECASE) for name, pattern in _CUES.items()}


def reply_features(turns: Sequence[Turn], need: int) -> Features:
    """Cues in what the seller says next after turn `need`, and those and the first words of the first reply."""
    after = turns[need + 1 : need + 1 + _REACH]
    replies = [t.text for t in after if t.side == "seller"][: len(_REPLIES)]
    if not replies:
        return {"unanswered": 1.0}
    heard: Features = {}
    for counts, reply in zip(_REPLIES, replies, strict=False):
        heard |= {cue: counts for cue, p in CUES.items() if cue not in heard and p.search(reply)}
    at_first = {f"{cue} at first": 1.0 for cue, counts in heard.items() if counts == _REPLIES[0]}
    longest = max(len(reply.split()) for reply in replies)
    first_words = said(" ".join(replies[0].split()[:_FIRST_WORDS]))
    return heard | at_first | first_words | {"length": math.log1p(longest) / 4}


def coverage_features(turns: Sequence[Turn], need: int, match_odds: Sequence[float]) -> Features:
    """The replies beside how well the catalogue's entries match.

    Args:
        turns: the call's.
        need: the turn that tells the need.
        match_odds: log-odds of each entry of the catalogue, at least one.
    """
    best, *others = sorted(match_odds, reverse=True)
    features = reply_features(turns, need)
    # Where nobody answers, how well an entry matches is all there is.
    alone = " alone" if "unanswered" in features else ""
    likeness = {f"match{alone}": best, f"match over next{alone}": best - others[0] if others else 0.0}
    return features | likeness
