"""Floor 0. The algorithms of convolution, and the rule that chooses among them.

Belongs here: one algorithm a file, with the form in which it reads the weights.
Does not: what layers import (``designer.kernels.conv``), and anything that pooling needs too.
"""
