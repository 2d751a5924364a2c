"""Who did what to which document, when and why.

Entries are append-only, written by services in the transaction of the change. `before` and `after` hold the fields that
changed, `reason` the words of the person, `data` whatever explains an automatic decision (inputs, choice, refused
candidates). The actor's name is kept, so that an entry outlives the user.
"""
