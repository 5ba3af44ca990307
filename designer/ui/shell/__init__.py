"""The window around everything: docks, menus, actions, totals, notices, what is remembered.

Belongs here: what exists once for each window.
Does not: the inside of a panel or of the canvas.
"""
