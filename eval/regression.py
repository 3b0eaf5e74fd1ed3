"""Logistic regressions over features by name, each call judged by one that has seen no call of its seller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from places import Call, Place
from scipy.sparse import diags
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import MaxAbsScaler

from extractor.learned import logit
from extractor.vocabulary import SAID

STRENGTHS = (0.03, 0.1, 0.3, 1.0)
# Sellers are left out in so many folds, not one by one: that takes a third of the time.
FOLDS = 10
# Words in fewer calls than this are chance.
SAID_CALLS = 20
CURVE_STRENGTH = 1.0
# What a place out of any call counts, and the feature that only these have, which is hardly regularised.
ALONE_WEIGHT = 0.3
_ALONE, _ALONE_SCALE = "alone", 10.0


class Fitted:
    """A logistic regression with its features scaled into 0 to 1 by their largest values.

    Args:
        places: places of whole calls.
        also: places taken out of any call, each counted less. Far more of them are right than in calls, which
            a feature of their own takes up (as in Daumé III, 2007, Frustratingly Easy Domain Adaptation).
        strength: the inverse of the strength of regularisation.
    """

    def __init__(self, places: Sequence[Place], also: Sequence[Place], strength: float) -> None:
        self.vectorizer, self.scaler = DictVectorizer(), MaxAbsScaler()
        features = [*(p.features for p in places), *(p.features | {_ALONE: 1.0} for p in also)]
        matrix = self.scaler.fit_transform(self.vectorizer.fit_transform(features))
        if also:
            scales = np.ones(matrix.shape[1])
            scales[self.vectorizer.vocabulary_[_ALONE]] = _ALONE_SCALE
            matrix = (matrix @ diags(scales)).tocsr()
        self.model = LogisticRegression(C=strength, max_iter=5000)
        weights = [1.0] * len(places) + [ALONE_WEIGHT] * len(also)
        self.model.fit(matrix, [p.is_right for p in (*places, *also)], sample_weight=weights)

    def odds(self, places: Sequence[Place]) -> np.ndarray:
        """Log-odds of each place."""
        if not places:
            return np.array([])
        matrix = self.scaler.transform(self.vectorizer.transform([p.features for p in places]))
        return np.asarray(self.model.decision_function(matrix))

    def weights(self) -> dict[str, float]:
        """Weights over features as they are, unscaled."""
        names = self.vectorizer.get_feature_names_out()
        weights = rounded(names, self.model.coef_[0] / self.scaler.scale_)
        weights.pop(_ALONE, None)
        return weights


def rounded(names: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    """Weights by name, as they are written; those that count next to nothing are left out."""
    return {str(n): round(float(w), 4) for n, w in zip(names, weights, strict=True) if abs(w) > 1e-4}


def leave_sellers_out(calls: Sequence[Call], strength: float, also: Sequence[Place]) -> None:
    """Judge each call with a model that has seen no call of its seller, and all of the other places."""
    sellers = sorted({c.seller for c in calls})
    for left_out in (set(sellers[n::FOLDS]) for n in range(min(FOLDS, len(sellers)))):
        known = [p for c in calls if c.seller not in left_out for p in c.places]
        fitted = Fitted(known, also, strength)
        for call in calls:
            if call.seller in left_out:
                call.odds = fitted.odds(call.places)


def without_rare_words(calls: Sequence[Call], also: Sequence[Place]) -> None:
    """Leave the places only those words that are said in enough calls and other places."""
    said = [*([p.features for p in c.places] for c in calls), *([p.features] for p in also)]
    words = ({w for features in one for w in features if w.startswith(SAID)} for one in said)
    counts = Counter(w for in_one in words for w in in_one)
    for place in (*(p for c in calls for p in c.places), *also):
        place.features = {
            name: x for name, x in place.features.items() if counts.get(name, SAID_CALLS) >= SAID_CALLS
        }


def ranked_places(name: str, calls: Sequence[Call], also: Sequence[Place] = ()) -> dict[str, object]:
    """Fit the model that ranks places; the calls get the odds of models that have not seen their seller.

    Args:
        name: the model's, to print.
        calls: calls with their places.
        also: further places to learn from, of no call.
    """

    def quality(strength: float) -> float:
        leave_sellers_out(calls, strength, also)
        truth = [p.is_right for c in calls for p in c.places]
        odds = np.concatenate([c.odds for c in calls])
        top = np.mean([c.places[c.best].is_right for c in calls if c.stated and len(c.odds)])
        return float(average_precision_score(truth, odds) + top)

    without_rare_words(calls, also)
    qualities = {strength: quality(strength) for strength in STRENGTHS}
    strength = max(STRENGTHS, key=lambda s: qualities[s])
    leave_sellers_out(calls, strength, also)
    right = f"best place right {qualities[strength]:.2f} (AP + share)"
    print(f"{name:9} {len(calls)} calls, C {strength}: {right}")
    fitted = Fitted([p for c in calls for p in c.places], also, strength)
    return {"bias": round(float(fitted.model.intercept_[0]), 4), "weights": fitted.weights()}


F = Callable[[Sequence[Call], float], float]


def best_threshold(f: F, calls: Sequence[Call], values: Sequence[float]) -> float:
    """The middle of the stretch of thresholds with the best F-measure."""
    steps = np.linspace(min(values), max(values), 200)
    scores = [f(calls, t) for t in steps]
    best = [t for t, score in zip(steps, scores, strict=True) if score >= max(scores) - 1e-9]
    return round(float(np.median(best)), 3)


def curve(given: Sequence[Sequence[float]], truth: Sequence[bool]) -> tuple[float, ...]:
    """Slopes and intercept that turn what is given into the log-odds of the truth (Platt scaling)."""
    if len(set(truth)) < 2:
        return (1.0, *(0.0 for _ in given[0]))
    # Held back: of half a hundred calls that are told apart without a mistake the next will not be.
    model = LogisticRegression(C=CURVE_STRENGTH, max_iter=1000).fit(np.array(given), list(truth))
    if min(model.coef_[0]) < 0:
        # What is given tells nothing: nobody is less sure for being told more.
        return (*(0.0 for _ in given[0]), round(logit(float(np.mean(truth))), 4))
    return tuple(round(float(x), 4) for x in (*model.coef_[0], model.intercept_[0]))
