"""Which part in the purchase people tell of themselves: learned from what a reader would quote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from exchanges import Exchange, exchanges
from places import Call, Read
from regression import FOLDS, rounded
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline

from extractor.cues import Features
from extractor.parsing.parts import PARTS, part_features
from extractor.strategies.evidence import turn_quote

# Of the few words that tell someone's part, those that fewer people say are chance.
SAID_BY = 6


@dataclass
class Told:
    """What somebody says of their part in the purchase."""

    seller: str
    features: Features
    part: str


def learn_parts(calls: Iterable[tuple[Read, Call]], also_from: float) -> dict[str, dict[str, object]]:
    """Which part someone tells of themself: for each, what speaks for it.

    Nothing said speaks for none of them.

    Args:
        calls: labelled calls, each with its places for authority.
        also_from: the log-odds from which a place is quoted.
    """
    told = [t for read, call in calls for t in _quoted(read, call, also_from)]
    short = [_short(e) for e in exchanges("authority") if e.counts]
    counts = Counter(name for t in (*told, *short) for name in t.features)
    for t in (*told, *short):
        t.features = {name: x for name, x in t.features.items() if counts[name] >= SAID_BY}
    sellers = [t.seller for t in told]
    split = GroupKFold(min(FOLDS, len(set(sellers)))).split(told, groups=sellers)
    right = [
        guess == told[n].part
        for known, left_out in split
        for n, guess in zip(
            left_out,
            _fitted([*(told[n] for n in known), *short]).predict([told[n].features for n in left_out]),
            strict=True,
        )
    ]
    print(f"part      {len(told)} calls: right {np.mean(right):.2f}")
    model = _fitted([*told, *short])
    names = model[0].get_feature_names_out()
    weights = dict(zip(model[1].classes_, model[1].coef_, strict=True))
    return {f"part {part}": {"bias": 0.0, "weights": rounded(names, weights[part])} for part in PARTS}


def _fitted(told: Sequence[Told]) -> Pipeline:
    classifier = LogisticRegression(fit_intercept=False, class_weight="balanced", max_iter=5000)
    return make_pipeline(DictVectorizer(), classifier).fit([t.features for t in told], [t.part for t in told])


def _quoted(read: Read, call: Call, also_from: float) -> Iterator[Told]:
    """What the contact is quoted with, jokes and asides beside it included, as a reader would be shown it."""
    labelled, _, scene = read
    label, field = labelled.label.fields["authority"], labelled.form.field("authority")
    if not call.stated or not call.places:
        return
    chosen = [c for o, c in zip(call.odds, call.candidates, strict=True) if o >= also_from or o == call.top]
    quotes = [turn_quote(field, scene, c) for c in sorted(chosen, key=lambda c: c.turn)]
    own = [e.quote for e in quotes if e.speaker == label["contact"]]
    if own:
        seller = labelled.label.file.parent.name
        yield Told(seller, part_features(" ".join(own)), label["role"])


def _short(e: Exchange) -> Told:
    return Told("", part_features(e.said), e.counts)
