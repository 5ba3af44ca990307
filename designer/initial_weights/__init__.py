"""Floor 4. How weights start: random numbers, filters that mean something without training, and which is drawn when.

Belongs here: values that follow from a seed and a shape alone.
Does not: remembering them (``designer.engine.remember``), reading them (``designer.files``).
"""
