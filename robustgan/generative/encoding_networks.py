"""Encoders and decoders of autoencoders: built, and held to the shapes of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from robustgan._bridge import Streams
from robustgan.generative.evidence import Coders
from robustgan.networks import Perceptron, Replicated, convolutional_decoder, convolutional_encoder


def build_coders(model: Any, streams: Streams) -> dict[str, Any]:
    """Return a fresh encoder and decoder, one replica a stream."""
    n_columns = int(np.prod(model.row_shape_))
    width, units, kind = model.code_width, tuple(model.hidden_units), model.activation
    back = units[::-1]
    if model.architecture == "convolutional":
        shape: Any = input_shape(model)
        encoder = model.encoder or convolutional_encoder(shape, units, width, kind)
        decoder = model.decoder or convolutional_decoder(shape, units, model.latent_dim, kind)
    else:
        encoder, decoder = model.encoder, model.decoder
    made_encoder: Any = (
        Perceptron(n_columns, units, kind, streams=streams, n_outputs=width)
        if encoder is None
        else Replicated(encoder, streams=streams)
    )
    made_decoder: Any = (
        Perceptron(model.latent_dim, back, kind, streams=streams, n_outputs=n_columns)
        if decoder is None
        else Replicated(decoder, streams=streams)
    )
    return {"encoder": made_encoder, "decoder": made_decoder}


def input_shape(model: Any) -> tuple[int, ...]:
    """Return the shape of a row as the encoder wants it."""
    is_module = model.encoder is not None or model.architecture == "convolutional"
    if not is_module:
        return (int(np.prod(model.row_shape_)),)
    return tuple(model.image_shape or model.row_shape_)


def check_shape(model: Any) -> None:
    """Raise unless rows can be given the shape that the encoder wants."""
    shape, n_columns = input_shape(model), int(np.prod(model.row_shape_))
    if int(np.prod(shape)) != n_columns:
        raise ValueError(
            f"image_shape must have as many values as a row, {n_columns}, got {shape}."
        )
    if model.architecture == "convolutional" and model.encoder is None and len(shape) != 3:
        raise ValueError(
            "image_shape must be (channels, height, width) where rows have one axis, got "
            f"{model.image_shape}."
        )


def check_probabilities(rows: Tensor) -> None:
    """Raise unless rows lie in [0, 1]."""
    lowest, highest = float(rows.min()), float(rows.max())
    if lowest < 0 or highest > 1:
        raise ValueError(
            f"X must lie in [0, 1] for likelihood='bernoulli', got values from {lowest:g} to "
            f"{highest:g}. Rescale or binarise it, or choose likelihood='gaussian'."
        )


def check_widths(model: Any, coders: Coders, data: Tensor) -> None:
    """Raise unless networks of the user's own have the right outputs."""
    n_replicas = coders.encoder.n_replicas
    with torch.no_grad():
        rows = data[:2].flatten(1).expand(n_replicas, -1, -1)
        codes = coders.encode(rows)
        if codes.shape[2:] != (model.code_width,):
            raise ValueError(
                f"encoder must return codes of shape (n, {model.code_width}), got "
                f"(n, {', '.join(map(str, codes.shape[2:]))})."
            )
        decoded = coders.decode(codes[..., : model.latent_dim])
    if decoded.shape != rows.shape:
        raise ValueError(
            f"decoder must return {rows.shape[2]} values a row, got {decoded.shape[2]}."
        )
