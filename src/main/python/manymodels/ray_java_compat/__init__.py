"""The bridge: makes Ray Serve 2.60.0 run Java deployments from a config file.

Ray has the parts (a Java replica class, a cross-language call path) but they no longer fit together. Each gap is closed
by one patch. Ray calls the entry points through its own hooks:

builder     called by manymodels.application in the task that builds the application
controller  RAY_SERVE_CONTROLLER_CALLBACK_IMPORT_PATH=manymodels.ray_java_compat.controller
proxy       called by manymodels.ingress.proxy, which RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH names
haproxy     called by manymodels.haproxy.manager, the actor that the patched controller starts on each node

The modules with the patches are imported only after the version check: another Ray may lack what they import.
"""

import os

from manymodels.ray_java_compat.patching import PATCH_NAMES, TESTED_RAY_VERSION, apply, require_tested_ray

__all__ = ["PATCH_NAMES", "TESTED_RAY_VERSION", "builder", "controller", "haproxy", "proxy"]


def builder() -> None:
    """Patch the process that builds an application."""
    require_tested_ray()
    from manymodels.ray_java_compat import calls

    apply([calls.p2_user_config])


def controller() -> None:
    """Patch the Serve controller; Ray calls this before the controller recovers any state."""
    require_tested_ray()
    from manymodels import autoscaling
    from manymodels.haproxy import patches
    from manymodels.ray_java_compat import calls, ingress_ports, replicas

    apply(
        [
            calls.p1_argument_check,
            calls.p2_user_config,
            calls.p3_method_names,
            replicas.p4a_threads,
            replicas.p4b_startup,
            replicas.p4c_recovery,
            replicas.p4d_rank_change,
            replicas.p4e_recovered_rank,
            replicas.p5_health,
            ingress_ports.p6a_ingress_port,
            ingress_ports.p6b_instance_id,
            patches.p7a_manager,
        ]
    )
    autoscaling.start(os.environ)


def proxy() -> None:
    """Patch an HTTP proxy."""
    require_tested_ray()
    from manymodels.ray_java_compat import calls

    apply([calls.p1_argument_check, calls.p3_method_names])


def haproxy() -> None:
    """Patch a manager of HAProxy."""
    require_tested_ray()
    from manymodels.haproxy import patches

    apply([patches.p7b_template, patches.p7c_restart, patches.p7d_orphans, patches.p7e_nearest, patches.p7f_counts])
