"""Skills: which desk works on what."""

from signals.pack.environment import Environment
from signals.scene import Candidate


def desk_for(candidate: Candidate, environment: Environment) -> str:
    """The play's desk, unless it is said to have other skills and another desk has the one that is needed.

    A skill is a trigger, the beginning of its name (``life_event``, ``season.health_nl``), or a product.
    """
    own, desks = candidate.trigger.play.desk, environment.config.desks
    if not desks:
        return own
    able = [name for name, desk in sorted(desks.items()) if _has_one(desk.skills, candidate, environment)]
    known = desks.get(own)
    if own in able or not able or (known is not None and not known.skills):
        return own
    return able[0]


def _has_one(skills: list[str], candidate: Candidate, environment: Environment) -> bool:
    name, product = candidate.name, candidate.words.get("product")
    return any(f"{name}.".startswith(f"{skill}.") or environment.product_name(skill) == product for skill in skills)
