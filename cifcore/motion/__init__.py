"""How the dot moves: drives, single paths, ensembles in the heat, basins."""
