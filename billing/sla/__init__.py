"""Service levels: service time, availability and credits."""
