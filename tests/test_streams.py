"""One random stream a replica: what a replica draws is its own business."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from robustgan._bridge import Streams, make_seeds

# A device asks for several batches at once; on the CPU the same code runs when it is told to.
AHEAD = 16


def draw_everything(streams):
    """Draw from every law, in a fixed order, as a list of tensors of shape (R, ...)."""
    return [
        streams.normal(7, 3),
        streams.uniform(5, 2, bound=0.5),
        streams.permutation(11),
        streams.normal(1, 1),
        streams.normal(33, 5),
    ]


@settings(deadline=None, derandomize=True, max_examples=25)
@given(n_replicas=st.integers(1, 9), data=st.data())
def test_what_a_replica_draws_does_not_depend_on_how_many_there_are(n_replicas, data):
    seeds = make_seeds(3, n_replicas)
    replica = data.draw(st.integers(0, n_replicas - 1))
    together = draw_everything(Streams(seeds, "cpu"))
    alone = draw_everything(Streams([seeds[replica]], "cpu"))
    for of_all, of_one in zip(together, alone, strict=True):
        assert torch.equal(of_all[replica], of_one[0])


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (4, 4), (17, 1), (64, 7)])
def test_a_block_drawn_ahead_does_not_depend_on_the_number_of_replicas(shape):
    together, alone = Streams([1, 2, 3], "cpu"), Streams([2], "cpu")
    together._n_ahead = alone._n_ahead = AHEAD
    for _ in range(AHEAD + 2):
        assert torch.equal(together.normal(*shape)[1], alone.normal(*shape)[0])


def test_batches_drawn_ahead_are_all_different():
    streams = Streams([1], "cpu")
    streams._n_ahead = AHEAD
    draws = torch.stack([streams.normal(2, 3) for _ in range(2 * AHEAD + 1)])
    assert len(torch.unique(draws)) == draws.numel()


def test_shapes_that_alternate_do_not_mix_their_blocks():
    streams = Streams([1], "cpu")
    streams._n_ahead = AHEAD
    shapes = [(2, 3), (3, 2)] * (AHEAD + 1)
    draws = [streams.normal(*shape) for shape in shapes]
    assert [tuple(draw.shape[1:]) for draw in draws] == shapes
    assert len(torch.unique(torch.cat([draw.flatten() for draw in draws]))) == 6 * len(shapes)


def test_the_same_seed_gives_the_same_bits():
    first, second = (draw_everything(Streams([5, 6], "cpu")) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_replicas_draw_different_numbers():
    noise = Streams(make_seeds(0, 2), "cpu").normal(50, 2)
    assert not torch.isin(noise[0], noise[1]).any()


def test_the_global_generators_are_left_alone():
    numpy_before = np.random.get_state(legacy=False)["state"]["key"].copy()
    torch_before = torch.get_rng_state()
    draw_everything(Streams([0], "cpu"))
    assert_array_equal(np.random.get_state(legacy=False)["state"]["key"], numpy_before)
    assert torch.equal(torch.get_rng_state(), torch_before)


def test_normal_noise_is_standard():
    noise = Streams([0, 1], "cpu").normal(20_000, 2)
    assert noise.dtype == torch.float32
    # Five standard errors: 1 / sqrt(40,000) of a mean, sqrt(2 / 40,000) of a variance.
    assert noise.mean(dim=(1, 2)).abs().max() < 5 * 40_000**-0.5
    assert (noise.var(dim=(1, 2)) - 1).abs().max() < 5 * (2 / 40_000) ** 0.5


def test_uniform_noise_fills_its_interval():
    noise = Streams([0], "cpu").uniform(100, 100, bound=0.25)
    assert noise.shape == (1, 100, 100)
    assert noise.abs().max() <= 0.25
    # The widest gap at each end is about 0.5 / 10,000; a hundred times that is never seen.
    assert noise.min() < -0.245
    assert noise.max() > 0.245


def test_a_permutation_is_one_for_each_replica():
    orders = Streams([0, 1, 2], "cpu").permutation(40)
    assert torch.equal(orders.sort(dim=1).values, torch.arange(40).expand(3, -1))
    assert not torch.equal(orders[0], orders[1])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_on_a_device_a_replica_is_independent_of_the_others_too():
    together, alone = Streams([1, 2, 3], "cuda"), Streams([2], "cuda")
    for _ in range(20):
        for of_all, of_one in zip(draw_everything(together), draw_everything(alone), strict=True):
            assert of_all.device.type == "cuda"
            assert torch.equal(of_all[1], of_one[0])
