"""Who sells and who buys, as far as the file, calls.yaml and the caller's hints tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from extractor.patterns import regex
from extractor.transcript import Participant, SellerHints, Side, Transcript

_AFFILIATION = regex(
    r"^(?P<name>.{1,80}?)\s{0,3}"
    r"(?:\((?P<a>[^()]{1,80})\)|\s[|@–—-]\s?(?P<b>[^|@]{1,80})|,\s?(?P<c>[^,]{1,80}))$"
)
_PUNCTUATION = regex(r"[^\w\s]+")


def apply_hints(transcript: Transcript, hints: SellerHints, source: str = "option") -> Transcript:
    """Name the sides by what is known of the seller.

    An e-mail domain, a person's name (a first name, where only one on the call has it) or the company's
    name, which may stand after the speaker's, marks a seller. Once somebody on the call is known to sell,
    every other named person without a side buys. A hint that fits nobody gives a warning.

    Args:
        transcript: as read; sides that it has are kept, except for those whom the hints name.
        hints: the selling side.
        source: what to write into `sides_from`.
    """
    if not hints.domains and not hints.names:
        return transcript
    people = _people(transcript)
    sellers = {p.name for p in people if _in_domain(p, hints.domains)}
    for hint in hints.names:
        sellers |= matching(hint, people)
    if not sellers:
        warning = "Nobody on the call fits the seller's names or e-mail domains that were given."
        return transcript.model_copy(update={"warnings": (*transcript.warnings, warning)})
    sides: dict[str, Side | None] = {p.name: p.side or "buyer" for p in people}
    sides.update(dict.fromkeys(sellers, "seller"))
    return with_sides(transcript, sides, source)


def matching(hint: str, people: Iterable[Participant]) -> set[str]:
    """The names of the people whom a hint means: a full name, else a company, else a unique first name."""
    people = list(people)
    key = _key(hint)
    if not key:
        return set()
    tests: tuple[Callable[[Participant], bool], ...] = (
        lambda p: key in _aliases(p.name) or bool(_aliases(hint) & _aliases(p.name)),
        lambda p: _same_company(key, p.company) or _same_company(key, _affiliation(p.name)),
    )
    for test in tests:
        found = {p.name for p in people if test(p)}
        if found:
            return found
    parts = key.split()
    first = {p.name for p in people if any(_first_name_of(parts, a.split()) for a in _aliases(p.name))}
    return first if len(first) == 1 else set()


def with_sides(transcript: Transcript, sides: Mapping[str, Side | None], source: str) -> Transcript:
    """The transcript with the sides of the people in `sides`; others keep theirs. People new to it join."""
    people = tuple(
        p.model_copy(update={"side": sides[p.name]}) if p.name in sides else p for p in _people(transcript)
    )
    turns = tuple(
        t.model_copy(update={"side": sides[t.speaker]}) if t.speaker and t.speaker in sides else t
        for t in transcript.turns
    )
    return transcript.model_copy(update={"participants": people, "turns": turns, "sides_from": source})


def _people(transcript: Transcript) -> tuple[Participant, ...]:
    listed = {p.name for p in transcript.participants}
    return transcript.participants + tuple(
        Participant(name=s) for s in transcript.speakers() if s not in listed
    )


def _in_domain(person: Participant, domains: Iterable[str]) -> bool:
    host = (person.email or "").rpartition("@")[2].strip().casefold()
    wanted = [d.strip().casefold().lstrip("@") for d in domains]
    return bool(host) and any(host == d or host.endswith("." + d) for d in wanted if d)


def _key(words: str) -> str:
    return " ".join(_PUNCTUATION.sub(" ", words.casefold()).split())


def _aliases(name: str) -> set[str]:
    """The ways in which a name is matched: whole, without what stands after it, and "Last, First" turned."""
    found = {_key(name)}
    if match := _AFFILIATION.match(name.strip()):
        found.add(_key(match["name"]))
        if match["c"]:
            found.add(_key(f"{match['c']} {match['name']}"))
    return found - {""}


def _affiliation(name: str) -> str | None:
    match = _AFFILIATION.match(name.strip())
    return (match["a"] or match["b"] or match["c"]) if match else None


def _same_company(key: str, company: str | None) -> bool:
    """Whether two names mean one company: equal, or one goes on where the other ends (Acme, Acme Inc.)."""
    other = _key(company or "")
    return bool(other) and (f"{other} ".startswith(f"{key} ") or f"{key} ".startswith(f"{other} "))


def _first_name_of(hint: list[str], alias: list[str]) -> bool:
    """Whether one is the other's first name, or its first name and an initial."""
    if not hint or not alias or hint[0] != alias[0] or min(len(hint), len(alias)) > 2:
        return False
    if len(hint) == 1 or len(alias) == 1:
        return True
    a, b = hint[-1], alias[-1]
    return (len(a) == 1 or len(b) == 1) and a[0] == b[0]
