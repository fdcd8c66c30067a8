"""Attention of the sampler, registered with transformers under ``FOLDED``.

Query heads that share a key-value head are folded into the time axis, so the cache is read once per group
and never repeated or copied: on CPU this is several times faster than ``enable_gqa`` on a strided cache.
"""

from __future__ import annotations

import torch
from torch.nn import functional
from transformers.modeling_utils import AttentionInterface

FOLDED = "swerl_folded"


def folded_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor,
    scaling: float | None = None,
    **_unused: object,
) -> tuple[torch.Tensor, None]:
    """query ``[rows, heads, time, dim]``; key and value ``[rows, kv_heads, length, dim]``; attention_mask
    additive, ``[rows, 1, time, length]``. Returns ``[rows, time, heads, dim]``."""
    rows, heads, time, dim = query.shape
    groups = heads // key.shape[1]
    folded = query.reshape(rows, key.shape[1], groups * time, dim)
    mask = attention_mask if time == 1 else attention_mask.repeat(1, 1, groups, 1)
    output = functional.scaled_dot_product_attention(folded, key, value, attn_mask=mask, scale=scaling)
    return output.reshape(rows, heads, time, dim).transpose(1, 2), None


AttentionInterface.register(FOLDED, folded_attention)
