"""The actor that runs HAProxy on a node."""

from typing import Any

import ray
from ray.serve._private import haproxy

from manymodels import ray_java_compat

_Base: Any = haproxy.HAProxyManager.__ray_metadata__.modified_class


@ray.remote(num_cpus=0)
class HAProxyManager(_Base):  # type: ignore[misc]  # Ray's types are not followed
    """Serve's HAProxyManager in a patched process."""

    def __init__(self, *args: Any, **options: Any) -> None:
        ray_java_compat.haproxy()
        super().__init__(*args, **options)
