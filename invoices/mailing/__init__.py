"""What is sent about invoices: the wording, the e-mail made of it, and the files that go with it.

How an e-mail travels is decided in `entrypoints`; that each goes once, in `invoices.messages`.
"""
