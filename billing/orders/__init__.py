"""Orders: what a customer has ordered, from when to when, at which prices (R1-R31).

`terms` is the order as a value, `forms` the file it comes in, `checks` its validity against the
catalog, `changes` what may be done to it, `availability` what it makes available when, `routes`
what intake must know of it, `order` the event-sourced aggregate.
"""
