"""What is sent to Redis: commands and scripts, each of them one atomic step on each key.

Rules:
1. A value is stored with ``=`` before it, a counter as its digits: so one is never taken for the other.
2. A script sets the time to live in the same step that makes the key. Times are in milliseconds.
3. A step touches one key alone, so that it works in a cluster. A single server takes many steps of a kind in one run of
   their script, and answers with one text: that costs a fraction of as many commands.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

VALUE_MARK = b"="
NOT_COUNTER = "NOTCOUNTER"
NOT_VALUE = "NOTVALUE"
OVERFLOW = "OVERFLOW"
_FAILED = b"!"

Word = bytes | int | str


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script, the digest by which the server knows it, and whether it takes many keys and answers with counts."""

    text: str
    digest: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Command:
    """One operation on one key. ``what``: a command's name or a script."""

    what: str | Script
    key: bytes
    arguments: tuple[Word, ...] = ()


def words(commands: Sequence[Command], *, whole: bool) -> tuple[Word, ...]:
    """One command, or several of one script, as they are sent; ``whole``: with the script's text, not its digest."""
    what = commands[0].what
    if isinstance(what, str):
        return what, commands[0].key, *commands[0].arguments
    head: tuple[Word, ...] = ("EVAL", what.text) if whole else ("EVALSHA", what.digest)
    keys = [command.key for command in commands]
    return *head, len(keys), *keys, *[word for command in commands for word in command.arguments]


def counts(reply: object, number: int) -> list[int | str]:
    """The answer of a script to ``number`` steps: for each its count, or the code of what went wrong.

    Raises ``ValueError`` if it is none.
    """
    parts = reply.split(b",") if isinstance(reply, bytes) else []
    if len(parts) != number:
        raise ValueError("another number of counts than was asked for")
    return [part[1:].decode("ascii") if part.startswith(_FAILED) else int(part) for part in parts]


def _script(text: str, *, counts: bool = False) -> Script:
    # The protocol names a script by this digest; nothing is protected by it.
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), counts)


def _steps(body: str) -> Script:
    """A script that runs ``body``, with ``key`` and the step's arguments ``a`` and ``b``, for each of its keys."""
    return _script(
        f"""
local function code(problem)
  local text = type(problem) == 'table' and problem.err or tostring(problem)
  return '!' .. (string.match(text, '%u%u%u+') or 'ERR')
end
local function step(key, a, b)
{body}
end
local answers, width = {{}}, #ARGV / #KEYS
for place, key in ipairs(KEYS) do
  local at = (place - 1) * width
  local good, answer = pcall(step, key, ARGV[at + 1], ARGV[at + 2])
  answers[place] = good and tostring(answer) or code(answer)
end
return table.concat(answers, ',')
""",
        counts=True,
    )


TAKE = _script(f"""
local value = redis.call('GET', KEYS[1])
if not value then return false end
if string.sub(value, 1, 1) ~= '{VALUE_MARK.decode()}' then return redis.error_reply('{NOT_VALUE} it is a counter') end
redis.call('DEL', KEYS[1])
return value
""")

_COUNTER = f"""
local value = redis.call('GET', key)
if value and string.sub(value, 1, 1) == '{VALUE_MARK.decode()}' then return '!{NOT_COUNTER}' end
"""

# Lua's numbers are exact up to 2^53 only, so counts stay text.
ADD = _steps(
    _COUNTER
    + f"""
local added = redis.pcall('INCRBY', key, a)
if type(added) == 'table' and added.err then
  return string.find(added.err, 'overflow', 1, true) and '!{OVERFLOW}' or code(added)
end
local count = redis.call('GET', key)
if count == '-9223372036854775808' then
  redis.call('SET', key, value, 'KEEPTTL')
  return '!{OVERFLOW}'
end
if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, b) end
return count
"""
)

# Compared as text, which INCRBY and we write alike: by sign, then by length, then digit by digit.
AT_LEAST = _steps(
    _COUNTER
    + """
local function below(x, y)
  local less = string.sub(x, 1, 1) == '-'
  if less ~= (string.sub(y, 1, 1) == '-') then return less end
  if less then x, y = string.sub(y, 2), string.sub(x, 2) end
  if #x ~= #y then return #x < #y end
  return x < y
end
if not value then
  redis.call('SET', key, a, 'PX', b)
  return a
end
if not below(value, a) then return value end
redis.call('SET', key, a, 'KEEPTTL')
return a
"""
)

ADD_MEMBER = _steps("""
redis.call('SADD', key, a)
if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, b) end
return redis.call('SCARD', key)
""")

COUNT = _steps(f"""
local kind = redis.call('TYPE', key).ok
if kind == 'none' then return 0 end
if kind == 'set' then return redis.call('SCARD', key) end
if kind ~= 'string' then return '!{NOT_COUNTER}' end
{_COUNTER}
return value
""")

HAS_MEMBER = _steps("return redis.call('SISMEMBER', key, a)")
