"""From a picture to the codes on it: engines, variants, and the ladder that orders them."""
