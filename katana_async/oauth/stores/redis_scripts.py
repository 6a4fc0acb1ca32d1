"""The Lua scripts of the Redis store. Each is one round trip, atomic, and safe to send twice.

Clients of Redis send a command again when its answer was lost. A write or a delete that had been
done must say so the second time, or the one who did it would think that another had.

A row is a hash (version, data, and the stamp of the write), a lease a string; both expire by
Redis's own clock.
"""

from hashlib import sha1

from attrs import frozen

TOMB_MILLISECONDS = 30_000
"""How long a delete is remembered for the case that it is sent again."""


@frozen
class Script:
    """A script, which Redis knows by its digest."""

    text: str

    @property
    def digest(self) -> str:
        return sha1(self.text.encode(), usedforsecurity=False).hexdigest()


READ = Script("""
local row = redis.call('HMGET', KEYS[1], 'version', 'data')
if not row[1] then return false end
local time = redis.call('TIME')
return {row[1], row[2], time[1], time[2]}
""")

# KEYS: row. ARGV: the version before or '', the version, data, milliseconds or '', stamp.
WRITE = Script("""
local row = redis.call('HMGET', KEYS[1], 'version', 'stamp')
if row[1] == ARGV[2] and row[2] == ARGV[5] then return 1 end
if (row[1] or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'data', ARGV[3], 'stamp', ARGV[5])
if ARGV[4] == '' then redis.call('PERSIST', KEYS[1])
else redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1
""")

# KEYS: row, tomb. ARGV: version, stamp, milliseconds that the tomb stays.
DELETE = Script("""
if redis.call('GET', KEYS[2]) == ARGV[2] then return 1 end
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
""")

# KEYS: lease. ARGV: owner, milliseconds.
LEASE = Script("""
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
""")

# KEYS: lease. ARGV: owner.
RELEASE = Script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
""")
