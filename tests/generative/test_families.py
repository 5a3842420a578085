"""What every family of games has: the same bits again, replicas, checkpoints, files, errors."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from torch import nn

from robustgan import BEGAN, ConditionalGAN, InfoGAN, MixtureGAN

QUICK = {"n_steps": 9, "steps_per_epoch": 3, "hidden_units": (8,), "batch_size": 32}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(100, 2)) * [1.0, 50.0] + [3.0, 0.0]
LABELS = RNG.choice(["a", "b", "c"], size=100)


def modules(n_told, n_scores):
    generator = nn.Sequential(nn.Linear(3 + n_told, 8), nn.BatchNorm1d(8), nn.ReLU())
    discriminator = nn.Sequential(nn.Linear(n_scores[0], 8), nn.ReLU(), nn.Linear(8, n_scores[1]))
    return {
        "generator": generator.append(nn.Linear(8, 2)),
        "discriminator": discriminator,
        "latent_dim": 3,
    }


FAMILIES = {
    "labels": (ConditionalGAN, {"pac": 2, "instance_noise": 0.1}, LABELS),
    "attributes": (
        ConditionalGAN,
        {"n_critic_steps": 2, "penalty": "r1"},
        RNG.normal(size=(100, 3)),
    ),
    "labels, modules": (ConditionalGAN, modules(3, (5, 1)), LABELS),
    "codes": (InfoGAN, {"n_categories": (3, 2), "n_continuous": 1}, None),
    "numbers": (InfoGAN, {"n_categories": (), "n_continuous": 2, "averaging": 0.0}, None),
    "codes, modules": (InfoGAN, {"n_categories": 4, **modules(4, (2, 5))}, None),
    "mixture": (MixtureGAN, {"n_generators": 3, "n_discriminators": 2, "pac": 2}, None),
    "mixture, annealed": (MixtureGAN, {"penalty": "gradient", "annealing": 0.5}, None),
    "mixture, clipped": (
        MixtureGAN,
        {"objective": "wasserstein", "constraint": 0.01, "n_critic_steps": 2},
        None,
    ),
    "mixture, modules": (MixtureGAN, {"constraint": "spectral", **modules(0, (2, 1))}, None),
    "balance": (BEGAN, {"gain": 0.1, "latent_dim": 2}, None),
    "balance, modules": (BEGAN, modules(0, (2, 2)), None),
}
every_family = pytest.mark.parametrize("family", FAMILIES)


def make(family, **changes):
    kind, settings, _ = FAMILIES[family]
    return kind(**{**QUICK, "random_state": 0, **settings, **changes})


def fit(family, resume_from=None, **changes):
    return make(family, **changes).fit(X, FAMILIES[family][2], resume_from=resume_from)


def told(family, replica=0):
    """What a fitted model says: draws and scores."""

    def say(model):
        y = FAMILIES[family][2]
        scores = model.discriminate(X, y, replica=replica)
        return model.sample(9, random_state=0, replica=replica), scores

    return say


class StopAfter:
    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_epoch_end(self, state):
        return state.progress.epoch >= self.n_epochs


def assert_same_bits(one, other):
    for name in ("generator_", "discriminator_"):
        ours, theirs = (getattr(model, name).state_dict() for model in (one, other))
        assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    assert_array_equal(one.history_.losses["generator"], other.history_.losses["generator"])
    assert_array_equal(one.history_.tracked, other.history_.tracked)


@every_family
@pytest.mark.parametrize("n_replicas", [1, 2])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path, family, n_replicas):
    path = tmp_path / "half"
    whole = fit(family, n_replicas=n_replicas)
    fit(family, n_replicas=n_replicas, checkpoint=path, callbacks=[StopAfter(2)])
    assert_same_bits(whole, fit(family, resume_from=path, n_replicas=n_replicas))


@every_family
def test_a_replica_does_not_depend_on_the_others(family):
    alone, among = fit(family), fit(family, n_replicas=3)
    # Batched products may round in another order, which batch norm amplifies; X is 50 wide.
    for ours, theirs in zip(told(family)(alone), told(family)(among), strict=True):
        assert_allclose(ours, theirs, rtol=1e-3, atol=0.1 if "modules" in family else 1e-3)
    assert not np.allclose(told(family, 1)(among)[0], told(family)(among)[0])


@every_family
def test_a_saved_model_says_the_same_bits(tmp_path, family):
    model = fit(family, n_replicas=2)
    model.save(tmp_path / "model")
    own = {
        name: module
        for name, module in FAMILIES[family][1].items()
        if isinstance(module, nn.Module)
    }
    loaded = type(model).load(tmp_path / "model", **own)
    for replica in (0, 1):
        for ours, theirs in zip(
            told(family, replica)(model), told(family, replica)(loaded), strict=True
        ):
            assert_array_equal(ours, theirs)
    assert {k for k in vars(model) if k.endswith("_")} == {
        k for k in vars(loaded) if k.endswith("_")
    }


@every_family
def test_a_clone_has_every_parameter(family):
    model = make(family, activation="tanh", annealing=0.25, verbose=0)
    assert set(clone(model).get_params(deep=False)) == set(vars(model)) - FIXED[type(model)]
    assert clone(model).get_params(deep=False)["annealing"] == 0.25


# What a family has no choice of.
FIXED = {
    ConditionalGAN: set(),
    MixtureGAN: set(),
    InfoGAN: {"pac"},
    BEGAN: {
        "objective",
        "penalty",
        "constraint",
        "pac",
        "label_smoothing",
        "instance_noise",
        "n_critic_steps",
    },
}


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (InfoGAN, {"n_categories": 1}, "n_categories must be at least 2, got 1"),
        (InfoGAN, {"n_categories": ()}, "n_continuous must be at least 1 without categories"),
        (InfoGAN, {"information": -1.0}, "information must be finite and at least 0, got -1.0"),
        (MixtureGAN, {"n_generators": 0}, "n_generators must be at least 1, got 0"),
        (MixtureGAN, {"entropy": -0.1}, "entropy must be finite and at least 0, got -0.1"),
        (BEGAN, {"diversity": 1.5}, "diversity must be finite and above 0 and at most 1, got 1.5"),
        (BEGAN, {"gain": 0.0}, "gain must be finite and above 0, got 0.0"),
        (BEGAN, {"code_dim": 0}, "code_dim must be at least 1, got 0"),
        (ConditionalGAN, {}, "y must be given, labels or attributes of each row, got None"),
    ],
)
def test_a_bad_parameter_is_named(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        kind(**QUICK, **settings).fit(X)


@pytest.mark.parametrize("family", ["codes", "mixture", "balance"])
def test_conditions_are_refused_where_there_are_none(family):
    with pytest.raises(ValueError, match="y must be None for a model without conditions"):
        fit(family).discriminate(X, LABELS)
