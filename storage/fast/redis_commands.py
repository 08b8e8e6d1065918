"""What is sent to Redis: one command or one script for each operation, on one key, so that it is one atomic step.

Rules:
1. A value is stored with ``=`` before it, a counter as its digits: so one is never taken for the other.
2. A script sets the time to live in the same step that makes the key. Times are in milliseconds.
3. Each is on one key alone, so that it works in a cluster.
"""

import hashlib
from dataclasses import dataclass

VALUE_MARK = b"="
NOT_COUNTER = "NOTCOUNTER"
NOT_VALUE = "NOTVALUE"
OVERFLOW = "OVERFLOW"

Word = bytes | int | str


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and the digest by which the server knows it."""

    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Command:
    """One operation on one key. ``what``: a command's name or a script."""

    what: str | Script
    key: bytes
    arguments: tuple[Word, ...] = ()

    def words(self, *, whole: bool) -> tuple[Word, ...]:
        """As it is sent; ``whole``: with the script's text, for a server that does not know it yet."""
        if isinstance(self.what, str):
            return self.what, self.key, *self.arguments
        head: tuple[Word, ...] = ("EVAL", self.what.text) if whole else ("EVALSHA", self.what.digest)
        return *head, 1, self.key, *self.arguments


def _script(text: str) -> Script:
    # The protocol names a script by this digest; nothing is protected by it.
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


TAKE = _script(f"""
local value = redis.call('GET', KEYS[1])
if not value then return false end
if string.sub(value, 1, 1) ~= '{VALUE_MARK.decode()}' then return redis.error_reply('{NOT_VALUE} it is a counter') end
redis.call('DEL', KEYS[1])
return value
""")

_COUNTER = f"""
local value = redis.call('GET', KEYS[1])
if value and string.sub(value, 1, 1) == '{VALUE_MARK.decode()}' then
  return redis.error_reply('{NOT_COUNTER} it is a value')
end
"""

# Lua's numbers are exact up to 2^53 only, so counts leave as text.
ADD = _script(
    _COUNTER
    + f"""
local added = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(added) == 'table' and added.err then
  if value and string.find(added.err, 'overflow', 1, true) then return redis.error_reply('{OVERFLOW} 64 bits') end
  return added
end
local count = redis.call('GET', KEYS[1])
if count == '-9223372036854775808' then
  redis.call('SET', KEYS[1], value, 'KEEPTTL')
  return redis.error_reply('{OVERFLOW} 64 bits')
end
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return count
"""
)

AT_LEAST = _script(
    _COUNTER
    + """
if not value then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
end
if tonumber(value) >= tonumber(ARGV[1]) then return value end
redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
return ARGV[1]
"""
)

ADD_MEMBER = _script("""
redis.call('SADD', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('SCARD', KEYS[1])
""")

COUNT = _script(f"""
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return 0 end
if kind == 'set' then return redis.call('SCARD', KEYS[1]) end
if kind ~= 'string' then return redis.error_reply('{NOT_COUNTER} it is something else') end
local value = redis.call('GET', KEYS[1])
if string.sub(value, 1, 1) == '{VALUE_MARK.decode()}' then return redis.error_reply('{NOT_COUNTER} it is a value') end
return value
""")
