"""Floor 7. The state of the application without Qt: document, report, selection, image, results, notices.

Belongs here: what the window, a script and a test would all need to know; one session per open design.
Does not: widgets, threads, files on disk beyond asking the floors below, or any import of Qt.
"""
