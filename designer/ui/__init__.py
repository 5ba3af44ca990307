"""Floor 7. Qt, and Qt only here: main window, actions, bridge to the session, worker, notifications, themes.

Belongs here: views. A view reads what the session tells it and changes the model only by handing it an Edit.
Does not: numbers of its own, a view that talks to another view, ``QMessageBox`` outside ``notifications.py``,
or ``processEvents()``.
"""
