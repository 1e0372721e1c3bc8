-- Reviews of matches, who asked for them, and what they are measured by.

create table reviews (
    id                uuid        primary key,
    user_id           uuid        not null references users on delete cascade,
    game_id           bigint      not null,
    -- As the match had them then, for trends.
    played_at         timestamptz not null,
    map               text        not null,
    kind              text        not null,
    civilization      text        not null,
    result            text,
    -- The model that wrote it, or rules.
    llm_model         text        not null,
    -- Why the rules wrote it, though a model was asked.
    fallback          text,
    summary_md        text        not null,
    -- 0–100; none for what could not be seen.
    overall           smallint check (overall between 0 and 100),
    economy           smallint check (economy between 0 and 100),
    military          smallint check (military between 0 and 100),
    technology        smallint check (technology between 0 and 100),
    macro             smallint check (macro between 0 and 100),
    key_moments       jsonb       not null,
    advice            jsonb       not null,
    facts             jsonb       not null,
    -- The values that were compared, each with what is usual and of how many.
    compared          jsonb       not null,
    timeline          jsonb,
    prompt_tokens     bigint,
    completion_tokens bigint,
    -- SHA-256 of the token in the link that anyone may open; none while it is private.
    share_hash        bytea       unique,
    generated_at      timestamptz not null,
    unique (user_id, game_id)
);
create index reviews_latest on reviews (user_id, generated_at desc, id desc);

-- A wish for a review. It outlives its job.
create table review_tasks (
    id         uuid        primary key,
    user_id    uuid        not null references users on delete cascade,
    game_id    bigint      not null,
    job_id     uuid        not null,
    state      text        not null check (state in ('queued', 'running', 'succeeded', 'failed')),
    retries    integer     not null default 0,
    error      text,
    review_id  uuid        references reviews on delete set null,
    created_at timestamptz not null,
    ended_at   timestamptz
);
create unique index review_tasks_open on review_tasks (user_id, game_id) where state in ('queued', 'running');
create index review_tasks_game on review_tasks (user_id, game_id, created_at desc);

alter table reviews enable row level security;
alter table review_tasks enable row level security;
create policy own on reviews to grandstand_request using (user_id = current_user_id());
create policy own on review_tasks to grandstand_request using (user_id = current_user_id());
create policy everything on reviews to grandstand_writer using (true);
create policy everything on review_tasks to grandstand_writer using (true);

-- What happened in matches, as AoE4World told it, without what must not be kept. Costly to ask for, and never another.
create table game_summaries (
    game_id    bigint      primary key,
    payload    jsonb       not null,
    fetched_at timestamptz not null
);
create index game_summaries_time on game_summaries (fetched_at);

-- What is usual: count, mean and the sum of squared distances from it, of the matches that were reviewed here.
create table benchmarks (
    rank_group   text             not null,
    civilization text             not null,
    metric       text             not null,
    count        bigint           not null,
    mean         double precision not null,
    m2           double precision not null,
    primary key (rank_group, civilization, metric)
);

-- Matches that are counted among them already, though several of their players ask for reviews.
create table benchmark_games (
    game_id bigint primary key
);

grant select, insert, update, delete on reviews, review_tasks, game_summaries, benchmarks, benchmark_games to grandstand_writer;
grant select on reviews, review_tasks to grandstand_request;
