-- What an outside service is asked by all servers together. Unlogged: after a crash of PostgreSQL the limits begin anew.

-- When the next call to a service may begin.
create unlogged table call_paces (
    service text        primary key,
    next_at timestamptz not null
);

-- Calls under way at a time, a row for each that is allowed. Whoever dies with one gives it back by letting its time pass.
create unlogged table call_slots (
    service    text        not null,
    slot       integer     not null,
    holder     uuid,
    held_until timestamptz not null default '-infinity',
    primary key (service, slot)
);

grant select, insert, update, delete on call_paces, call_slots to grandstand_writer;
