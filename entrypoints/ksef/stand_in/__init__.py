"""A stand-in for KSeF on this machine, for the demo, for tests and to try sending out.

It speaks KSeF's API, version 2, as far as sending goes, and judges as strictly as it can: it
decrypts, compares hashes and sizes, validates against the XSD of FA(3), knows duplicates, and gives
numbers whose check sums are right. It keeps everything in memory, and has no say in law.
"""
