"""What is deployed: one stack per concern, and the names they share with the harness."""
