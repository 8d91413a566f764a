"""Where the dot rests: all rest positions, folds, barriers, and the branch that is followed."""
