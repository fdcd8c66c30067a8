"""A small client of the Tinker protocol for the tests."""

from __future__ import annotations

import httpx


class Tinker:
    def __init__(self, url: str, base_model: str, rank: int = 0) -> None:
        self.http = httpx.Client(base_url=url, timeout=60)
        session = self.post("create_session", {"tags": [], "sdk_version": "test"}).json()["session_id"]
        body = {"session_id": session, "base_model": base_model, "lora_config": {"rank": rank, "seed": 1}}
        created = self.post("create_model", body).json()
        self.model_id = created["model_id"]
        assert self.retrieve(created).status_code == 200

    def post(self, route: str, body: dict) -> httpx.Response:
        return self.http.post(f"/api/v1/{route}", json=body)

    def retrieve(self, pending: dict) -> httpx.Response:
        return self.post("retrieve_future", {"request_id": pending["request_id"]})

    def submit(self, route: str, **body: object) -> httpx.Response:
        return self.post(route, {"model_id": self.model_id, **body})

    def result(self, route: str, **body: object) -> dict:
        pending = self.submit(route, **body)
        assert pending.status_code == 200, pending.text
        answer = self.retrieve(pending.json())
        assert answer.status_code == 200, answer.text
        return answer.json()

    def loss(
        self, route: str, data: list[dict], loss_fn: str = "cross_entropy", config: dict | None = None
    ) -> dict:
        loss_input = {"data": data, "loss_fn": loss_fn, "loss_fn_config": config}
        return self.result(route, **{f"{route}_input": loss_input})

    def logprobs(self, sequence: list[int]) -> list[float]:
        """log p of sequence[1:] by the trainer."""
        output = self.loss("forward", [datum(sequence)])["loss_fn_outputs"][0]
        return output["logprobs"]["data"]


def datum(sequence: list[int], **inputs: list[float]) -> dict:
    """A datum that predicts sequence[1:] from sequence[:-1]."""
    tensors = {"target_tokens": sequence[1:], **inputs}
    return {
        "model_input": {"chunks": [{"type": "encoded_text", "tokens": sequence[:-1]}]},
        "loss_fn_inputs": {name: {"data": values} for name, values in tensors.items()},
    }
