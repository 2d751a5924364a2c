"""gunicorn: one process per core, threads for the waiting. Everything is changed by environment."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or os.cpu_count() or 1)
threads = int(os.environ.get("WEB_THREADS") or 4)

# The application is loaded once and forked; nothing connects to a server while it loads.
preload_app = True

timeout = 60
graceful_timeout = 30
keepalive = 5  # longer than nothing, shorter than what proxies in front keep
max_requests = 10_000
max_requests_jitter = 1_000

# Requests are logged once, by the application, with tokens taken out of their addresses.
accesslog = None
errorlog = "-"
control_socket_disable = True
