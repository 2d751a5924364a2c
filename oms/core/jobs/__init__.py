"""Tracked bulk work: how far it is, what came of each row, safe to run again.

A `Job` is created by an entrance and carried out by a task; each `JobRow` says what happened to one input row or
document. Counters on the job are kept by `jobs.services`.
"""
