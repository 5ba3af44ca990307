"""Steps are run: layer by layer with progress and cancelling, or again and again at once.

Belongs here: a run from its first image to its last map, and where its time went.
Does not: what is kept from run to run (``designer.engine.remember``).
"""
