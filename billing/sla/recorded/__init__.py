"""What is recorded of services: incidents, announced work, claims; each made from its own events.

It owns their streams, tables and commands, and gives them to the calculations of `billing.sla` as
the same values that a scenario gives. It computes no availability, penalty or credit itself.
"""
