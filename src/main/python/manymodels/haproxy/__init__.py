"""HAProxy as Serve's proxy: what it answers, who may reach it, and what becomes of it when it or its manager dies.

Serve 2.60 runs HAProxy in place of its Python proxy when RAY_SERVE_ENABLE_HA_PROXY is 1. On each node an actor, the
HAProxyManager, writes the configuration and starts the process. The settings that Ray offers for it are in
deploy/environment.env; what Ray offers no setting for is done here, by patches of the manager's process.
"""
