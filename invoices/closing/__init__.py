"""The end of a month: what its documents come to, beside the month before."""
