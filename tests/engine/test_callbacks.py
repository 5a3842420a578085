"""What listens to a training run."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from robustgan._bridge import Streams
from robustgan.engine import Callback, Player, Schedule, TrainingState, train
from robustgan.engine.callbacks import (
    CallbackSupportMixin,
    ProgressBar,
    listeners,
    with_callbacks,
)

N_EPOCHS = 5


class Recorder:
    def __init__(self):
        self.states = []

    def on_epoch_end(self, state):
        # ``progress`` moves on; what it says now is kept.
        self.states.append((state.progress.epoch, state.progress.expected_epochs, state))


def run(callbacks, stage="game"):
    moved = torch.ones(2, 1, requires_grad=True)
    optimizer = torch.optim.SGD([moved], lr=0.1)
    player = Player("walker", optimizer, lambda _: 0.5 * moved.square().sum(dim=1))
    return train(
        [player],
        torch.zeros(32, 1),
        track=moved.detach,
        streams=Streams([0, 1], "cpu"),
        schedule=Schedule(2, 3, N_EPOCHS),
        batch_size=32,
        steps_per_epoch=1,
        callbacks=callbacks,
        stage=stage,
    )


def test_a_callback_is_told_of_every_epoch():
    recorder = Recorder()
    history = run([recorder], stage="warming up")
    assert [epoch for epoch, _, _ in recorder.states] == list(range(1, N_EPOCHS + 1))
    for i, (_, expected, state) in enumerate(recorder.states):
        assert isinstance(state, TrainingState)
        assert state.stage == "warming up"
        assert expected == N_EPOCHS
        assert_array_equal(state.losses["walker"], history.losses["walker"][i])
        assert_array_equal(state.tracked, history.tracked[i])
        assert_array_equal(state.rates, history.rates[i])


def test_what_a_callback_is_told_is_right():
    recorder = Recorder()
    run([recorder])
    _, _, first = recorder.states[0]
    # From one, half the square is 1/2, and one step of 0.1 goes to 0.9.
    assert_allclose(first.losses["walker"], [0.5, 0.5])
    assert_allclose(first.tracked, [[0.9], [0.9]], rtol=1e-6)
    assert_allclose(first.rates, [1.0, 1.0])


def test_anything_with_the_method_is_a_callback():
    assert isinstance(Recorder(), Callback)
    assert not isinstance(print, Callback)


class Estimator(CallbackSupportMixin, BaseEstimator):
    """Fits nothing, but listens."""

    def __init__(self, *, callbacks=None, verbose=0):
        self.callbacks = callbacks
        self.verbose = verbose

    @with_callbacks
    def fit(self, X, y=None):
        with listeners(self, X, self.callbacks, self.verbose) as listening:
            self.n_epochs_ = len(run(listening).tracked)
        return self


X = np.zeros((4, 1))


@pytest.mark.parametrize("wrong", [print, "bar", Recorder, 3])
def test_what_is_no_callback_is_an_error_that_says_what_is(wrong):
    with pytest.raises(TypeError, match=r"callbacks must be objects .* on_epoch_end"):
        Estimator(callbacks=[wrong]).fit(X)


def test_the_users_callbacks_hear_every_epoch():
    recorder = Recorder()
    Estimator(callbacks=[recorder]).fit(X)
    assert len(recorder.states) == N_EPOCHS


def test_nothing_is_written_by_default(capfd):
    Estimator().fit(X)
    assert capfd.readouterr() == ("", "")


def test_progress_goes_to_standard_error_alone(capsys):
    Estimator(verbose=1).fit(X)
    out, err = capsys.readouterr()
    assert out == ""
    assert "game" in err
    assert f"{N_EPOCHS}/{N_EPOCHS}" in err
    assert "walker" in err


def test_the_bar_has_a_line_for_each_stage(capsys):
    bar = ProgressBar()
    run([bar], stage="first")
    run([bar], stage="second")
    bar.close()
    err = capsys.readouterr().err
    assert "first" in err
    assert "second" in err


def test_the_bar_is_closed_when_a_fit_fails(capsys):
    class Fail:
        def on_epoch_end(self, state):
            raise RuntimeError("enough")

    # A bar that is still live would refuse the next one.
    for _ in range(2):
        with pytest.raises(RuntimeError, match="enough"):
            Estimator(verbose=1, callbacks=[Fail()]).fit(X)
    capsys.readouterr()


class SklearnRecorder:
    """One of scikit-learn's own callbacks."""

    def __init__(self, stop_after=None):
        self.events, self.stop_after = [], stop_after

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context, **kwargs):
        self.events.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, **kwargs):
        self.events.append(f"end {context.task_name}")
        ended = sum(event.startswith("end game") for event in self.events)
        return self.stop_after is not None and ended >= self.stop_after


@pytest.fixture(name="skl")
def sklearn_callbacks():
    return pytest.importorskip("sklearn.callback")


@pytest.mark.usefixtures("skl")
def test_scikit_learns_callbacks_are_told_of_each_epoch():
    recorder = SklearnRecorder()
    Estimator().set_callbacks(recorder).fit(X)
    epoch = ["begin game-epoch", "end game-epoch"]
    assert recorder.events[:2] == ["setup", "begin fit"]
    assert recorder.events[2:-2] == epoch * N_EPOCHS
    assert recorder.events[-2:] == ["end fit", "teardown"]


@pytest.mark.usefixtures("skl")
def test_scikit_learns_callbacks_can_stop_the_training():
    recorder = SklearnRecorder(stop_after=2)
    assert Estimator().set_callbacks(recorder).fit(X).n_epochs_ == 2


@pytest.mark.usefixtures("skl")
def test_scikit_learns_callbacks_are_torn_down_when_a_fit_fails():
    class Fail:
        def on_epoch_end(self, state):
            raise RuntimeError("enough")

    recorder = SklearnRecorder()
    with pytest.raises(RuntimeError, match="enough"):
        Estimator(callbacks=[Fail()]).set_callbacks(recorder).fit(X)
    assert recorder.events[-1] == "teardown"
