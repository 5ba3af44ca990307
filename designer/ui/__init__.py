"""Floor 8. Qt, and Qt only here: ``shell`` (the window), ``canvas``, ``panels``, ``files``, ``widgets``.

Belongs here: views. A view reads what the session tells it and changes the model only by handing it an Edit.
Does not: numbers of its own, a view that talks to another view, ``QMessageBox`` outside ``shell/notifications.py``,
or ``processEvents()``.
"""
