"""From one build to another, one replica at a time: old and new ones answer and call each other meanwhile."""

from __future__ import annotations

from launcher.build import application_jar
from launcher.chaos import layout
from launcher.chaos.faults import Began, Fault
from launcher.chaos.process_faults import LOST
from launcher.chaos.world import World


def _update(world: World, began: Began) -> None:
    """In random order, so that each kind of replica is for a while the old one, and the new one, beside the others."""
    application_jar.give_to_ray(world.instance.project)
    old = [(name, pid) for name in layout.DEPLOYMENTS for pid in world.pids(name)]
    world.random.shuffle(old)
    began(LOST, deployments=layout.HOT)
    for name, pid in old:
        _replace(world, name, pid)


def _replace(world: World, deployment: str, pid: int) -> None:
    if pid in world.pids(deployment):
        world.kill(pid)
    world.wait(f"{deployment} has lost its old replica", lambda: pid not in world.pids(deployment))
    world.wait_until_whole()


FAULT = Fault(
    "update",
    "kill -9 of one replica after the other, each followed by one of this build",
    _update,
    lambda world: None if world.starts_older else "needs --older-jar",
)
