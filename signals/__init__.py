"""The domain: customer events in, timely-contact recommendations out; pure, synchronous and deterministic."""
