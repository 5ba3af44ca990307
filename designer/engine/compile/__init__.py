"""From a design, and who watches it, to steps: what is computed as one, in which order, in which memory.

Belongs here: everything that is known before a value is computed.
Does not: arrays of images or maps.
"""
