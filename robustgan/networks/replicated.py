"""Any network of torch with the replica axis in front of every parameter.

It knows modules and how torch's layers are initialised. It does not know what they compute.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from robustgan._bridge import Streams
from robustgan.networks.spectral import SpectralNorm

Initialise: TypeAlias = Callable[[nn.Module, torch.Generator], None]

_DRAWN = (
    nn.Linear,
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
)
_NORMS = (
    nn.BatchNorm1d,
    nn.BatchNorm2d,
    nn.BatchNorm3d,
    nn.InstanceNorm1d,
    nn.InstanceNorm2d,
    nn.InstanceNorm3d,
    nn.GroupNorm,
    nn.LayerNorm,
)
_MIXING = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
# They draw from torch's global generator at every call.
_RANDOM = (
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
    nn.RReLU,
)


class Network(Protocol):
    """What a model asks of a network of ``R`` replicas; `Perceptron` and `Replicated` do it."""

    training: bool

    @property
    def n_replicas(self) -> int:
        """How many networks these are."""

    @property
    def mixes_rows(self) -> bool:
        """Whether a row's output depends on the other rows of its batch."""

    def __call__(self, inputs: Tensor) -> Any:
        """Map batches of shape (R, B, ...) to outputs of shape (R, B, ...)."""

    def frozen(self, inputs: Tensor) -> Any:
        """Do the same without a derivative in the parameters."""

    def select(self, replicas: Sequence[int]) -> Any:
        """Return a copy of some of the replicas."""


class Replicated(nn.Module):
    """``R`` networks of one architecture, trained side by side.

    Parameters
    ----------
    template : torch.nn.Module
        The architecture, for batches without the replica axis. Copied, never changed.
    streams : Streams
        Draws the start, one stream a replica, and decides the device.
    initialise : callable, default=None
        Called with a copy of the template and a ``torch.Generator`` for each replica, to set its
        parameters. None takes `initialise_layers`.
    is_spectral : bool, default=False
        Whether every weight is divided by its largest singular value, see `SpectralNorm`. Weights
        are parameters with at least two axes, the first of them the outputs.

    Raises
    ------
    TypeError
        If the template is no module.
    ValueError
        If it has a layer, such as dropout, that draws from torch's global generator.

    Examples
    --------
    >>> import torch
    >>> from robustgan._bridge import Streams
    >>> from robustgan.networks import Replicated
    >>> layers = torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2)
    >>> streams = Streams([0, 1, 2, 3], "cpu")
    >>> networks = Replicated(torch.nn.Sequential(*layers), streams=streams)
    >>> networks(torch.zeros(4, 10, 3)).shape
    torch.Size([4, 10, 2])
    """

    def __init__(
        self,
        template: nn.Module,
        *,
        streams: Streams,
        initialise: Initialise | None = None,
        is_spectral: bool = False,
    ) -> None:
        super().__init__()
        check_template(template)
        base = copy.deepcopy(template).to(streams.device, torch.float32).train()
        replicas = [copy.deepcopy(base) for _ in streams.generators]
        for replica, rng in zip(replicas, streams.generators, strict=True):
            (initialise or initialise_layers)(replica, rng)
        parameters, buffers = stack_module_state(replicas)
        # In a list, so that its parameters are not taken for this module's.
        self._base = [base.requires_grad_(False)]
        self._names = list(parameters)
        self._buffer_names = list(buffers)
        self.stacked = nn.ParameterList(
            nn.Parameter(stack.detach().clone()) for stack in parameters.values()
        )
        for i, stack in enumerate(buffers.values()):
            self.register_buffer(f"buffer_{i}", stack)
        self._is_weight = [stack.dim() > 2 for stack in self.stacked]
        n_outputs = [stack.shape[1] for stack in self.stacked if stack.dim() > 2]
        self.spectral = SpectralNorm(n_outputs, streams) if is_spectral else None

    @property
    def n_replicas(self) -> int:
        """How many networks these are."""
        return len(self.stacked[0])

    @property
    def mixes_rows(self) -> bool:
        """Whether a row's output depends on the other rows of its batch."""
        return any(isinstance(module, _MIXING) for module in self._base[0].modules())

    @property
    def template(self) -> nn.Module:
        """The architecture, whose own weights are not used."""
        return self._base[0]

    def forward(self, inputs: Tensor) -> Any:
        """Map batches to outputs.

        Parameters
        ----------
        inputs : Tensor of shape (R, B, ...)

        Returns
        -------
        outputs : Tensor of shape (R, B, ...)
            Or what else of tensors the template returns.
        """
        return self._call(list(self.stacked), inputs)

    def frozen(self, inputs: Tensor) -> Any:
        """Do as `forward`, without a derivative in the parameters."""
        return self._call([stack.detach() for stack in self.stacked], inputs)

    def train(self, mode: bool = True) -> "Replicated":
        """Let layers such as batch norm learn, or not."""
        super().train(mode)
        self._base[0].train(mode)
        return self

    def select(self, replicas: Sequence[int]) -> "Replicated":
        """Return a copy of some of the replicas."""
        other = copy.deepcopy(self)
        chosen = list(replicas)
        with torch.no_grad():
            for i, stack in enumerate(self.stacked):
                other.stacked[i] = nn.Parameter(stack[chosen].clone())
            for i in range(len(self._buffer_names)):
                setattr(other, f"buffer_{i}", getattr(self, f"buffer_{i}")[chosen].clone())
        if self.spectral is not None:
            other.spectral = self.spectral.select(replicas)
        return other

    def _call(self, stacks: list[Tensor], inputs: Tensor) -> Any:
        if self.spectral is not None:
            scaled = iter(
                self.spectral(
                    [w for w, is_weight in zip(stacks, self._is_weight, strict=True) if is_weight]
                )
            )
            stacks = [
                next(scaled) if is_weight else stack
                for stack, is_weight in zip(stacks, self._is_weight, strict=True)
            ]
        parameters = dict(zip(self._names, stacks, strict=True))
        buffers = {name: getattr(self, f"buffer_{i}") for i, name in enumerate(self._buffer_names)}
        if self.n_replicas > 1:
            return vmap(self._call_one, randomness="error")(parameters, buffers, inputs)
        # One network needs no vmap, which costs more than a small layer.
        first = {name: stack[0] for name, stack in parameters.items()}
        outputs = self._call_one(first, {k: v[0] for k, v in buffers.items()}, inputs[0])
        if isinstance(outputs, Tensor):
            return outputs[None]
        return tuple(output[None] for output in outputs)

    def _call_one(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], inputs: Tensor
    ) -> Any:
        return functional_call(self._base[0], (parameters, buffers), (inputs,))


def check_template(template: object, name: str = "template") -> None:
    """Raise unless this is a module that draws nothing at random by itself."""
    if not isinstance(template, nn.Module):
        raise TypeError(f"{name} must be a torch.nn.Module, got {type(template).__name__}.")
    found = [type(m).__name__ for m in template.modules() if isinstance(m, _RANDOM)]
    if found:
        raise ValueError(
            f"{name} must not draw at random by itself, got a layer {found[0]}, which "
            "takes torch's global generator. Leave it out, or feed noise as an input."
        )
    if not list(template.parameters()):
        raise ValueError(f"{name} must have parameters to learn, got none.")


@torch.no_grad()
def initialise_layers(module: nn.Module, rng: torch.Generator) -> None:
    """Draw the parameters of torch's layers anew, as torch would, from one generator.

    Linear and convolutional layers are uniform within ``1 / sqrt(fan_in)``, embeddings standard
    Gaussian, normalisations the identity. A module of another class with a method
    ``initialise(rng)`` is asked to do it; without one, its own parameters stay as they come.

    Parameters
    ----------
    module : torch.nn.Module
        Changed in place.
    rng : torch.Generator
        On the module's device.
    """
    for part in module.modules():
        own = getattr(part, "initialise", None)
        if callable(own):
            own(rng)
        elif isinstance(part, _DRAWN):
            bound = part.weight[0].numel() ** -0.5
            part.weight.uniform_(-bound, bound, generator=rng)
            if part.bias is not None:
                part.bias.uniform_(-bound, bound, generator=rng)
        elif isinstance(part, nn.Embedding):
            part.weight.normal_(generator=rng)
        elif isinstance(part, _NORMS):
            part.reset_parameters()
