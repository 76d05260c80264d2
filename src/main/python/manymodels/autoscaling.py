"""Scales deployments by the requests that they get; off unless MANY_MODELS_AUTOSCALE says which.

    MANY_MODELS_AUTOSCALE="Dispatcher=2..4@300 Deploymentx=1..4@150"

2 to 4 replicas of the Dispatcher, one for each 300 requests a second. Ray's own autoscaling_config counts the requests
of its proxies only: neither those that come straight to the Dispatchers nor those that a Java replica makes.
This counts what SharedMemory has counted, which is all of them. It runs in Serve's controller and is started with it.

Nothing here imports Ray before it is started: the launcher judges the variable by the same code.
"""

import json
import logging
import math
import re
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from manymodels import variables

VARIABLE = "MANY_MODELS_AUTOSCALE"
APPLICATION = "many-models"
UP_VARIABLE = "MANY_MODELS_AUTOSCALE_UP_S"
"""So long the traffic has to be too much before replicas are added."""
UP_SECONDS = float(variables.number({}, UP_VARIABLE))
DOWN_VARIABLE = "MANY_MODELS_AUTOSCALE_DOWN_S"
"""So long fewer replicas would have done before some are taken away."""
DOWN_SECONDS = float(variables.number({}, DOWN_VARIABLE))
LOOK_SECONDS = 5.0
"""Between two looks at the traffic, at most."""
MAX_REPLICAS = 1000
_ANSWER_SECONDS = 5.0
_RULE = re.compile(r"(?P<deployment>\w+)=(?P<least>\d{1,4})\.\.(?P<most>\d{1,4})@(?P<requests>\d{1,7}(\.\d+)?)")

logger = logging.getLogger("ray.serve")


@dataclass(frozen=True)
class Rule:
    """How many replicas a deployment has: one for each `requests` a second, within `least..most`."""

    deployment: str
    least: int
    most: int
    requests: float

    def __post_init__(self) -> None:
        if self.deployment not in _COUNTERS:
            raise ValueError(f"'{self.deployment}' cannot be scaled; those that can: {', '.join(_COUNTERS)}")
        if not 1 <= self.least <= self.most <= MAX_REPLICAS:
            raise ValueError(f"{self.deployment}: {self.least}..{self.most} is not within 1..{MAX_REPLICAS}")
        if self.requests <= 0:
            raise ValueError(f"{self.deployment}: requests a second have to be more than 0")

    def replicas(self, requests_per_second: float) -> int:
        return min(self.most, max(self.least, math.ceil(requests_per_second / self.requests)))


def _all_requests(traffic: Mapping[str, float]) -> float:
    return traffic["hits"] + traffic["overflow_hits"]


def _overflow_requests(traffic: Mapping[str, float]) -> float:
    return traffic["overflow_hits"]


# Which of SharedMemory's counters say how much a deployment has to do.
_COUNTERS: Mapping[str, Callable[[Mapping[str, float]], float]] = {
    "Dispatcher": _all_requests,
    "Deploymentx": _overflow_requests,
}


def rules(text: str) -> list[Rule]:
    """The rules in the variable's text. Raises ValueError with one line about what is wrong."""
    found = []
    for word in text.split():
        match = _RULE.fullmatch(word)
        if match is None:
            raise ValueError(f"'{word}' is not DEPLOYMENT=LEAST..MOST@REQUESTS, such as Deploymentx=1..4@150")
        found.append(Rule(match["deployment"], int(match["least"]), int(match["most"]), float(match["requests"])))
    twice = {rule.deployment for rule in found if sum(rule.deployment == other.deployment for other in found) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))} has two rules")
    return found


@dataclass
class Scaler:
    """Decides for one deployment. Never adds on a moment's load nor takes away before a long calm. Thread-confined."""

    rule: Rule
    up_seconds: float = UP_SECONDS
    down_seconds: float = DOWN_SECONDS
    _wanted: deque[tuple[float, int]] = field(default_factory=deque)
    _last: tuple[float, float] | None = None
    _since: float | None = None

    def decide(self, now: float, traffic: Mapping[str, float], current: int) -> int:
        """How many replicas there should be.

        now: seconds of a clock that only goes forward; traffic: counters that grow; current: replicas as they should be
        now. Anything but `current` is expected to be carried out.
        """
        count = _COUNTERS[self.rule.deployment](traffic)
        before, self._last = self._last, (now, count)
        if before is None or count < before[1] or now <= before[0]:
            # The first look, or the counters began again with another SharedMemory: nothing is known of the rate.
            self._wanted.clear()
            self._since = now
            return self._within(current)
        self._wanted.append((now, self.rule.replicas((count - before[1]) / (now - before[0]))))
        while self._wanted[0][0] < now - self.down_seconds:
            self._wanted.popleft()
        lately = [wanted for at, wanted in self._wanted if at > now - self.up_seconds]
        if self._has_looked(now, self.up_seconds) and min(lately) > current:
            return min(lately)
        if self._has_looked(now, self.down_seconds):
            return self._within(min(current, max(wanted for _, wanted in self._wanted)))
        return self._within(current)

    def _has_looked(self, now: float, seconds: float) -> bool:
        return self._since is not None and now - self._since >= seconds

    def _within(self, replicas: int) -> int:
        return min(self.rule.most, max(self.rule.least, replicas))


def settings(environment: Mapping[str, str]) -> tuple[list[Rule], float, float]:
    """Rules and seconds as the environment has them. Raises ValueError that names the variable."""
    try:
        found = rules(variables.text(environment, VARIABLE))
    except ValueError as error:
        raise ValueError(f"{VARIABLE}: {error}") from error
    up, down = (float(variables.number(environment, name)) for name in (UP_VARIABLE, DOWN_VARIABLE))
    return found, up, max(up, down)


def start(environment: Mapping[str, str]) -> threading.Thread | None:
    """Called in Serve's controller. Logs a setting that is not valid, and then scales nothing."""
    try:
        found, up, down = settings(environment)
    except ValueError as error:
        logger.error(f"{error}; nothing is scaled")
        return None
    if not found:
        return None
    scalers = [Scaler(rule, up, down) for rule in found]
    thread = threading.Thread(target=_run, args=(scalers,), name="many-models-autoscaling", daemon=True)
    thread.start()
    logger.info(f"{VARIABLE}: {environment[VARIABLE]}; up after {up:.0f} s, down after {down:.0f} s")
    return thread


def _run(scalers: list[Scaler]) -> None:
    pause = threading.Event()
    while not pause.wait(min(LOOK_SECONDS, *(scaler.up_seconds / 2 for scaler in scalers))):
        try:
            _look(scalers, time.monotonic())
        except Exception as error:
            # Nothing is scaled on what is not known: the application is not deployed yet, or does not answer.
            logger.debug(f"{VARIABLE}: {error}")


def _look(scalers: list[Scaler], now: float) -> None:
    import ray
    from ray.serve._private.common import DeploymentID
    from ray.serve._private.constants import SERVE_CONTROLLER_NAME, SERVE_NAMESPACE

    controller = ray.get_actor(SERVE_CONTROLLER_NAME, namespace=SERVE_NAMESPACE)
    details = ray.get(controller.get_serve_instance_details.remote(), timeout=_ANSWER_SECONDS)
    deployments = details["applications"][APPLICATION]["deployments"]
    traffic = _traffic(int(details["http_options"]["port"]))
    for scaler in scalers:
        name = scaler.rule.deployment
        current = int(deployments[name]["target_num_replicas"])
        wanted = scaler.decide(now, traffic, current)
        if wanted != current:
            logger.info(f"{VARIABLE}: {name} from {current} to {wanted} replicas")
            scale = controller.update_deployment_replicas.remote(DeploymentID(name, APPLICATION), wanted)
            ray.get(scale, timeout=_ANSWER_SECONDS)


def _traffic(port: int) -> Mapping[str, float]:
    """SharedMemory's counters, by this node's proxy."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(f"http://127.0.0.1:{port}/status", timeout=_ANSWER_SECONDS) as answer:
        status: Any = json.load(answer)
    found: Mapping[str, float] = status["placement"]["traffic"]
    return found
