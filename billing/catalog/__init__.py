"""The catalog: editions of the service specification, sellers, VAT and prices.

`document` is the file's shape, `assemble` turns it into the editions of `edition`, `references`
finds names that refer to nothing, `loading` does it all for a text. An edition never changes.
"""
