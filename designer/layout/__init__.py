"""Floor 3. Where nodes stand and wires run: automatic layout, room for a new node, ways around cards.

Belongs here: geometry of a design, in pixels of the canvas, without any toolkit.
Does not: painting (``designer.ui.canvas``), and changes of a design other than of its places.
"""
