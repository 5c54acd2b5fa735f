"""The pages of signing in, of one's own profile, and of users.

Owns: these pages, their cookies and their texts. Does not own: who may sign in and how that is
checked, which is in `entrypoints.people`.
"""
