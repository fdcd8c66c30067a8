"""The body of /v1/completions: token ids in. What this server does not do is refused, never ignored."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from .pick import SamplingParams

#: Known fields that must hold one of these values.
NEUTRAL: dict[str, tuple[object, ...]] = {
    "n": (1, None),
    "best_of": (1, None),
    "echo": (False, None),
    "stream": (False, None),
    "stream_options": (None,),
    "suffix": (None, ""),
    "stop": (None, []),
    "frequency_penalty": (0, None),
    "presence_penalty": (0, None),
    "repetition_penalty": (1, None),
    "length_penalty": (1, None),
    "logit_bias": (None, {}),
    "bad_words": (None, []),
    "allowed_token_ids": (None,),
    "min_tokens": (0, None),
    "ignore_eos": (False, None),
    "use_beam_search": (False, None),
    "prompt_logprobs": (None,),
    "truncate_prompt_tokens": (None,),
    "logits_processors": (None, []),
    "structured_outputs": (None,),
    "response_format": (None,),
}
#: Known fields that change nothing of what is sampled here.
HARMLESS = frozenset(
    {
        "user",
        "request_id",
        "priority",
        "cache_salt",
        "add_special_tokens",
        "skip_special_tokens",
        "spaces_between_special_tokens",
        "include_stop_str_in_output",
        "return_tokens_as_token_ids",
    }
)


class ApiError(Exception):
    """An error in OpenAI's form; ``status`` is both the HTTP status and ``error.code``."""

    def __init__(self, status: int, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param

    @property
    def body(self) -> dict:
        kind = "NotFoundError" if self.status == 404 else "BadRequestError"
        if self.status >= 500:
            kind = "InternalServerError"
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.status}}


class CompletionRequest(BaseModel):
    model_config = ConfigDict(extra="allow")

    model: str | None = None
    prompt: list[int]
    max_tokens: int | None = 16
    temperature: Annotated[FiniteFloat, Field(ge=0)] | None = 1.0
    top_p: Annotated[FiniteFloat, Field(gt=0, le=1)] | None = 1.0
    top_k: Annotated[int, Field(ge=-1)] | None = -1
    min_p: Annotated[FiniteFloat, Field(ge=0, le=1)] | None = 0.0
    seed: int | None = None
    stop_token_ids: list[int] | None = None
    logprobs: int | None = None
    return_token_ids: bool | None = False

    def check(self, served_name: str, vocab_size: int, max_context: int) -> SamplingParams:
        """The request's parameters, ``max_tokens`` clamped to the window. Raises ApiError."""
        if self.model not in (None, served_name):
            raise ApiError(
                404, f"The model `{self.model}` does not exist. Valid aliases: {served_name}.", "model"
            )
        for name, value in (self.model_extra or {}).items():
            if name in NEUTRAL:
                if value not in NEUTRAL[name]:
                    raise ApiError(
                        400, f"{name}={value!r} is not supported; only {NEUTRAL[name][0]!r} is", name
                    )
            elif name not in HARMLESS:
                raise ApiError(400, f"{name} is not a known parameter (value {value!r})", name)
        if self.logprobs not in (None, 0, 1):
            raise ApiError(400, f"logprobs={self.logprobs} is not supported; 0 and 1 are", "logprobs")
        return self._params(vocab_size, max_context)

    def _params(self, vocab_size: int, max_context: int) -> SamplingParams:
        if not self.prompt:
            raise ApiError(400, "You must pass at least one prompt", "prompt")
        if len(self.prompt) > max_context:
            raise ApiError(
                400,
                f"This model's maximum context length is {max_context} tokens. However, your prompt contains "
                f"{len(self.prompt)} input tokens, which exceeds this limit even without any output tokens.",
                "input_tokens",
            )
        for token in (*self.prompt, *(self.stop_token_ids or ())):
            if not 0 <= token < vocab_size:
                raise ApiError(400, f"Token id {token} is out of vocabulary", "prompt")
        wanted = 16 if self.max_tokens is None else self.max_tokens
        if wanted > max_context:
            raise ApiError(
                400, f"max_tokens={wanted} cannot be greater than max_model_len={max_context}", "max_tokens"
            )
        room = min(wanted, max_context - len(self.prompt))
        if room < 1:
            raise ApiError(400, f"max_tokens must be at least 1, got {room}.", "max_tokens")
        return SamplingParams(
            max_tokens=room,
            temperature=1.0 if self.temperature is None else self.temperature,
            top_p=1.0 if self.top_p is None else self.top_p,
            top_k=-1 if self.top_k is None else self.top_k,
            min_p=0.0 if self.min_p is None else self.min_p,
            seed=self.seed,
            stop_token_ids=frozenset(self.stop_token_ids or ()),
        )
