"""Pictures for people: mosaics of maps, colour maps, PNG.

Belongs here: arrays in, a picture file out.
Does not: reading pictures (``designer.pictures``), widgets.
"""
