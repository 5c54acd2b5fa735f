"""What the platform watches: what comes in, which limits are near, what waits or has failed.

It counts usage as it comes in and reads what others keep. It owns no usage and decides nothing: the
counts are for people who look after the service, and bills never rest on them.
"""
