"""The pages of sales: models of prospects, what they would cost, offers, what other prices make.

Sales and admins make and change things here; finance reads. Nobody sees a customer's single
entries here: a customer's months come as sums.
"""
