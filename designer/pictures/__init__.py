"""Floor 4. Image files become arrays: decoding, fitting, normalising, and the way back to a pixel.

Belongs here: everything between a file or the clipboard and the tensor of a network input.
Does not: feature maps as pictures (``designer.interchange.figures``).
"""
