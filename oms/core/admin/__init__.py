"""The base of the staff console.

`site` is the admin site with pages that belong to no model; `base` holds the model admins: documents are read-mostly,
their acts are declared as buttons. A `buttons.Button` names a service, a form, a permission and when it is legal; the
base class draws the legal ones, shows the others with the reason why not, asks, guards against a double click and a
stale page, calls the one service, and turns a refusal into words. Lists are paged by key (`paging`), never by OFFSET,
and count at most up to a cap (`counting`).
"""
