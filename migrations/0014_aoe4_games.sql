-- Matches of Age of Empires IV, as AoE4World tells them to the players who were in them.

create table games (
    user_id                uuid        not null references users on delete cascade,
    -- AoE4World's.
    id                     bigint      not null,
    -- Whose match it is there.
    profile_id             bigint      not null,
    -- All that was told, as it came.
    payload                jsonb       not null,
    played_at              timestamptz not null,
    -- Whatever it is called: new ones come with each season.
    map                    text        not null,
    kind                   text        not null,
    civilization           text        not null,
    opponent_civilizations text[]      not null,
    -- win, loss, or another word; none while it runs.
    result                 text,
    rating                 integer,
    rating_diff            integer,
    -- Seconds; none while it runs.
    duration               integer,
    status                 text        not null default 'raw' check (status in ('raw', 'reviewing', 'reviewed')),
    primary key (user_id, id)
);
create index games_latest on games (user_id, played_at desc, id desc);

-- How far a user's matches are here.
create table game_syncs (
    user_id     uuid        primary key references users on delete cascade,
    steam_id    text        not null,
    -- AoE4World's; none until it is known.
    profile_id  bigint,
    -- Until when a sync is under way, should its server not die.
    busy_until  timestamptz not null default '-infinity',
    -- When the next may begin.
    next_at     timestamptz not null default '-infinity',
    -- All matches that began until then are here; none before the first whole sync.
    complete_to timestamptz,
    -- Where a sync that is not whole goes on, counted from 1, and the newest match that it met.
    page        integer     not null default 1,
    newest      timestamptz,
    ended_at    timestamptz,
    -- Why the last one broke off.
    error       text
);

alter table games enable row level security;
alter table game_syncs enable row level security;
create policy own on games to grandstand_request using (user_id = current_user_id());
create policy own on game_syncs to grandstand_request using (user_id = current_user_id());
create policy everything on games to grandstand_writer using (true);
create policy everything on game_syncs to grandstand_writer using (true);

grant select, insert, update, delete on games, game_syncs to grandstand_writer;
grant select on games, game_syncs to grandstand_request;
