"""The frame: settings, addresses, tasks, start-up, and the kernel in `oms.core`.

Nothing is imported here, because `python3 oms demo` runs before any dependency is installed. The Celery application and
the system checks are loaded by the app registry (`oms.apps`).
"""
