"""The cluster: the engine as a Faust worker on Kafka. ``README.md`` beside this folder explains it."""
