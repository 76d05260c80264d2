"""The template of HAProxy's configuration, as ours: Serve's own (ray/serve/_private/haproxy_templates.py, Ray 2.60.0)
with other answers, with deadlines, and closed where Serve's is open.
"""

import os

from ray._private.utils import get_num_cpus

from manymodels.application import DISPATCHER
from manymodels.haproxy import counts
from manymodels.predictions import PREDICTIONS
from manymodels.problems import CONTENT_TYPE, Problem

STATISTICS_VARIABLE = "RAY_SERVE_HAPROXY_STATS_PORT"
EXPORTER_VARIABLE = "RAY_SERVE_HAPROXY_METRICS_PORT"
"""HAProxy's statistics page and its exporter for Prometheus: on loopback where the variable is set, else not at all."""

THREADS_VARIABLE = "RAY_SERVE_HAPROXY_NBTHREAD"
_MAX_THREADS = 4

HEAD_SECONDS = 30
"""Within which the head of a request has to come, as on the direct port (DirectConnection.MAX_RECEIPT)."""

SPARE_MS = 250
"""By which HAProxy waits longer than the deadline of a request, so that the Dispatcher's own answer comes first."""

ENOUGH = 16
"""Requests in progress at a Dispatcher from which on another one may be asked."""

_REQUEST_ID = "^[A-Za-z0-9._-]{1,128}$"
_TIMEOUT_MS = "^0*[1-9][0-9]{0,8}$"
_MAX_TIMEOUT_MS = 30_000
_OWN = "x-many-models-haproxy"
"""Marks an answer of HAProxy's own until its status is final."""


class TemplateError(RuntimeError):
    """Serve's template is not the one that was tested."""


def ours(template: str) -> str:
    """Serve's template changed; raises TemplateError when a place that is to be changed is not there exactly once."""
    for old, new in _changes():
        template = _changed(template, old, new)
    return template


def with_nearest(template: str) -> str:
    """A template in which a Dispatcher of the same node comes first, at an address without TCP.

    One Dispatcher that is asked for several things at once needs less processor time than two. It is passed over when
    it has enough to do; then the least busy one is asked, as before.
    """
    old = "    server {{ server.name }} {{ server.host }}:{{ server.port }} check{%"
    new = old.replace("{{ server.host }}:{{ server.port }}", "{{ server.address }}")
    servers = "    # Servers in this backend\n"
    first = "backend.nearest.name"
    rule = f"    use-server {{{{ {first} }}}} if {{ srv_conn({{{{ {first} }}}}) lt {ENOUGH} }}\n"
    template = _changed(template, servers, f"{{%- if backend.nearest %}}\n{rule}{{%- endif %}}\n{servers}")
    return _changed(template, old, new)


def with_counts(template: str) -> str:
    """A template in which HAProxy counts its answers, for counts.py to read."""
    backends = "\nbackend default_backend\n"
    rules = "    # Health check configuration - use backend-specific or global defaults\n"
    begun = "{{ healthz_rules|safe }}\n"
    template = _changed(template, backends, f"\n{_COUNTS_TABLE}{backends[1:]}")
    template = _changed(template, begun, f"    http-request set-var(txn.begun) date(0,ms)\n{begun}")
    return _changed(template, rules, f"{_COUNTS}{rules}")


def _changed(template: str, old: str, new: str) -> str:
    if template.count(old) != 1:
        raise TemplateError(f"HAProxy's template has {template.count(old)} times, instead of once: {old!r}")
    return template.replace(old, new)


def _changes() -> list[tuple[str, str]]:
    return [
        # A process that can write to the socket can change HAProxy in any way.
        ("mode 666 level admin", "mode 600 level admin"),
        ("    nbthread {{ config.nbthread }}\n", f"    nbthread {_threads()}\n"),
        # A client that shuts down its writing side after the request still gets its answer.
        ("    option abortonclose\n", ""),
        (
            "{% if config.timeout_http_request_s is not none %}"
            "timeout http-request {{ config.timeout_http_request_s }}s{% endif %}\n    {% if config.timeout_http_keep",
            f"timeout http-request {HEAD_SECONDS}s\n    {{% if config.timeout_http_keep",
        ),
        ("    retry-on {{ config.retry_on }}\n", "    retry-on conn-failure empty-response\n"),
        (_ERROR_FILES, _own_answers()),
        (_EXPORTER, _closed(_EXPORTER, "bind :", EXPORTER_VARIABLE)),
        (_STATISTICS, _closed(_STATISTICS, "bind *:", STATISTICS_VARIABLE)),
        (
            "{{ healthz_rules|safe }}\n",
            _NO_LINES + _REQUEST_IDS + _methods_of_rays_paths() + "{{ healthz_rules|safe }}\n",
        ),
        (
            "    http-request return status 404 content-type text/plain lf-string "
            "\"Path '%[path]' not found. Ping http://.../-/routes for available routes.\"\n",
            "    " + _return(Problem.NOT_FOUND, "no application serves this path") + "\n",
        ),
        (
            "    http-reuse always\n    # Set backend-specific timeouts",
            f"    http-reuse always\n{_DEADLINES}{_REPETITION}    # Set backend-specific timeouts",
        ),
    ]


_ERROR_FILES = """    {%- if config.error_file_path %}
    errorfile 502 {{ config.error_file_path }}
    errorfile 503 {{ config.error_file_path }}
    errorfile 504 {{ config.error_file_path }}
    {%- endif %}
"""

_COUNTS_TABLE = f"""backend {counts.TABLE}
    stick-table type string len 96 size 10k store gpc(1)
"""

_COUNTS = f"""    http-response set-var(txn.ms) date(0,ms),sub(txn.begun)
    http-response set-var(txn.ms) var(txn.ms),div(100),mul(100) if {{ var(txn.ms) -m int gt 1000 }}
    http-response set-var(txn.method) method
    http-response set-var(txn.status) status
    http-response set-var(txn.answer) be_name,concat(:,txn.method),concat(:,txn.status),concat(:,txn.ms)
    http-response track-sc0 var(txn.answer) table {counts.TABLE}
    http-response sc-inc-gpc(0,0)
"""

_EXPORTER = """frontend prometheus
    bind :{{ config.metrics_port }}
    mode http
    http-request use-service prometheus-exporter if { path {{ config.metrics_uri }} }
    no log
"""

_STATISTICS = """listen stats
  bind *:{{ config.stats_port }}
  stats enable
  stats uri {{ config.stats_uri }}
  stats refresh 1s
"""

# A line for each request would cost more than it tells. What happens to servers is still logged.
_NO_LINES = """    {%- if not config.metrics_enabled %}
    no log
    {%- endif %}
"""

# The Dispatcher chooses an id for a request that has no good one; this is for those that never reach it.
_REQUEST_IDS = f"""    acl named req.fhdr(x-request-id) -m reg {_REQUEST_ID}
    http-request set-var(txn.request_id) req.fhdr(x-request-id) if named
    http-request set-var(txn.request_id) unique-id if !named
    http-after-response set-status 503 if {{ status 502 }} {{ res.hdr({_OWN}) -m found }}
    http-after-response del-header {_OWN} if {{ res.hdr({_OWN}) -m found }}
"""

_DEADLINES = f"""    acl timed req.hdr(x-request-timeout-ms) -m reg {_TIMEOUT_MS}
    http-request set-timeout server req.hdr(x-request-timeout-ms),add({SPARE_MS}) if timed \
{{ req.hdr(x-request-timeout-ms) -m int lt {_MAX_TIMEOUT_MS} }}
"""

# A request whose connection ends without an answer is sent again (empty-response), but only one that may be done twice.
# One for which there was no connection has not been sent.
_REPETITION = f"""    {{%- if backend.ingress_deployment_name == '{DISPATCHER}' %}}
    acl prediction path_end {" ".join(PREDICTIONS)}
    http-request disable-l7-retry if !{{ method GET HEAD }} !prediction
    {{%- else %}}
    http-request disable-l7-retry if !{{ method GET HEAD }}
    {{%- endif %}}
"""


def _closed(block: str, bind: str, variable: str) -> str:
    """The block on loopback when somebody has asked for it by the variable, else nothing."""
    return block.replace(bind, "bind 127.0.0.1:") if variable in os.environ else ""


def _threads() -> str:
    """One for two processors, like the Dispatchers' event loops; more cost more and gain nothing (bench/RESULTS.md)."""
    if THREADS_VARIABLE in os.environ:
        return "{{ config.nbthread }}"
    return str(max(1, min(_MAX_THREADS, int(get_num_cpus()) // 2)))


def _own_answers() -> str:
    """What HAProxy answers when nobody else does. The status 502 becomes that of its problem later."""
    lines = [
        "    unique-id-format %[uuid()]",
        # Not for what is no request, or one whose head is too long or late: those get a page of HAProxy's.
        _error(400, Problem.INVALID_INPUT, "the body is cut short, or not well framed"),
        _error(500, Problem.INTERNAL, "the proxy failed"),
        _error(502, Problem.NO_REPLICA, "the Dispatcher ended before it answered; the request may have taken effect"),
        _error(503, Problem.NO_REPLICA, "no Dispatcher can be reached"),
        _error(504, Problem.DEADLINE_EXCEEDED, "no answer before the deadline"),
    ]
    return "\n".join(lines) + "\n"


def _error(status: int, problem: Problem, detail: str) -> str:
    return f"    http-error status {status} {_content(problem, detail)} hdr {_OWN} 1"


def _methods_of_rays_paths() -> str:
    refusal = _return(Problem.METHOD_NOT_ALLOWED, "this path takes GET, HEAD")
    return f'    {refusal} hdr allow "GET, HEAD" if {{ path /-/healthz /-/routes }} !{{ method GET HEAD }}\n'


def _return(problem: Problem, detail: str) -> str:
    return f"http-request return status {problem.status} {_content(problem, detail)}"


def _content(problem: Problem, detail: str) -> str:
    request_id = "var(txn.request_id)"
    body = problem.body(detail, f"%[{request_id}]").decode().replace("\\", "\\\\").replace('"', '\\"')
    words = [f'content-type {CONTENT_TYPE.decode()} lf-string "{body}"', f"hdr x-request-id %[{request_id}]"]
    if problem.retry_after_seconds:
        words.append(f"hdr retry-after {problem.retry_after_seconds}")
    return " ".join(words)
