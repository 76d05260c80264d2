"""Traces of requests: made from a seed, replayed in order over HTTP, and what came of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from measuring.load import LoadClient, Question, Sample

OVERFLOW = "Deploymentx"


def zipf(tenants: Sequence[int], exponent: float, requests: int, seed: int) -> list[int]:
    """So many draws of the tenants, the first of which is asked for most."""
    weights = list(accumulate((rank + 1) ** -exponent for rank in range(len(tenants))))
    return random.Random(seed).choices(tenants, cum_weights=weights, k=requests)  # noqa: S311 - a trace, no secret


@dataclass(frozen=True)
class Sent:
    """A request as it went. Without a right answer, deployment is a dash."""

    millis: int
    tenant: str
    status: int
    deployment: str

    @property
    def is_answered(self) -> bool:
        return self.status == 200 and self.deployment != "-"


def parse(lines: Iterable[str]) -> list[Sent]:
    """The client's result file."""
    fields = (line.rstrip("\n").split(",") for line in lines)
    return [Sent(int(millis), tenant, int(status), deployment) for millis, tenant, status, deployment in fields]


def hit_ratio(sent: Sequence[Sent]) -> float:
    """The share of the right answers that a hot deployment gave."""
    answered = [one for one in sent if one.is_answered]
    return sum(one.deployment != OVERFLOW for one in answered) / len(answered) if answered else 0.0


def csv(sent: Sequence[Sent]) -> str:
    """The answered requests as the simulator reads them."""
    return "".join(f"{one.millis},{one.tenant}\n" for one in sent if one.is_answered)


def replay(
    client: LoadClient,
    port: int,
    trace: Iterable[tuple[str, int]],
    connections: int,
    seconds: float = 0,
    keep: bool = False,
) -> Sample:
    """Sends the trace of tenants, each with what its model predicts for the row [0]: once, or for the seconds.

    With `keep` the requests are in the client's file `results` afterwards.
    """
    known: dict[tuple[str, int], int] = {}
    sequence = [known.setdefault(one, len(known)) for one in trace]
    load = client.prepare("trace", (question(tenant, number) for tenant, number in known), sequence)
    return client.send(port, load, connections, seconds=seconds, keep=keep)


def question(tenant: str, number: int) -> Question:
    body = f'{{"tenant":"{tenant}","data":[[0]]}}'
    tail = f'","model":"{tenant}","version":1,"prediction":[{float(number)}]}}'
    return Question(tenant, "POST", "/score", body, '{"deployment":"', tail)
