-- Who follows whom, who wants nothing to do with whom, and who is online.

-- No foreign keys: a user with a hundred thousand followers is removed by a job, a batch at a time. Whoever writes an edge
-- holds both users' rows, so that none is written once that job has begun.
create table follows (
    user_id        uuid        not null,
    target_user_id uuid        not null,
    created_at     timestamptz not null,
    primary key (user_id, target_user_id),
    check (user_id <> target_user_id)
);
create index follows_target on follows (target_user_id, user_id);

-- How many edges there are, by the transactions that make and remove them: counting a hundred thousand takes too long.
create table follow_counts (
    user_id   uuid   primary key,
    followers bigint not null default 0 check (followers >= 0),
    following bigint not null default 0 check (following >= 0)
) with (fillfactor = 80);

create table blocks (
    user_id        uuid        not null references users on delete cascade,
    target_user_id uuid        not null references users on delete cascade,
    created_at     timestamptz not null,
    primary key (user_id, target_user_id),
    check (user_id <> target_user_id)
);
create index blocks_target on blocks (target_user_id, user_id);

-- Who is where. Unlogged: after a crash everybody is offline until the next heartbeat, within thirty seconds. Nobody sweeps:
-- a row that has expired says "offline" to whoever reads it.
create unlogged table presence (
    user_id    uuid        primary key,
    status     text        not null,
    game_id    text,
    context    text,
    expires_at timestamptz not null
) with (fillfactor = 50);

alter table follows enable row level security;
alter table follow_counts enable row level security;
alter table blocks enable row level security;
alter table presence enable row level security;
create policy own on follows to grandstand_request
    using (user_id = current_user_id() or target_user_id = current_user_id());
create policy own on follow_counts to grandstand_request using (user_id = current_user_id());
create policy own on blocks to grandstand_request using (user_id = current_user_id());
create policy own on presence to grandstand_request using (user_id = current_user_id());
create policy everything on follows to grandstand_writer using (true);
create policy everything on follow_counts to grandstand_writer using (true);
create policy everything on blocks to grandstand_writer using (true);
create policy everything on presence to grandstand_writer using (true);

grant select, insert, update, delete on follows, follow_counts, blocks, presence to grandstand_writer;
grant select on follows, follow_counts, blocks, presence to grandstand_request;
