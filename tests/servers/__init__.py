"""The real servers that tests run against: Kafka, Redis and a browser."""
