"""Who signs in to the pages: users with a role, their sessions.

It knows no page and no request: what a browser sends is read by `entrypoints.web`. Keys of programs
are not people; they are in `entrypoints.keys`.
"""
