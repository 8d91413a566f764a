"""The seam: what a bias does to the dot, to first order, exactly, by matrices, or from a table."""
