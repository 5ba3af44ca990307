"""Floor 4. Pure functions of a design: shapes, costs, memory over time, receptive fields, conventions, fixes.

Belongs here: whatever follows from the declared facts of the layers without running the network.
Does not: a formula for one particular layer (the layer declares it), arrays of weights or images, state.
"""
