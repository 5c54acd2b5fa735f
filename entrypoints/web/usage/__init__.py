"""The pages of usage: what an order has cost so far and will cost, and the way down to an event.

Every figure comes from the reports that the command line and the API give (`invoices.statements`,
`invoices.forecasting`, `invoices.explaining`); this package chooses what to show of them and where.
"""
