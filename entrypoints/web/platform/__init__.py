"""The face for the platform: what comes in, which limits are near, what waits or has failed.

It shows what `entrypoints.watching` reads, renews it while somebody looks, and lets people try
again, release and revoke by hand. Whatever they do is kept with their name.
"""
