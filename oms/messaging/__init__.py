"""Delivery of mails, and the log of them.

A topic writes the text of its message and calls `messaging.services.queue`; that stores one row per (document, kind,
trigger, recipient), however often the trigger is repeated. A task sends what is queued: claimed first, sent without an
open transaction, marked after acceptance. A resend is a new row with its own trigger, asked for by a person.
"""
