"""Who may come in: staff users with their roles, and API clients with their keys.

Roles are Django groups made ready by `roles.py`: warehouse, service, manager, read-only. An API client holds any number
of keys, of which only a digest is stored, and a list of scopes. Which locations a person may see and which channels a
client serves are bound in the topics that own locations and channels.
"""
