"""The Lua scripts of the Redis store. Each is one atomic round trip, and may be sent twice.

Redis clients repeat a command whose answer was lost. A repeated write or delete must return the
result of the first, or the caller would believe that another process was faster.

A row is a hash (its version, its data, the stamp of the write), a lease a string. Both expire by
Redis's clock.
"""

# Redis keeps the stamp of a delete for this time, to recognise a repetition.
TOMBSTONE_MILLISECONDS = 30_000

READ = """
local row = redis.call('HMGET', KEYS[1], 'version', 'data')
if not row[1] then return false end
local time = redis.call('TIME')
return {row[1], row[2], time[1], time[2]}
"""

# KEYS: row. ARGV: the version before or '', the version, data, milliseconds or '', stamp.
WRITE = """
local row = redis.call('HMGET', KEYS[1], 'version', 'stamp')
if row[1] == ARGV[2] and row[2] == ARGV[5] then return 1 end
if (row[1] or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'data', ARGV[3], 'stamp', ARGV[5])
if ARGV[4] == '' then redis.call('PERSIST', KEYS[1])
else redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1
"""

# KEYS: row, tombstone. ARGV: version, stamp, the tombstone's milliseconds.
DELETE = """
if redis.call('GET', KEYS[2]) == ARGV[2] then return 1 end
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
"""

# KEYS: lease. ARGV: owner, milliseconds.
LEASE = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

# KEYS: lease. ARGV: owner.
RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
"""
