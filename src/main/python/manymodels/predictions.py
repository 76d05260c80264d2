"""Which requests only ask for a prediction."""

PREDICTIONS = ("/score", "/infer", ":predict", "/invocations")
"""The ends of paths to which a POST changes nothing, so that it may be repeated: those of each protocol."""
