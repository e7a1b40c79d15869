"""The one kind of picture that engines look at."""

import numpy as np
from numpy.typing import NDArray

# 8-bit luminance, shape (height, width).
Luma = NDArray[np.uint8]
