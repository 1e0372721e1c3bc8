-- The daily runs over all mapper alerts, and over all driver notifications.

create table check_runs (
    -- That of the job which began it.
    id          uuid        primary key,
    kind        text        not null check (kind in ('mapper_alerts', 'driver_checks')),
    started_at  timestamptz not null,
    -- What is not checked by then isn't checked any more.
    deadline_at timestamptz not null,
    -- When all its checks were there.
    planned_at  timestamptz,
    ended_at    timestamptz,
    checks      bigint      not null default 0,
    checked     bigint      not null default 0,
    failed      bigint      not null default 0,
    -- What is new, and how many users were told of it.
    found       bigint      not null default 0,
    told        bigint      not null default 0,
    -- Calls to outside services.
    calls       bigint      not null default 0
);
-- One of a kind at a time.
create unique index check_runs_open on check_runs (kind) where ended_at is null;
create index check_runs_time on check_runs (started_at);

grant select, insert, update, delete on check_runs to grandstand_writer;
