"""Where the domain runs: files, one process, a Kafka cluster, an HTTP API."""
