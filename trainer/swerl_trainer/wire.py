"""The Tinker protocol in its JSON form: request bodies, checked before anything is computed."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from .batch import Datum
from .losses import CONFIG_KEYS, REQUIRED_INPUTS

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=255)]


class WireError(ValueError):
    """A body that cannot be computed. The message names the field and the value."""


class Body(BaseModel):
    """Fields that other servers of the protocol know and this one does not need are dropped."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=())


class TensorData(Body):
    data: list[int] | list[float]
    dtype: str | None = None
    shape: list[int] | None = None


class Chunk(Body):
    type: Literal["encoded_text"] = "encoded_text"
    tokens: list[int]


class ModelInput(Body):
    chunks: list[Chunk]

    @property
    def tokens(self) -> list[int]:
        return [token for chunk in self.chunks for token in chunk.tokens]


class WireDatum(Body):
    model_input: ModelInput
    loss_fn_inputs: dict[str, TensorData]


class LossInput(Body):
    data: Annotated[list[WireDatum], Field(min_length=1)]
    loss_fn: str
    loss_fn_config: dict[str, FiniteFloat] | None = None


class CreateSession(Body):
    tags: list[str] = []
    sdk_version: str = ""


class Heartbeat(Body):
    session_id: str


class LoraConfig(Body):
    rank: Annotated[int, Field(ge=0)]
    seed: int | None = None


class CreateModel(Body):
    session_id: str
    base_model: str
    lora_config: LoraConfig
    model_role: Literal["policy"] = "policy"


class ModelRequest(Body):
    model_id: str
    seq_id: int | None = None


class ForwardBackward(ModelRequest):
    forward_backward_input: LossInput


class Forward(ModelRequest):
    forward_input: LossInput


class AdamParams(Body):
    """Defaults as in the Tinker SDK; ``grad_clip_norm`` 0 is off."""

    learning_rate: Annotated[FiniteFloat, Field(ge=0)] = 1e-4
    beta1: Annotated[FiniteFloat, Field(ge=0, lt=1)] = 0.9
    beta2: Annotated[FiniteFloat, Field(ge=0, lt=1)] = 0.95
    eps: Annotated[FiniteFloat, Field(gt=0)] = 1e-12
    weight_decay: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    grad_clip_norm: Annotated[FiniteFloat, Field(ge=0)] = 0.0


class OptimStep(ModelRequest):
    adam_params: AdamParams


class SaveWeights(ModelRequest):
    path: Name


class LoadWeights(ModelRequest):
    path: str
    optimizer: bool = True


class SaveForSampler(ModelRequest):
    """``weight_version`` sets the version that is published; without it, the last one plus 1."""

    path: Name | None = None
    sampling_session_seq_id: int | None = None
    weight_version: Annotated[int, Field(ge=0)] | None = None


class CreateSamplingSession(Body):
    session_id: str
    sampling_session_seq_id: int = 0
    base_model: str | None = None
    model_path: str | None = None


class WireSamplingParams(Body):
    max_tokens: Annotated[int, Field(ge=1)]
    temperature: Annotated[FiniteFloat, Field(ge=0)] = 1.0
    top_p: Annotated[FiniteFloat, Field(gt=0, le=1)] = 1.0
    top_k: Annotated[int, Field(ge=-1)] = -1
    seed: int | None = None
    stop: list[int] | None = None


class Asample(Body):
    prompt: ModelInput
    num_samples: Annotated[int, Field(ge=1, le=256)] = 1
    sampling_params: WireSamplingParams
    sampling_session_id: str | None = None
    seq_id: int | None = None
    base_model: str | None = None
    model_path: str | None = None
    prompt_logprobs: bool = False
    topk_prompt_logprobs: int = 0


class RetrieveFuture(Body):
    request_id: str


class WeightsInfo(Body):
    tinker_path: str


def check_tokens(tokens: list[int], vocab_size: int, max_context: int, where: str) -> None:
    if not tokens:
        raise WireError(f"{where}: no tokens")
    if len(tokens) > max_context:
        raise WireError(f"{where}: {len(tokens)} tokens, the context window holds {max_context}")
    for position, token in enumerate(tokens):
        if not 0 <= token < vocab_size:
            raise WireError(f"{where}[{position}]: token id {token} is out of a vocabulary of {vocab_size}")


def read_data(body: LossInput, vocab_size: int, max_context: int, where: str) -> list[Datum]:
    """Check the whole input and return datums with ``weights`` set. Weights default to 1; a ``mask`` is
    multiplied in. Raises WireError."""
    if body.loss_fn not in CONFIG_KEYS:
        raise WireError(f"{where}.loss_fn: {body.loss_fn!r} is none of {', '.join(sorted(CONFIG_KEYS))}")
    for key, value in (body.loss_fn_config or {}).items():
        if key not in CONFIG_KEYS[body.loss_fn]:
            known = ", ".join(sorted(CONFIG_KEYS[body.loss_fn])) or "no keys"
            raise WireError(f"{where}.loss_fn_config.{key}: {body.loss_fn} takes {known}")
        if value < 0:
            raise WireError(f"{where}.loss_fn_config.{key}: {value} is negative; it bounds a ratio")
    return [
        _read_datum(datum, body.loss_fn, vocab_size, max_context, f"{where}.data[{index}]")
        for index, datum in enumerate(body.data)
    ]


def _read_datum(datum: WireDatum, loss_fn: str, vocab_size: int, max_context: int, where: str) -> Datum:
    tokens = datum.model_input.tokens
    check_tokens(tokens, vocab_size, max_context, f"{where}.model_input")
    given = {name: tensor.data for name, tensor in datum.loss_fn_inputs.items()}
    allowed = REQUIRED_INPUTS[loss_fn] | {"weights", "mask"}
    for name in sorted(REQUIRED_INPUTS[loss_fn] - given.keys()):
        raise WireError(f"{where}.loss_fn_inputs: {loss_fn} needs {name}")
    for name, values in given.items():
        field = f"{where}.loss_fn_inputs.{name}"
        if name not in allowed:
            raise WireError(f"{field}: {loss_fn} takes {', '.join(sorted(allowed))}")
        if len(values) != len(tokens):
            raise WireError(f"{field}: {len(values)} values for {len(tokens)} tokens")
        for position, value in enumerate(values):
            if not math.isfinite(value):
                raise WireError(f"{field}[{position}]: {value} is not finite")
    if not all(isinstance(token, int) for token in given["target_tokens"]):
        raise WireError(f"{where}.loss_fn_inputs.target_tokens: token ids must be integers")
    check_tokens(given["target_tokens"], vocab_size, max_context, f"{where}.loss_fn_inputs.target_tokens")
    weights = given.get("weights") or [1.0] * len(tokens)
    mask = given.pop("mask", None)
    if mask is not None:
        weights = [weight * value for weight, value in zip(weights, mask, strict=True)]
    return Datum(tokens, {**given, "weights": weights})
