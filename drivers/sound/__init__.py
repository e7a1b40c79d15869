"""Sound at a lane: chimes, recorded sentences, and a synthetic voice where one is missing."""
