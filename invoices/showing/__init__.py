"""Issued documents for people who look them up: lists with sums, and one with all its relations.

It owns no facts and changes nothing: documents, payments and submissions are others'.
"""
