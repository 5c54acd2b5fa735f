"""Plans: what somebody could order for what they use, what it costs, and which is cheapest.

Owned here: the search for the cheapest plan (`cheapest`), plans side by side (`comparing`), the
quantities at which another becomes cheaper (`break_even`), what outages would cost at each service
level (`exposure`), and what other prices would have made of recorded months (`changes`,
`backtest`). Not owned: any price or rule. Every amount is that of the rating that bills.
"""
