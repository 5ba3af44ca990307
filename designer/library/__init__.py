"""Floor 6. The public Python surface; ``designer/__init__.py`` offers it as ``designer.load`` and so on.

Belongs here: what notebooks and scripts call, and the reading and writing of models that window and commands share.
Does not: state of a window, words for a terminal.
"""
