"""A recommendation of the PS-1 pack as the job's output: the oracle's ``id``, and the customer's number of events."""

from typing import Any


def output_of(record: dict[str, Any]) -> dict[str, Any]:
    """The output; a deadline's own count is 0, as the oracle has it."""
    trigger, customer = record["trigger"], record["customer"].removeprefix("customer:")
    about = record["episode"].partition("@")[0]
    cause = next(
        (seen["event"] for seen in record["evidence"] if seen["time"] == record["created"]),
        record["evidence"][-1]["event"],
    )
    tail = {"overdue_complaint": about, "repeated_contact": f"{about}:{cause}"}.get(trigger, cause)
    n = 0 if trigger == "overdue_complaint" else int(record["why"]["en"])
    return {"id": f"{trigger}:{customer}:{tail}", "n": n}
