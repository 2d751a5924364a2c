"""Pages of the staff console that show several apps on one screen.

The start page, the menu and its search, the order page (lines, money, parcels, returns, messages and why), the page
of a customer with the orders. What shows one app alone lives in that app's `admin.py`.
"""
