"""Patches of how Python calls a Java actor: which arguments, which names, which form. "Upstream" is Ray 2.60.0."""

import json
from typing import Any, NamedTuple

from ray import cross_language
from ray.serve._private.config import DeploymentConfig
from ray.serve._private.utils import JavaActorHandleProxy, msgpack_serialize
from ray.serve.generated.serve_pb2 import DeploymentLanguage

from manymodels.ray_java_compat.patching import replace


def p1_argument_check() -> None:
    """Call Java from jobs that have no code search path.

    Upstream: ray/cross_language.py:_format_args raises "Cross language feature needs --load-code-from-local" unless the
    calling job has a code_search_path. The controller and the proxies have none and cannot be given one.
    """

    def make(_: Any) -> Any:
        def format_args(worker: Any, args: Any, kwargs: Any) -> Any:
            if kwargs:
                raise TypeError(f"a call to another language takes no keyword arguments, got {sorted(kwargs)}")
            return args

        return format_args

    replace(cross_language, "_format_args", make)


def p2_user_config() -> None:
    """Hand user_config to Java as one JSON string (characters outside ASCII come escaped, as \\u00e9).

    Upstream: ray/serve/_private/config.py:DeploymentConfig.to_proto puts the dict itself into a bytes field of the
    protobuf, which raises. Java decodes the field as msgpack scalars and arrays, so an object has to travel as text.
    """

    def make(to_proto: Any) -> Any:
        def to_proto_for_java(self: Any) -> Any:
            config = self
            if (
                self.deployment_language == DeploymentLanguage.JAVA
                and self.user_config is not None
                and not isinstance(self.user_config, bytes)
            ):
                config = self.model_copy(update={"user_config": msgpack_serialize(json.dumps(self.user_config))})
            return to_proto(config)

        return to_proto_for_java

    replace(DeploymentConfig, "to_proto", make)


def p3_method_names() -> None:
    """Translate the calls of controller and proxy into methods that the Java replica has.

    Upstream: ray/serve/_private/utils.py:JavaActorHandleProxy.__getattr__ only turns snake case into camel case.
    reconfigure then sends a Python object ("Can't transfer PYTHON data to JAVA"), and performGracefulShutdown and
    pushProxyHandle are methods that Java lacks: NullPointerException in the replica, no graceful stop.
    """

    def make(getattribute: Any) -> Any:
        def java_method(self: Any, name: str) -> Any:
            handle = self.__dict__["handle"]
            match name:
                case "reconfigure":
                    return _Remote(lambda config, *_: handle.reconfigure.remote(config.to_proto_bytes()))
                case "perform_graceful_shutdown":
                    return handle.prepareForShutdown
                case "push_proxy_handle":
                    return _Remote(lambda *_: None)  # only Python replicas call the proxy back
                case _:
                    return getattribute(self, name)

        return java_method

    replace(JavaActorHandleProxy, "__getattr__", make)


class _Remote(NamedTuple):
    """Looks like an actor method to its caller."""

    remote: Any
