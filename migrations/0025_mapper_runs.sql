-- Runs over all mapper alerts: the maps that are looked at, and what was found on them.

-- Each map once, however many follow it.
create table map_looks (
    map_uid    text        primary key,
    -- The beginning of the run that looks at it.
    run_at     timestamptz not null,
    -- It is still to be asked how many have a record, or who is best; or that is seen; or could not be.
    state      text        not null check (state in ('position', 'board', 'seen', 'failed')),
    -- Failures in this run.
    tries      smallint    not null default 0,
    -- What was not seen until about then is new. None where this run takes stock only.
    base_at    timestamptz,
    -- Until when everything was seen; as it will be after this look; and how new a leaderboard has to be for it.
    looked_at  timestamptz,
    looking_at timestamptz,
    board_at   timestamptz,
    -- Whether the run before did not get to it: then it is among the first.
    is_late    boolean     not null default false,
    -- How many maps those have whom it belongs to, the smallest number of all: few are done sooner.
    place      bigint      not null,
    -- A sentence.
    problem    text
);
create index map_looks_waiting on map_looks (state, tries, is_late desc, place, map_uid)
    where state in ('position', 'board');
create index map_looks_run on map_looks (run_at);

-- Records that were new on some map.
create table map_news (
    map_uid    text        not null,
    account_id uuid        not null,
    position   bigint      not null,
    -- Milliseconds; points on maps that aren't races.
    time       bigint      not null,
    driven_at  timestamptz not null,
    -- Whoever is ahead; of the first, the second; and how far it is to them.
    next_id    uuid,
    gap        bigint,
    -- The beginning of the run that saw it first. It is news for whoever was not dealt with since.
    found_at   timestamptz not null,
    primary key (map_uid, account_id)
);
create index map_news_found on map_news (found_at);

grant select, insert, update, delete on map_looks, map_news to grandstand_writer;
