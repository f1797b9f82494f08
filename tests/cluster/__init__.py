"""The cluster, on a real Kafka and Redis."""
