"""Patches of the process that manages HAProxy on a node, and of the controller that starts it.

"Upstream" is Ray 2.60.0; the functions named here are in ray/serve/_private/haproxy.py unless another file is named.
"""

import asyncio
import contextlib
import dataclasses
import logging
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ray
from ray._common.network_utils import get_localhost_ip
from ray.serve._private import controller, haproxy, haproxy_metrics
from ray.serve._private.haproxy import BackendConfig, ServerConfig

from manymodels.application import DISPATCHER
from manymodels.haproxy import template
from manymodels.haproxy.counts import Counts
from manymodels.ray_java_compat.patching import replace

_log = logging.getLogger("ray.serve.manymodels.haproxy")

_WATCH = "_many_models_watch"
_LOCK = "_many_models_lock"
_COUNTS = "_many_models_counts"
_CHANGES = "_many_models_changes"

_POLL_SECONDS = 0.05

APPLICATIONS_SECONDS = 3.0
"""How long a manager waits at most to be told the applications, before it starts HAProxy."""

RESTART_PAUSE_SECONDS = 0.2
"""Between two attempts to start HAProxy again."""


def p7a_manager() -> None:
    """Have the controller start our HAProxyManager, which applies the patches below to its own process.

    Upstream: nothing is called in the process of a HAProxyManager (RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH is for the
    Python proxies), so what HAProxy answers and who reaches it is fixed by Ray's template.
    """
    from manymodels.haproxy.manager import HAProxyManager

    replace(controller, "HAProxyManager", lambda _: HAProxyManager)


def p7b_template() -> None:
    """Give HAProxy our template: see there.

    Upstream: haproxy_templates.py answers its own errors as text or HTML, breaks off requests of clients that are
    half-closed, ignores X-Request-Timeout-Ms, and opens statistics and exporter to everybody.
    """
    _change_template(template.ours)


def p7c_restart() -> None:
    """Start HAProxy again at once when it has ended.

    Upstream: HAProxyManager.check_health only fails, and the controller replaces the whole manager after three failures
    ten seconds apart (proxy_state.py); until then nobody listens on the HTTP port.
    """

    def make(start: Any) -> Any:
        async def start_and_watch(self: Any) -> None:
            await start(self)
            setattr(self, _WATCH, asyncio.get_running_loop().create_task(_watch(self)))

        return start_and_watch

    replace(haproxy.HAProxyApi, "start", make)

    def make_stop(stop: Any) -> Any:
        async def stop_for_good(self: Any) -> None:
            if (watch := getattr(self, _WATCH, None)) is not None:
                watch.cancel()
                await asyncio.wait((watch,))
            await stop(self)
            # One that was just being started in the place of another is known to nobody.
            for orphan in await asyncio.to_thread(_orphans_of, self):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(orphan), signal.SIGKILL)

        return stop_for_good

    replace(haproxy.HAProxyApi, "stop", make_stop)

    def make_reload(reload: Any) -> Any:
        async def reload_alone(self: Any) -> None:
            async with _lock_of(self):
                if self._proc is not None and self._proc.returncode is not None:
                    await _start_again(self)
                else:
                    await reload(self)

        return reload_alone

    replace(haproxy.HAProxyApi, "_graceful_reload", make_reload)


def p7d_orphans() -> None:
    """Take the port over from HAProxies whose manager was killed; they serve on until this one knows what they do.

    Upstream: HAProxyApi.start starts a process without -sf and -x, which cannot listen because the orphan does. And it
    starts it before the controller has named any application, so that it answers 404 where the orphan, or a HAProxy of
    another node on the same port, knows them all.
    """

    def make_start(start: Any) -> Any:
        async def start_with_applications(self: Any) -> None:
            await _until_applications_are_known(self)
            await start(self)

        return start_with_applications

    replace(haproxy.HAProxyApi, "start", make_start)

    def make(start: Any) -> Any:
        async def start_in_place_of_orphans(self: Any, *arguments: str, **options: Any) -> Any:
            if not arguments:
                arguments = await _arguments_to_take_over(self)
            return await start(self, *arguments, **options)

        return start_in_place_of_orphans

    replace(haproxy.HAProxyApi, "_start_and_wait_for_haproxy", make)


def p7e_nearest() -> None:
    """Let HAProxy ask a Dispatcher of its own node first, by a Unix domain socket; see io.manymodels.http.IngressPort.

    Upstream: _target_to_server knows ports only, though TCP within a machine costs both sides more, and all Dispatchers
    of all nodes are alike.
    """
    ServerConfig.address = property(_address)
    BackendConfig.nearest = property(_nearest)
    _change_template(template.with_nearest)


def p7f_counts() -> None:
    """Count HAProxy's answers for Serve's metrics in HAProxy; see counts.py.

    Upstream: haproxy_metrics.py parses a line of HAProxy's log for each request.
    """
    _change_template(template.with_counts)

    def make(init: Any) -> Any:
        def init_without_lines(self: Any, cfg: Any, *args: Any, **options: Any) -> None:
            init(self, dataclasses.replace(cfg, metrics_enabled=False), *args, **options)

        return init_without_lines

    replace(haproxy.HAProxyApi, "__init__", make)

    def make_reload(reload: Any) -> Any:
        async def reload_counted(self: Any) -> None:
            counts: Counts | None = getattr(self, _COUNTS, None)
            if counts is not None:
                # The next process begins anew.
                await counts.report_if_possible()
            await reload(self)

        return reload_counted

    replace(haproxy.HAProxyApi, "reload", make_reload)

    def make_polling(start: Any) -> Any:
        def start_counting(self: Any, loop: Any, interval_s: float) -> None:
            start(self, loop, interval_s)
            counts = Counts(self._haproxy_api, self.request_ingress_metrics)
            setattr(self._haproxy_api, _COUNTS, counts)
            self._many_models_counting = loop.create_task(counts.report_forever())

        return start_counting

    replace(haproxy_metrics.HAProxyMetricsCollector, "start_node_metrics_polling", make_polling)


def _change_template(change: Callable[[str], str]) -> None:
    """Once, like `replace`, whose marks a text cannot bear."""
    made: frozenset[str] = getattr(haproxy, _CHANGES, frozenset())
    if change.__name__ not in made:
        haproxy.HAPROXY_CONFIG_TEMPLATE = change(haproxy.HAPROXY_CONFIG_TEMPLATE)
        setattr(haproxy, _CHANGES, made | {change.__name__})


def _address(server: Any) -> str:
    node = ray._private.worker._global_node
    is_dispatcher = f"#{DISPATCHER}#" in (server.replica_id or "")
    if server.host == get_localhost_ip() and is_dispatcher and node is not None:
        path = str(Path(node.get_session_dir_path()) / "sockets" / f"ingress-{server.port}")
        if _is_listened_on(path):
            return f"unix@{path}"
    return f"{server.host}:{server.port}"


def _is_listened_on(path: str) -> bool:
    """A Dispatcher that was killed leaves its socket behind."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_POLL_SECONDS)
        return client.connect_ex(path) == 0


def _nearest(backend: Any) -> Any:
    """The Dispatcher to ask first, always the same one of several; None when all are on other nodes."""
    here = [server for server in backend.servers if server.host == get_localhost_ip()]
    return min(here, key=lambda server: server.port, default=None)


async def _watch(api: Any) -> None:
    while True:
        running = api._proc
        await running.wait()
        async with _lock_of(api):
            if api._proc is running:
                _log.warning(f"HAProxy (pid {running.pid}) ended with {running.returncode}; starting it again")
                await _start_again(api)


async def _start_again(api: Any) -> None:
    ended = api._proc
    while api._proc is ended:
        try:
            api._proc = await api._start_and_wait_for_haproxy()
        except Exception as error:
            _log.error(f"HAProxy does not start: {error}")
            await asyncio.sleep(RESTART_PAUSE_SECONDS)
        else:
            api._old_procs.append(ended)


def _lock_of(api: Any) -> asyncio.Lock:
    """Held by whoever starts a process in the place of another."""
    if not hasattr(api, _LOCK):
        setattr(api, _LOCK, asyncio.Lock())
    lock: asyncio.Lock = getattr(api, _LOCK)
    return lock


async def _arguments_to_take_over(api: Any) -> tuple[str, ...]:
    """Has the orphans stop (-sf); one that still answers hands its listening sockets over (-x)."""
    orphans = await asyncio.to_thread(_orphans_of, api)
    if not orphans:
        return ()
    _log.info(f"taking over from HAProxy {', '.join(orphans)}, whose manager has ended")
    hands_over = str(await api._get_running_pid()) in orphans
    return "-sf", *orphans, *(("-x", api.cfg.socket_path) if hands_over else ())


async def _until_applications_are_known(api: Any) -> None:
    """Serve's controller tells them a moment after the start; it may have none."""
    for _ in range(round(APPLICATIONS_SECONDS / _POLL_SECONDS)):
        if api.backend_configs:
            break
        await asyncio.sleep(_POLL_SECONDS)


def _orphans_of(api: Any) -> list[str]:
    own = {process.pid for process in (api._proc, *api._old_procs) if process is not None}
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [str(pid) for pid in pids if pid not in own and api._is_our_haproxy(pid)]
