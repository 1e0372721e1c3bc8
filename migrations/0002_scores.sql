-- Verified scores and the leaderboards they move.

create table leaderboards (
    -- What rows of `scores` point to: four bytes rather than a name, a million times.
    number        integer generated always as identity primary key,
    id            text        not null unique,
    -- The game whose plays count here; null for all games.
    game_id       text,
    title         text        not null,
    score_order   text        not null check (score_order in ('desc', 'asc')),
    operator      text        not null check (operator in ('sum', 'best', 'last')),
    -- When a period ends (five-field cron, UTC), and how many have ended.
    reset         text,
    next_reset_at timestamptz,
    period        integer     not null default 0,
    -- Counts the transactions that changed this board. It is raised by the last statement before COMMIT, so
    -- that versions follow each other in the order of the commits, on whatever server they were made.
    version       bigint      not null default 0,
    -- Made by --demo, and removed by `grandstand demo clear`.
    demo          boolean     not null default false,
    created_at    timestamptz not null
) with (fillfactor = 50);
create index leaderboards_game on leaderboards (game_id);

-- Counts the changes of what batches of scores go by: which boards there are, and how each counts. A batch computes
-- by the definitions that its server has in memory; where this number is another than theirs, it starts again.
create table leaderboard_catalog (
    only_row boolean primary key default true check (only_row),
    version  bigint  not null
);
insert into leaderboard_catalog (version) values (0);

create function count_leaderboard_change() returns trigger
    language plpgsql as $$
begin
    update leaderboard_catalog set version = version + 1;
    return null;
end $$;

create trigger leaderboard_changed
    after insert or delete or update of game_id, score_order, operator, period on leaderboards
    for each statement execute function count_leaderboard_change();

-- The end of a batch of scores: raises the versions of the boards that it changed, in a fixed order. Fails with GS001
-- if a board has changed since the batch read how it counts.
create function raise_versions(numbers integer[], catalog bigint) returns table (number integer, version bigint)
    language plpgsql as $$
begin
    -- Whoever is changing one of these boards is waited for here, and found below.
    perform from leaderboards l where l.number = any(numbers) order by l.number for no key update;
    if (select c.version from leaderboard_catalog c) <> catalog then
        raise exception 'a leaderboard has changed' using errcode = 'GS001';
    end if;
    return query
        update leaderboards l set version = l.version + 1 where l.number = any(numbers) returning l.number, l.version;
end $$;

insert into leaderboards (id, title, score_order, operator, created_at)
values ('global', 'All games', 'desc', 'sum', now());

-- No index on the score: ranks are answered from memory, and updates stay in place (HOT).
create table scores (
    -- No foreign keys here: checking them would lock a row for each score. Whoever removes a board or a user
    -- removes their scores in the same transaction.
    leaderboard_number integer     not null,
    period             integer     not null,
    user_id            uuid        not null,
    score              bigint      not null check (score between 0 and 9007199254740991),
    -- When this score was reached. Moves only when the score does, and then always forward.
    reached_at         timestamptz not null,
    primary key (leaderboard_number, period, user_id)
) with (fillfactor = 80);
create index scores_user on scores (user_id);

create table user_game_stats (
    user_id        uuid        not null,
    game_id        text        not null,
    best           bigint      not null,
    last           bigint      not null,
    plays          bigint      not null,
    last_played_at timestamptz not null,
    primary key (user_id, game_id)
) with (fillfactor = 80);

-- The audit trail: every play that ever counted. Rows outlive their user, without a name.
create table score_events (
    id          bigint generated always as identity primary key,
    -- `<gameId>/<anything unique>`: an action counts once, for good.
    action_id   text        not null unique,
    user_id     uuid,
    game_id     text        not null,
    score_delta bigint      not null,
    metadata    jsonb,
    -- When the play was accepted by us; `reached_at` of an imported score may be long before.
    created_at  timestamptz not null
);
create index score_events_game on score_events (game_id, id);
create index score_events_user on score_events (user_id, id);

-- The first answer to each token, kept until the token expires, for whoever sends the same request again.
create table consumed_tokens (
    event_id   bigint      primary key,
    -- The token's signature, and so its fingerprint.
    signature  bytea       not null,
    expires_at timestamptz not null,
    answer     text        not null
);
-- Rows come nearly in the order in which they expire: a few blocks of BRIN find what to purge.
create index consumed_tokens_expiry on consumed_tokens using brin (expires_at) with (pages_per_range = 16);

alter table scores enable row level security;
alter table user_game_stats enable row level security;
alter table score_events enable row level security;
create policy own on scores to grandstand_request using (user_id = current_user_id());
create policy own on user_game_stats to grandstand_request using (user_id = current_user_id());
create policy own on score_events to grandstand_request using (user_id = current_user_id());
create policy everything on scores to grandstand_writer using (true);
create policy everything on user_game_stats to grandstand_writer using (true);
create policy everything on score_events to grandstand_writer using (true);

grant select, update on leaderboard_catalog to grandstand_writer;
grant select, insert, update, delete
    on leaderboards, scores, user_game_stats, score_events, consumed_tokens to grandstand_writer;
grant select on leaderboards, scores, user_game_stats, score_events to grandstand_request;
