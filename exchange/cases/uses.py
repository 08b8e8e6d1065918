"""The durable counter that tells how often a line was released for a case."""


def uses_counter(case: str, matter: str, requirement: str) -> str:
    """The durable counter of how often a line was released for a case."""
    return f"uses/{case}/{matter}/{requirement}"
