"""What a use costs by its profile's tariff: pure arithmetic in minor units."""
