"""Which words before a colon are the name of a speaker: "Tom Okafor: yes" is speech, "Note: yes" is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from extractor.patterns import regex

_PREFIX = regex(r"^(?P<name>[^:：\t]{1,80})[ \t]*(?P<colon>[:：])(?!//)(?P<gap>[ \t]*)(?P<text>.*)$")
_BOLD = regex(r"^\s*(\*\*|__)(?P<head>.{1,80}?)\1")
_SENTENCE = regex(
    r"[!?！？…;\"“”<>{}\[\]]|^[-•*#>]|\b(?!Prof\b)[^\W\d_]{4,}\.(\s|$)|\.\s*$(?<!\b\w\.)(?<!\b[JS]r\.)"
)
_UNKNOWN = regex(
    r"^(unknown|unidentified|unnamed)([ _-]?(speaker|participant|caller|user))?([ _-]?\d+)?$", re.I
)

# Four characters of a name, or two and the "san" or "sama" that Japanese puts after it.
_SHORT_NAME = 4
_HANDLE = regex(r"[_@]|[^\W\d_]{4}\d")
_NOT_A_PERSON = regex(
    r"['’]s presentation$|note[\s-]?taker|\b(?:otter\.ai|otterpilot|fireflies(?:\.ai)?|read\.ai|tl;dv"
    r"|fathom\.video|(?:ai|meeting|recording) (?:bot|assistant|recorder))\b",
    re.I,
)

# A line that begins with one of these and a colon is a heading or a manner of speaking.
_LABELS = frozenset(
    """note notes nb n.b ps p.s update agenda summary action actions todo warning tip example e.g i.e eg ie
    date time title subject duration attendees participants invited present location link url http https
    budget authority need timeline price pricing cost costs total deadline goal goals topic topics
    re fyi question answer response meeting recording recorded transcript transcription language
    so yes no okay ok well and but first second third finally also plus again anyway
    hinweis datum nota fecha remarque objet""".split()
) | {
    "action items", "action item", "next steps", "next step", "key points", "call date", "call title",
    "meeting date", "meeting title", "quick question", "good news", "bad news", "follow up", "to do",
    "long story short", "bottom line", "good point", "fair enough", "fun fact", "side note", "call id",
}  # fmt: skip
# Words that stand in sentences and, in lower case, in no name.
_FUNCTION_WORDS = frozenset(
    """the is are was were this that that's these those it it's its i i'm i'll we we're you you're they he she
    but because if when what what's why how here here's there there's which like just one thing things my your
    our for with not yeah as at have has had does would could be been get got going then than about from
    question problem issue point""".split()
)
_PARTICLES = frozenset(
    "de da di do dos das du del della den der van von vom la le el al bin ibn ter ten y e".split()
)


def split_prefix(line: str) -> tuple[str, str] | None:
    """A line's words before its first colon and the text after it, None where there are none.

    Markdown bold and brackets around the name are dropped: `**Ana:** hi`, `[SPEAKER_00]: hi`.
    """
    match = _PREFIX.match(unbold(line))
    if not match or (not match["gap"] and match["colon"] == ":" and match["text"][:1].isdigit()):
        return None
    name = bare_name(match["name"])
    return (name, match["text"].strip()) if name else None


def unbold(line: str) -> str:
    """The line without Markdown bold around its first words."""
    return _BOLD.sub(lambda m: m["head"], line, count=1).lstrip()


def bare_name(words: str) -> str:
    """A name without brackets or emphasis around all of it."""
    name = words.strip().strip("*_").strip()
    if name[:1] == "[" and name[-1:] == "]":
        name = name[1:-1].strip()
    return name


def is_unknown(name: str) -> bool:
    """Whether a transcription tool put this in place of a name that it doesn't know."""
    return bool(_UNKNOWN.match(name))


def may_be_name(name: str) -> bool:
    """Whether these words could be a name at all: not a label, not a piece of a sentence."""
    words = name.split()
    if not words or len(name) > 60 or len(words) > 8 or name.casefold() in _LABELS:
        return False
    if not any(c.isalpha() for c in name):
        return name.startswith("+") and sum(c.isdigit() for c in name) >= 7
    if _SENTENCE.search(name) or "://" in name:
        return False
    straight = [w.replace("’", "'") for w in words]
    if straight[0].lower() in _FUNCTION_WORDS and any(w[0].islower() for w in words[1:]):
        return False
    return not any(w.lower() in _FUNCTION_WORDS and (w[0].islower() or "'" in w) for w in straight)


def looks_like_full_name(name: str) -> bool:
    """Whether words that occur once are plainly a name: two or more, all of them capitalised."""
    words = [w.strip("()[]|-–,.@&\"'") for w in name.split()]
    words = [w for w in words if w and w.lower() not in _PARTICLES]
    return len(words) >= 2 and all(not w[0].islower() for w in words) and words[0][0].isalpha()


def looks_like_handle(name: str) -> bool:
    """Whether one word can hardly be said before a colon: `kingy_sigp`, `ana.ruiz@example.com`, `tbenr2`."""
    word = name.strip()
    return len(word.split()) == 1 and word[0].isalpha() and bool(_HANDLE.search(word)) and may_be_name(word)


def is_person(name: str) -> bool:
    """Whether a name on a meeting's list is somebody: not a note-taking bot, not a shared screen."""
    return bool(name.strip()) and not _NOT_A_PERSON.search(name)


def may_stand_alone(name: str) -> bool:
    """Whether one word before a colon begins as a name does; scripts without capitals write names short."""
    uncased = name[0].isalpha() and name.lower() == name.upper()
    return len(name.split()) == 1 and (name[0].isupper() or (uncased and len(name) <= _SHORT_NAME))


def speaker_names(prefixes: Iterable[str | None], *, uniform_is_enough: bool) -> frozenset[str]:
    """Those of the prefixes that are speakers' names.

    A prefix counts if it recurs, or is plainly a full name. A lone word counts where every line has a prefix
    (with `uniform_is_enough`, or where none recurs): then the file names each turn; and on the first line
    beside other names: then the file names turns where the speaker changes.

    Args:
        prefixes: for each line or cue its words before the colon, None where it has none.
        uniform_is_enough: whether each line is a turn of its own, as in a text and unlike in captions.
    """
    found = list(prefixes)
    counts = Counter(p for p in found if p is not None and may_be_name(p))
    recurring = {name for name, n in counts.items() if n > 1}
    every = bool(found) and sum(counts.values()) == len(found)
    if every and (uniform_is_enough or not recurring):
        return frozenset(counts)
    names = recurring | {name for name in counts if looks_like_full_name(name)}
    lone = {name for name in counts if may_stand_alone(name)}
    if every:
        return frozenset(names | lone)
    first = found[0] if found else None
    # A single word before a colon in the whole file is more often a label than a speaker.
    if first in lone and len(counts) > 1:
        names |= {first} if names else lone
    return frozenset(names)
