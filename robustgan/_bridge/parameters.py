"""Checks of parameters: errors that name the parameter, the rule and the value."""

import math
from collections.abc import Sequence
from numbers import Integral, Real


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Raise ValueError unless ``value`` is one of ``choices``."""
    if value not in choices:
        listed = ", ".join(map(repr, choices))
        raise ValueError(f"{name} must be one of {listed}, got {value!r}.")


def check_integer(name: str, value: object, least: int) -> None:
    """Raise TypeError unless ``value`` is an integer, ValueError if it is below ``least``."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, got {value!r}.")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}.")


def check_real(
    name: str,
    value: object,
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    most: float = math.inf,
) -> None:
    """Raise TypeError unless ``value`` is a number, ValueError if it is out of range."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {value!r}.")
    rule = f"above {above:g}" if above > -math.inf else f"at least {least:g}"
    if most < math.inf:
        rule += f" and at most {most:g}"
    number = float(value)
    if not (math.isfinite(number) and number > above and least <= number <= most):
        raise ValueError(f"{name} must be finite and {rule}, got {value}.")
