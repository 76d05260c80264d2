"""The node beside the head, in a run with two."""

from __future__ import annotations

from launcher import up
from launcher.chaos import layout
from launcher.cluster.instance import Instance
from launcher.cluster.nodes import Joining, Node
from launcher.cluster.ray_cluster import Resources
from launcher.errors import LauncherError


class SecondNode:
    """One after the other: a lost one is followed by a new one. Belongs to the thread that makes faults."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._joining: Joining | None = None
        self._node: Node | None = None
        self._started = 1

    @property
    def node(self) -> Node:
        if self._node is None:
            raise LauncherError("the second node has not been started")
        return self._node

    def join(self, plan: up.Plan) -> None:
        """The first one, beside the head that was started by the plan."""
        resources = Resources(plan.resources.cpus, layout.of_second_node(plan.resources.custom))
        self._joining = Joining(self._instance, plan.ports, resources, plan.environment)
        self.start()

    def start(self) -> None:
        if self._joining is None:
            raise LauncherError("there is no head to join")
        self._started += 1
        self._node = self._joining.start(f"node{self._started}")

    def is_counted(self, node: Node) -> bool:
        """Whether Ray takes the node for alive, as far as anybody can tell."""
        members = self._joining.members() if self._joining is not None else []
        # The head is always there: without it, nobody answered.
        return not members or any(member.node_id == node.node_id for member in members)
