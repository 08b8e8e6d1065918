"""The policy of ``docs/policy`` asked by Cedar, with the facts put into Cedar's shapes.

Rules:
1. The translation decides nothing: it walks the dataclasses by their declared names and knows no fact by name. Groups
   become records, a missing fact a missing attribute, an enum its value, a set a set. One exception: Cedar cannot look
   into a set of pairs, so the pairs (field, purposes) become an attribute of each field's entity.
2. An erroring policy would be skipped by Cedar. Any error is an assertion here, never an answer.
3. Every field that any fact names is asked about; ``@fails`` of the policy says how its answers join.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from cedarpy import AuthzResult, Decision, PolicySet, is_authorized, is_authorized_batch, policies_to_json_str

from exchange.purpose.facts import Facts, LicenceFacts

FOLDER = Path(__file__).parents[2] / "docs" / "policy"
CALL = ("caller", "case", "sharing", "objects")
RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Answer:
    """``failed``: the guards that refuse, by name. ``fields``: what may be released if none does."""

    failed: frozenset[str]
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What the annotations and the scope of a policy say; ``purposes`` are its actions."""

    id: str
    guard: str
    reason: str
    of_case: bool
    fails: str
    purposes: frozenset[str]


class _Policies:
    """One policy set and, by Cedar's own numbering of it, what each policy is."""

    def __init__(self, text: str) -> None:
        self.handle = PolicySet.from_str(text)
        parsed = json.loads(policies_to_json_str(text))["staticPolicies"]
        self.rules = {number: _rule(policy) for number, policy in parsed.items() if policy["effect"] == "forbid"}
        assert len(parsed) == len(self.rules) + 1, "one policy permits, all others forbid"

    def ids(self, answer: AuthzResult) -> set[str]:
        """The ids of the policies that forbid: a denial names every one of them. An error is none of an answer."""
        assert not answer.diagnostics.errors, answer.diagnostics.errors
        if answer.decision == Decision.Allow:
            return set()
        assert answer.diagnostics.reasons
        return {self.rules[number].id for number in answer.diagnostics.reasons}


def _rule(policy: dict[str, Any]) -> Rule:
    notes, scope = policy["annotations"], policy["action"]
    actions = scope.get("entities", [scope["entity"]] if "entity" in scope else [])
    return Rule(
        id=notes["id"],
        guard=notes.get("guard", ""),
        reason=notes.get("reason", ""),
        of_case="of_case" in notes,
        fails=notes.get("fails", ""),
        purposes=frozenset(action["id"] for action in actions),
    )


class CedarPolicy:
    """The policy texts, read once."""

    def __init__(self) -> None:
        texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.cedar"))}
        self._call = _Policies("".join(texts[name] for name in CALL))
        self._licence = _Policies(texts["licence"])
        self._fields = _Policies(texts["fields"])
        self.field_rules = [rule for rule in self._fields.rules.values() if rule.id != RELEASED]
        self.rules = [*self._call.rules.values(), *self._licence.rules.values(), *self.field_rules]

    def answer(self, facts: Facts) -> Answer:
        """Phase one."""
        context = record(facts)
        failed = self._call.ids(is_authorized(_request(facts, context), self._call.handle, []))
        per_field = self._per_field(facts, context)
        for rule in self.field_rules:
            if _action(facts) in rule.purposes:
                refused = [rule.id in found for found in per_field.values()]
                if (all if rule.fails == "every" else any)(refused):
                    failed.add(rule.guard)
        free = frozenset(field for field, found in per_field.items() if RELEASED not in found)
        return Answer(frozenset(failed), free)

    def release(self, facts: Facts, licence: LicenceFacts) -> frozenset[str]:
        """The guards of phase two that refuse, by name."""
        context = {**record(facts), "licence": record(licence)}
        return frozenset(self._licence.ids(is_authorized(_request(facts, context), self._licence.handle, [])))

    def _per_field(self, facts: Facts, context: dict[str, Any]) -> dict[str, set[str]]:
        names = sorted(set(_texts(facts)))
        prohibited: dict[str, set[str]] = {name: set() for name in names}
        for field, purposes in _pairs(facts):
            prohibited[field] |= {str(purpose.value) for purpose in purposes}
        entities = [
            {
                "uid": {"type": "Field", "id": f"f{number}"},
                "attrs": {"name": name, "prohibited_for": sorted(prohibited[name])},
                "parents": [],
            }
            for number, name in enumerate(names)
        ]
        asked = [
            {**_request(facts, context), "resource": {"type": "Field", "id": f"f{number}"}}
            for number in range(len(names))
        ]
        answers = is_authorized_batch(asked, self._fields.handle, entities) if asked else []
        return {name: self._fields.ids(answer) for name, answer in zip(names, answers, strict=True)}


def record(group: Any) -> dict[str, Any]:
    """A dataclass as a Cedar record."""
    found: dict[str, Any] = {}
    for field in fields(group):
        value = getattr(group, field.name)
        if is_dataclass(value):
            found[field.name] = record(value)
        elif value is not None:
            found[field.name] = _value(value)
    return found


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(_value(member) for member in value)
    if isinstance(value, tuple):
        return []  # the pairs: attributes of the fields' entities
    return value


def _texts(group: Any) -> Iterator[str]:
    """Every text in a set or a pair of the facts: the fields are among them."""
    for field in fields(group):
        value = getattr(group, field.name)
        if is_dataclass(value):
            yield from _texts(value)
        elif isinstance(value, frozenset):
            yield from (member for member in value if isinstance(member, str) and not isinstance(member, Enum))
        elif isinstance(value, tuple):
            yield from (pair[0] for pair in value)


def _pairs(group: Any) -> Iterator[tuple[str, frozenset[Enum]]]:
    for field in fields(group):
        value = getattr(group, field.name)
        if is_dataclass(value):
            yield from _pairs(value)
        elif isinstance(value, tuple):
            yield from value


def _action(facts: Facts) -> str:
    return facts.purpose.value if facts.purpose else "none"


def _request(facts: Facts, context: dict[str, Any]) -> dict[str, Any]:
    return {
        "principal": {"type": "Caller", "id": "caller"},
        "action": {"type": "Action", "id": _action(facts)},
        "resource": {"type": "Call", "id": "call"},
        "context": context,
    }
