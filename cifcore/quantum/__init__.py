"""The dot as a quantum particle: its states, its spread, tunnelling, and a quantum bath."""
