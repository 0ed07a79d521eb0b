"""Trains a BERT encoder to put a question beside what answers it: the loss, the steps, the running mean of the weights.

In a batch, each query must find its own passage among all others, and each passage its query. Word embeddings stay as
they are. Runs on a GPU when there is one, otherwise on every core in bfloat16. Needs the extra `models`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from nlu.encoder import PASSAGE_PREFIX, QUERY_PREFIX
from nlu.training.pairs import Pair, false_negatives

# Word rows are shipped in int8, which would round their small changes away.
FROZEN = ("embeddings.word_embeddings.",)
QUERY_TOKENS, PASSAGE_TOKENS = 40, 44
# Texts of like length run together, so that little of the work is padding; each core takes the next piece.
PIECE = 24


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the result, together with the data."""

    steps: int = 500
    batch: int = 64
    learning_rate: float = 1e-4
    temperature: float = 0.03
    seed: int = 0
    warm_up: float = 0.06  # share of the steps
    longest_gradient: float = 1.0
    memory: float = 0.98  # of the running mean of the weights, which is what gets shipped


class Trainee:
    """The encoder in training, and the running mean of its weights over the last steps."""

    def __init__(self, bert: BertModel, tokenizer: Tokenizer, settings: Settings) -> None:
        self._settings = settings
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # Without dropout: random numbers are dear on a CPU, and the noise in the texts does its work.
        self.bert: BertModel = bert.eval().to(self.device)
        self._tokenizer = tokenizer
        for name, weight in self.bert.named_parameters():
            weight.requires_grad_(not name.startswith(FROZEN))
        self._weights = [weight for weight in self.bert.parameters() if weight.requires_grad]
        self._mean = [weight.detach().clone() for weight in self._weights]
        self._optimizer = torch.optim.AdamW(self._weights, lr=settings.learning_rate, weight_decay=0.01)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, lambda step: rate(step, settings))
        # One core a piece: cores that share each small product wait for one another most of the time.
        torch.set_num_threads(1)
        workers = 1 if self.device.type == "cuda" else os.cpu_count()
        self._pool = ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,))

    def step(self, batch: Sequence[Pair]) -> float:
        """One step of the optimizer; gives the batch's loss."""
        order, pieces = self._pieces(batch)
        found = list(self._pool.map(self._vectors, pieces))
        vectors = torch.cat([piece.detach() for piece in found]).requires_grad_()
        loss = self._loss(vectors[torch.tensor(order).argsort().to(self.device)], batch)
        loss.backward()
        towards = vectors.grad
        assert towards is not None  # noqa: S101 - for the type checker; backward made it
        parts = zip(found, towards.split([len(piece) for piece in pieces]), strict=True)
        gradients = list(self._pool.map(lambda part: torch.autograd.grad(part[0], self._weights, part[1]), parts))
        # Summed in the order of the pieces, whichever thread was first, so that a run can be repeated.
        for weight, *shares in zip(self._weights, *gradients, strict=True):
            weight.grad = torch.stack(shares).sum(0)
        torch.nn.utils.clip_grad_norm_(self._weights, self._settings.longest_gradient)
        self._optimizer.step()
        self._schedule.step()
        torch._foreach_lerp_(self._mean, [weight.detach() for weight in self._weights], 1 - self._settings.memory)
        return float(loss.detach())

    def mean_state(self) -> dict[str, torch.Tensor]:
        """The model's state with the mean weights, ready to be written."""
        names = [name for name, weight in self.bert.named_parameters() if weight.requires_grad]
        return {**self.bert.state_dict(), **dict(zip(names, self._mean, strict=True))}

    def _pieces(self, batch: Sequence[Pair]) -> tuple[list[int], list[list[list[int]]]]:
        """Token ids of all queries and passages in pieces of like length, and the order they came to stand in."""
        ids = self._ids([QUERY_PREFIX + pair.query for pair in batch], QUERY_TOKENS)
        ids += self._ids([PASSAGE_PREFIX + pair.passage for pair in batch], PASSAGE_TOKENS)
        order = sorted(range(len(ids)), key=lambda place: -len(ids[place]))
        size = len(ids) if self.device.type == "cuda" else PIECE
        return order, [[ids[place] for place in order[start : start + size]] for start in range(0, len(order), size)]

    def _ids(self, texts: list[str], longest: int) -> list[list[int]]:
        self._tokenizer.enable_truncation(longest)
        return [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]

    def _vectors(self, ids: Sequence[list[int]]) -> torch.Tensor:
        width, pad = max(map(len, ids)), self.bert.config.pad_token_id
        tokens = torch.tensor([row + [pad] * (width - len(row)) for row in ids], device=self.device)
        mask = (tokens != pad).long()
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            hidden = self.bert(input_ids=tokens, attention_mask=mask).last_hidden_state
        return functional.normalize((hidden.float() * mask[..., None]).sum(1), dim=-1)

    def _loss(self, vectors: torch.Tensor, batch: Sequence[Pair]) -> torch.Tensor:
        queries, passages = vectors.chunk(2)
        not_wrong = torch.from_numpy(false_negatives(batch)).to(self.device)
        return contrastive_loss(queries, passages, not_wrong, self._settings.temperature)


def contrastive_loss(
    queries: torch.Tensor, passages: torch.Tensor, not_wrong: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Cross entropy of finding one's partner, both ways; pairs in `not_wrong` (n, n) count neither way."""
    scores = (queries @ passages.T / temperature).masked_fill(not_wrong, float("-inf"))
    own = torch.arange(len(queries), device=queries.device)
    return (functional.cross_entropy(scores, own) + functional.cross_entropy(scores.T, own)) / 2


def rate(step: int, settings: Settings) -> float:
    """The learning rate's factor: up during the warm-up, then down in a straight line to a twentieth."""
    up = (step + 1) / max(settings.warm_up * settings.steps, 1)
    return min(1.0, up, max(0.05, 1 - step / settings.steps))
