"""The drawing surface: scene, view, node and edge items, one class per mouse gesture.

Belongs here: items that follow the design, and gestures that end in one Edit.
Does not: a design of its own; the scene knows node ids and applies differences the bridge reports.
"""
