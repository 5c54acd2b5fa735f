"""The pages for people: customers, finance, sales, the platform's staff.

Owns: who may see which page, sessions' cookies, forms and their tokens, templates, styles, texts.
Does not own: any calculation. A page shows values that the packages below have reckoned; the API
and the command line show the same.
"""
