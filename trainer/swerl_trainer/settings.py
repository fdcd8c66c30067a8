"""What ``serve`` was asked for. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """``dtype`` "bfloat16" trains under autocast (masters stay fp32) and samples in bf16. ``max_context``
    None is the model's own window, in tokens. ``kv_cache_gib`` bounds the sampler's running cache; the store
    of earlier turns may hold half as much again."""

    base_model: str
    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    dtype: str = "float32"
    device: str = "cpu"
    threads: int = 1
    max_context: int | None = None
    micro_batch_tokens: int = 16384
    max_rows: int = 256
    kv_cache_gib: float = 2.0
    max_models: int = 4
    future_timeout_s: float = 300.0
    gradient_checkpointing: bool = False
    exit_with_parent: bool = False
