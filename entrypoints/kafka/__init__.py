"""Usage from Kafka: records become events in the store, each exactly once.

It owns the consumer: which records are in hand, when they are recorded, when their offsets are
committed, what becomes of those that cannot be recorded. It knows nothing of what an event is:
that is `metering.decode`, and what recording means is `metering.intake`.
"""
