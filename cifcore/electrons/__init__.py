"""What electrons do: at one energy in closed form or by matrices, and over energies."""
