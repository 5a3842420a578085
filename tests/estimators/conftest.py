"""What the tests of the JS-GAN estimators share: judges that are trained for an epoch."""

import pytest

from robustgan.estimators import settings


@pytest.fixture
def short_judging(monkeypatch):
    """Leave a judge one epoch: what is asked is how a fit behaves, not how good it is."""
    monkeypatch.setattr(settings, "_JUDGING", {True: (1, 1), False: (1, 1)})
