"""Commands that make and check the book; run as ``python -m tools.NAME``."""
