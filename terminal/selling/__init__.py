"""Selling: what programs ask lanes for, what it costs, who grants it, and taking it back."""
