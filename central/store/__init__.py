"""What the centre keeps, by subject: the one place with SQL, and the same SQL on every engine."""
