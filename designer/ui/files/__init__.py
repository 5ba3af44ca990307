"""Files as the window handles them: opening, saving, watching the disk, recovery copies, reports of defects.

Belongs here: dialogs, timers and notices around ``designer.session.durability`` and ``designer.library``.
Does not: reading and writing.
"""
