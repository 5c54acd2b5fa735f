"""The wiring: settings, the database, the command line. The only place that reads the clock.

Nothing here decides what something costs or whether an event counts; it brings files, databases
and people together with the packages that do.
"""
