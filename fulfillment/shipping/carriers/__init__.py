"""Carriers: one file each behind the protocol in `base`.

`house` is the offline carrier: complete, but nothing leaves this machine. Further carriers are added by naming their
class in the setting `OMS_CARRIERS`.
"""
