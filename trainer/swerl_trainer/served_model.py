"""The sampler's copy of the weights and its forward pass.

Its arithmetic is the trainer's. With dtype bfloat16 the decoder's linear layers hold bf16 weights and run
under autocast, while embeddings, norms and the residual stream stay fp32, exactly as in the trainer's
autocast over fp32 masters. Logits are always computed in fp32.
"""

from __future__ import annotations

from pathlib import Path

import torch

from .attention import FOLDED
from .kv_cache import CacheWindow, KvBlock
from .models import end_token_ids, export_model, load_model


class ServedModel:
    """A causal language model of a local folder; ``eos_ids`` end a completion by themselves."""

    def __init__(self, folder: str | Path, dtype: torch.dtype, device: str = "cpu") -> None:
        self._folder = folder
        self._model = load_model(folder, torch.float32, FOLDED, device)
        self._dtype = dtype
        self._head = self._model.get_output_embeddings()
        for module in self._model.get_decoder().modules():
            if isinstance(module, torch.nn.Linear):
                module.to(dtype)
        self.device = self._model.device
        self.eos_ids = end_token_ids(folder, self._model)
        self.vocab_size: int = self._model.config.vocab_size
        self.window: int = self._model.config.max_position_embeddings

    def new_block(self) -> KvBlock:
        config = self._model.config
        dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        return KvBlock(config.num_hidden_layers, config.num_key_value_heads, dim, self._dtype, self.device)

    @torch.no_grad()
    def copy_weights(self, weights: dict[str, torch.Tensor]) -> None:
        """Take over ``weights``, by the model's own parameter names."""
        for name, parameter in self._model.named_parameters():
            parameter.copy_(weights[name])

    def export(self, weights: dict[str, torch.Tensor], folder: Path) -> None:
        """Write ``weights`` as a Hugging Face folder in the dtype that is served."""
        export_model(self._model, weights, self._dtype, self._folder, folder)

    @torch.inference_mode()
    def hidden(
        self, inputs: torch.Tensor, positions: torch.Tensor, block: KvBlock, first: int
    ) -> torch.Tensor:
        """Last hidden states ``[rows, time, hidden]`` of rows ``first..`` of ``block``, whose keys and values
        are extended; inputs and positions are int64 ``[rows, time]`` on the CPU."""
        length = int(positions.max()) + 1
        is_hidden = torch.arange(length) > positions[:, :, None]
        mask = torch.zeros(is_hidden.shape, dtype=self._dtype)
        mask.masked_fill_(is_hidden, torch.finfo(self._dtype).min)
        positions = positions.to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._dtype == torch.bfloat16):
            return self._model.get_decoder()(
                input_ids=inputs.to(self.device),
                attention_mask=mask[:, None].to(self.device),
                position_ids=positions,
                past_key_values=CacheWindow(block, first, positions, length),
                use_cache=True,
            ).last_hidden_state

    @torch.inference_mode()
    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """fp32 logits ``[..., vocab]``."""
        return self._head(hidden.float())

    @torch.inference_mode()
    def score(self, ids: list[int]) -> list[float]:
        """log p of ids[1:], in one pass of its own."""
        block = self.new_block()
        block.reserve(1, len(ids))
        hidden = self.hidden(torch.tensor([ids]), torch.arange(len(ids))[None], block, 0)[0, :-1]
        targets = torch.tensor(ids[1:], device=self.device)[:, None]
        return self.logits(hidden).log_softmax(-1).gather(-1, targets)[:, 0].tolist()
