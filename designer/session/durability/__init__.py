"""Work that survives: recovery copies, versions, reports of defects, and what became of the file on disk.

Belongs here: what is kept in the state folder, and comparing with what is on disk.
Does not: timers and notices on the screen (``designer.ui.files``).
"""
