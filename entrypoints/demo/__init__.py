"""The demonstration: its customers, what they use, what happens to them, and who signs in."""
