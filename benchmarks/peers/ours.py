"""The package's estimators, at their defaults, and with one setting changed for the ablation."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from benchmarks.peers.peer import Array, Fitted, Peer, Told

ABLATION = "setting "


def _fitted(estimator: object, X: Array) -> Fitted:
    """Read off what a fitted game knows; its rows are scored when that is asked for."""
    scatter = getattr(estimator, "scatter_", None)
    raw = Fitted(estimator.raw_location_, getattr(estimator, "raw_scatter_", None))
    return Fitted(
        location=estimator.location_,
        scatter=scatter,
        scores=lambda: estimator.score_samples(X),
        raw=raw,
        last=_last_epoch(estimator),
        note=estimator.fallback_ or "",
    )


def _last_epoch(estimator: object) -> Fitted | None:
    """Return the game's location before it is averaged over epochs, where units are the data's."""
    history = estimator.history_
    if history is None or getattr(estimator, "covariance", None) != "identity":
        return None
    moved = history.tracked[-1] - history.tail_mean()
    return Fitted(estimator.raw_location_ + moved.reshape(-1)[: len(estimator.location_)])


def mean(**parameters: object) -> Peer:
    """`JSGANMean`, all samples side by side."""

    def fit_samples(samples: Sequence[Array], told: Sequence[Told]) -> list[Fitted]:
        from robustgan import JSGANMean

        estimator = JSGANMean(**({"random_state": 0, "device": "cpu"} | parameters))
        fits = estimator.fit_samples(samples)
        return [_fitted(fit, X) for fit, X in zip(fits, samples, strict=True)]

    return Peer(fit_samples, together=True)


def scatter(*, together: bool = True, **parameters: object) -> Peer:
    """`JSGANScatter`, told the family of the clean rows as its user would tell it."""

    def fit_samples(samples: Sequence[Array], told: Sequence[Told]) -> list[Fitted]:
        from robustgan import JSGANScatter

        families = [each.family for each in told]
        fits: dict[int, object] = {}
        for family in dict.fromkeys(families):
            which = [i for i, each in enumerate(families) if each == family]
            settings = {"family": family, "random_state": 0, "device": "cpu"} | parameters
            found = JSGANScatter(**settings).fit_samples([samples[i] for i in which])
            fits |= dict(zip(which, found, strict=True))
        return [_fitted(fits[i], X) for i, X in enumerate(samples)]

    return Peer(fit_samples, together=together)


def regularised(samples: Sequence[Array], told: Sequence[Told]) -> list[Fitted]:
    """Fit what stands in for a game where rows are few and any covariance is asked for."""
    from robustgan import JSGANScatter

    fits = [JSGANScatter(rank=None).fit(X) for X in samples]
    return [Fitted(fit.location_, fit.covariance_) for fit in fits]


def setting(name: str) -> Peer:
    """Make the `JSGANMean` that ``setting NAME=VALUE, ...`` describes; values are literals.

    Raises
    ------
    KeyError
        If it is no description of a setting.
    """
    if not name.startswith(ABLATION):
        raise KeyError(name)
    call = ast.parse(f"f({name.removeprefix(ABLATION)})", mode="eval").body
    parameters = {word.arg: _value(word.value) for word in call.keywords}
    return mean(**({"covariance": "identity"} | parameters))


def _value(node: ast.expr) -> object:
    """Read a literal, or an objective with its sharpness."""
    if isinstance(node, ast.Call):
        from robustgan.objectives import OneSided

        return OneSided(*(ast.literal_eval(argument) for argument in node.args))
    return ast.literal_eval(node)


PEERS = {
    "JSGANMean": mean(),
    "JSGANMean(identity)": mean(covariance="identity"),
    "JSGANMean(diagonal)": mean(),
    "JSGANScatter": scatter(),
    "JSGANScatter, both": scatter(score_by="both"),
    "JSGANScatter, one fit": scatter(together=False),
    "regularised MCD": Peer(regularised),
}
