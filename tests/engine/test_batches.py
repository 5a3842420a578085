"""Minibatches of tensors that belong together, and of those that do not."""

import pytest
import torch

from robustgan._bridge import Streams
from robustgan.engine.batches import Batches

ROWS, OTHERS = torch.arange(12.0)[:, None], 100 + torch.arange(8.0)[:, None]


def test_tensors_that_are_not_paired_are_dealt_each_by_itself():
    batches = Batches((ROWS, OTHERS), None, 4, Streams([0, 1], "cpu"), is_paired=False)
    dealt = [batches.draw() for _ in range(6)]
    for replica in (0, 1):
        rows = torch.cat([batch[0][replica] for batch in dealt])[:, 0].view(2, 12)
        others = torch.cat([batch[1][replica] for batch in dealt])[:, 0].view(3, 8)
        # Every pass has all rows of its tensor once, in another order.
        assert all(torch.equal(order.sort().values, ROWS[:, 0]) for order in rows)
        assert all(torch.equal(order.sort().values, OTHERS[:, 0]) for order in others)
        assert not torch.equal(*rows)


def test_tensors_that_are_not_paired_continue_where_they_were():
    streams, other = Streams([0], "cpu"), Streams([1], "cpu")
    batches = Batches((ROWS, OTHERS), None, 4, streams, is_paired=False)
    batches.draw()
    batches.draw()
    resumed = Batches((ROWS, OTHERS), None, 4, other, is_paired=False)
    resumed.restore(batches.state())
    other.restore(streams.state())
    # The last batch again, and the next one.
    for fresh in (False, True):
        ours, theirs = resumed.draw(fresh=fresh), batches.draw(fresh=fresh)
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def test_paired_tensors_stay_together():
    batches = Batches((ROWS, ROWS + 100), None, 4, Streams([0], "cpu"))
    for _ in range(5):
        rows, partners = batches.draw()
        assert torch.equal(rows + 100, partners)


def test_lengths_and_resamples_need_pairs():
    streams = Streams([0], "cpu")
    with pytest.raises(ValueError, match=r"as many rows each, got \[12, 8\]"):
        Batches((ROWS, OTHERS), None, 4, streams)
    with pytest.raises(ValueError, match="rows must be None where tensors are not paired"):
        Batches((ROWS, OTHERS), torch.zeros(1, 4).long(), 4, streams, is_paired=False)
