"""What the engine does in a second, beside what can be done at all on the same machine.

This package makes up events, hands them to the engine, and measures it together with a limit taken
in the same run, so that a slow machine slows both. One module measures one thing; the table in
`entrypoints.bench.measures` names them. It works in databases of its own and owns no rule.
"""
