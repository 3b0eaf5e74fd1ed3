"""Which entry of a catalogue a text is about: by the words they share, rare ones counting most."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from extractor.cues import Features
from extractor.form import CatalogItem

_WORD = re.compile(r"[^\W\d_]{3,}")
# Enough of English morphology to see that "chasing invoices" and "chases an invoice" are about one thing.
_ENDINGS = tuple("ations ation ments ment ings ing ers er ies ied es ed s ly y e".split())
_STEM_LETTERS = 3
# A word of the title says more than one of the description.
_TITLE_WEIGHT = 2


class Matcher:
    """Compares texts with a catalogue; `background` tells which words are common on this call."""

    def __init__(self, catalog: Sequence[CatalogItem], background: Iterable[str]) -> None:
        self.catalog = catalog
        documents = [_stems(f"{i.title} {i.description}") for i in catalog]
        seen: Counter[str] = Counter()
        texts = [*documents, *(_stems(t) for t in background)]
        for stems in texts:
            seen.update(set(stems))
        self._rarity = {stem: math.log((1 + len(texts)) / (1 + n)) + 1 for stem, n in seen.items()}
        self._unseen = math.log(1 + len(texts)) + 1
        weighted = [_TITLE_WEIGHT * _stems(i.title) + d for i, d in zip(catalog, documents, strict=True)]
        self._vectors = [self._vector(stems) for stems in weighted]

    def best(self, text: str) -> tuple[CatalogItem, Features] | None:
        """The entry most like the text, and how like it is; None for an empty catalogue."""
        if not self.catalog:
            return None
        vector = self._vector(_stems(text))
        likeness = [sum(w * v.get(stem, 0.0) for stem, w in vector.items()) for v in self._vectors]
        ranked = sorted(range(len(likeness)), key=lambda i: -likeness[i])
        top = ranked[0]
        second = likeness[ranked[1]] if len(ranked) > 1 else 0.0
        shared = len(vector.keys() & self._vectors[top].keys())
        return self.catalog[top], {
            "likeness": likeness[top],
            "lead": likeness[top] - second,
            "shared": math.log1p(shared),
            "words": math.log1p(len(vector)),
        }

    def _vector(self, stems: Sequence[str]) -> dict[str, float]:
        counts = Counter(stems).items()
        weights = {s: (1 + math.log(n)) * self._rarity.get(s, self._unseen) for s, n in counts}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        return {s: w / length for s, w in weights.items()}


def _stems(text: str) -> list[str]:
    return [_stem(w) for w in _WORD.findall(text.lower())]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_LETTERS:
            return word[: -len(ending)]
    return word
