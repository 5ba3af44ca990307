"""Floor 3. A design on disk: the spec file and its schema, the weights beside it, and how a file is replaced.

Belongs here: our own formats, reading that refuses what is no file of ours in one line, writing that is atomic.
Does not: other programs' formats (``designer.interchange``), what a design means. Nothing here ever unpickles.
"""
