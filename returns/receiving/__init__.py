"""Receipt of returned goods: each unit is graded, and the grade decides where it goes.

`restock` makes it available at the receiving location; `damaged` puts it aside there. Each receipt is one row with its
own key, so that a repeated call restocks nothing twice.
"""
