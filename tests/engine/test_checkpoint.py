"""Interrupted training: what is saved, what is refused; rows of any shape, and labels beside."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from robustgan._bridge import Streams
from robustgan.engine import Batches, Player, Resumable, Schedule, train
from robustgan.engine.checkpoint import difference
from robustgan.engine.optimizers import Adam, GradientDescent, RMSprop

MAKERS = {
    "adam": lambda p: Adam([p], lr=0.1, betas=(0.5, 0.9)),
    "rmsprop": lambda p: RMSprop([p], lr=0.1),
    "descent": lambda p: GradientDescent([p], lr=0.1),
    "torch's adam": lambda p: torch.optim.Adam([p], lr=0.1),
    "torch's sgd": lambda p: torch.optim.SGD([p], lr=0.1, momentum=0.9),
}


class Stop:
    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_epoch_end(self, state):
        return state.progress.epoch == self.n_epochs


def run(make, callbacks=(), schedule=None, **settings):
    """Follow noisy means of batches; all streams, the order of rows and the optimizer matter."""
    X = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    moved = torch.zeros(2, 1, 3, requires_grad=True)
    streams, seen = Streams([0, 1], "cpu"), torch.zeros(2)

    def loss(batch):
        seen.add_(batch.sum(dim=(1, 2)))
        noise = streams.normal(4, 3).mean(dim=1, keepdim=True)
        return (moved - batch.mean(dim=1, keepdim=True) + noise).square().sum(dim=(1, 2))

    resumable = Resumable(**{"configuration": {"rate": "0.1"}, "state": {"seen": seen}, **settings})
    history = train(
        [Player("only", make(moved), loss)],
        X,
        track=moved.detach,
        streams=streams,
        schedule=schedule or Schedule(3, 3, 12, tol=1e-9),
        batch_size=16,
        steps_per_epoch=7,
        callbacks=callbacks,
        resumable=resumable,
    )
    return moved.detach(), seen, history


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("n_epochs", [1, 4])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path, name, n_epochs):
    path = tmp_path / "run"
    moved, seen, history = run(MAKERS[name])
    run(MAKERS[name], [Stop(n_epochs)], path=path)
    again, seen_again, resumed = run(MAKERS[name], resume_from=path)
    assert torch.equal(moved, again)
    assert torch.equal(seen, seen_again)
    for field in ("tracked", "rates", "n_iter", "converged"):
        assert_array_equal(getattr(history, field), getattr(resumed, field))


def test_a_finished_run_is_resumed_to_its_end(tmp_path):
    path = tmp_path / "run"
    moved, _, history = run(MAKERS["adam"], path=path)
    again, _, resumed = run(MAKERS["adam"], resume_from=path)
    assert torch.equal(moved, again)
    assert_array_equal(history.losses["only"], resumed.losses["only"])


def test_checkpoints_are_written_when_they_are_due(tmp_path):
    path = tmp_path / "run"
    written = []

    class Look:
        def on_epoch_end(self, state):
            written.append(path.exists())

    run(MAKERS["descent"], [Look()], schedule=Schedule.fixed(5), path=path, every=3)
    # A callback hears of an epoch before its checkpoint is written.
    assert written == [False, False, False, True, True]


def test_differences_are_named():
    assert difference({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == [
        "b 2 then and 3 now",
        "c not set then and 4 now",
    ]


def test_another_configuration_is_refused(tmp_path):
    path = tmp_path / "run"
    run(MAKERS["adam"], [Stop(2)], path=path)
    with pytest.raises(ValueError, match=r"got rate 0.1 then and 0.2 now. Resume with"):
        run(MAKERS["adam"], resume_from=path, configuration={"rate": "0.2"})


def test_a_damaged_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run"
    run(MAKERS["adam"], [Stop(2)], path=path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="must be whole and of this version"):
        run(MAKERS["adam"], resume_from=path)


def test_a_fixed_schedule_plays_its_epochs_at_the_full_rate():
    _, _, history = run(MAKERS["descent"], schedule=Schedule.fixed(6))
    assert_array_equal(history.rates, np.ones((6, 2)))
    annealed = Schedule.fixed(6, n_settle=3, final_rate=0.1).start(1)
    rates = []
    while not annealed.finished.all():
        rates.append(float(annealed.rates()[0]))
        annealed.advance([], 1.0)
    np.testing.assert_allclose(rates, [1, 1, 1, 1, 0.1 ** (1 / 3), 0.1 ** (2 / 3)])


@pytest.mark.parametrize(("n_epochs", "n_settle"), [(0, 1), (3, 4), (3, 0)])
def test_a_schedule_without_epochs_is_refused(n_epochs, n_settle):
    with pytest.raises(ValueError, match=r"n_(epochs|settle) must"):
        Schedule.fixed(n_epochs, n_settle=n_settle)


def test_training_without_a_track_tracks_nothing():
    moved = torch.zeros(2, 1, requires_grad=True)
    player = Player("only", GradientDescent([moved], lr=0.1), lambda _: moved.square().sum(dim=1))
    history = train(
        [player],
        torch.zeros(4, 1),
        streams=Streams([0, 1], "cpu"),
        schedule=Schedule.fixed(2),
        batch_size=2,
    )
    assert history.tracked.shape == (2, 2, 0)


def test_images_and_labels_stay_together():
    labels = torch.arange(20)
    images = labels.view(-1, 1, 1, 1).expand(-1, 1, 2, 2).float()
    batches = Batches((images, labels), None, 6, Streams([0, 1], "cpu"))
    for _ in range(4):
        shown, told = batches.draw()
        assert shown.shape == (2, 6, 1, 2, 2)
        assert_array_equal(shown[:, :, 0, 1, 1], told)


def test_rows_without_labels_are_refused():
    with pytest.raises(ValueError, match=r"as many rows each, got \[3, 2\]"):
        Batches((torch.zeros(3, 1), torch.zeros(2)), None, 2, Streams([0], "cpu"))
