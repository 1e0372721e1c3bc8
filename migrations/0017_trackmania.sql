-- Trackmania: what its services told, and the tokens that we present to them.

create table trackmania_tokens (
    audience   text        primary key,
    -- Encrypted under the password that it was got with; none until one was got.
    sealed     bytea,
    -- Until when a server fetches another one, should it not die, or until when none is to be fetched.
    busy_until timestamptz not null default '-infinity'
);

-- As Nadeo tells of them.
create table maps (
    uid         text        primary key,
    -- What other calls know it by.
    id          uuid        not null,
    -- With its formatting codes.
    name        text        not null,
    author      uuid        not null,
    -- Milliseconds; none where there is no such medal.
    author_time bigint,
    gold_time   bigint,
    silver_time bigint,
    bronze_time bigint,
    -- On others, more points are better.
    is_race     boolean     not null,
    uploaded_at timestamptz,
    fetched_at  timestamptz not null
);
create index maps_time on maps (fetched_at);

-- The best of a map, as they were told last.
create table map_boards (
    map_uid    text        primary key,
    records    jsonb       not null,
    fetched_at timestamptz not null
);
create index map_boards_time on map_boards (fetched_at);

-- What accounts are called.
create table driver_names (
    account_id uuid        primary key,
    -- None where nobody knows.
    name       text,
    fetched_at timestamptz not null
);
create index driver_names_time on driver_names (fetched_at);

grant select, insert, update, delete on trackmania_tokens, maps, map_boards, driver_names to grandstand_writer;
