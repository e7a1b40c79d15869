"""The way to the centre: who asks, what he may ask, what he makes of the answer."""
