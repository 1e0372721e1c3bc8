-- Work that is done later: jobs, those that failed for good, queues, and schedules.
--
-- The row is the truth about a job. What wakes workers (a notice here, a message elsewhere) may be lost or come twice.

create table queues (
    name   text    primary key,
    paused boolean not null default false
);

create table jobs (
    id               uuid        primary key,
    queue            text        not null,
    kind             text        not null,
    -- Whose it is; null for the server's own. No foreign key: whoever removes a user removes their jobs too.
    owner_id         uuid,
    payload          jsonb       not null,
    -- While a job is unfinished, no other of its kind has the same.
    unique_key       text,
    -- Lower numbers go first.
    priority         smallint    not null,
    -- `delayed` and `failed` wait for `due_at`, `queued` for a worker.
    state            text        not null
        check (state in ('delayed', 'queued', 'running', 'failed', 'succeeded', 'cancelled')),
    -- The place in the queue (start-time fair queueing, see job_start). Null until it is queued.
    start            bigint,
    due_at           timestamptz not null,
    attempts         smallint    not null default 0,
    most_attempts    smallint    not null,
    -- One object for each failed attempt: attempt, at, error.
    errors           jsonb       not null default '[]',
    progress_done    bigint,
    progress_total   bigint,
    progress_note    text,
    result           jsonb,
    -- Who runs it: each picking-up has an id of its own, and only who names it may change the row.
    lease_id         uuid,
    lease_until      timestamptz,
    created_at       timestamptz not null,
    started_at       timestamptz,
    finished_at      timestamptz,
    check ((state = 'queued') <= (start is not null)),
    check ((state = 'running') = (lease_id is not null)),
    check ((state in ('succeeded', 'cancelled')) = (finished_at is not null))
) with (
    -- Rows change three times in their life, and the heads of the indexes are where the dead ones gather.
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0.1
);
-- What is picked up next; depth and age of a queue are read from it alone.
create index jobs_next on jobs (queue, priority, start, id) include (due_at) where state = 'queued';
-- The last place that an owner has taken.
create index jobs_place on jobs
    (queue, priority, coalesce(owner_id, '00000000-0000-0000-0000-000000000000'), start) where state = 'queued';
create index jobs_due on jobs (due_at) where state in ('delayed', 'failed');
create index jobs_lease on jobs (lease_until) where state = 'running';
create index jobs_finished on jobs (finished_at) where finished_at is not null;
create index jobs_owner on jobs (owner_id) where owner_id is not null;
create unique index jobs_unique on jobs (kind, unique_key) where unique_key is not null and finished_at is null;

-- Jobs that won't be tried again, until somebody sends them back or drops them.
create table dead_jobs (
    id            uuid        primary key,
    queue         text        not null,
    kind          text        not null,
    owner_id      uuid,
    payload       jsonb       not null,
    priority      smallint    not null,
    attempts      smallint    not null,
    most_attempts smallint    not null,
    errors        jsonb       not null,
    created_at    timestamptz not null,
    started_at    timestamptz,
    died_at       timestamptz not null
);
create index dead_jobs_queue on dead_jobs (queue, died_at desc, id desc);
create index dead_jobs_died on dead_jobs (died_at);
create index dead_jobs_owner on dead_jobs (owner_id) where owner_id is not null;

-- When each schedule fires next. The row is locked by whoever fires it.
create table schedules (
    name    text        primary key,
    -- The line that `next_at` was computed from.
    cron    text        not null,
    zone    text        not null,
    next_at timestamptz not null
);

-- One row a firing: planned for this moment, it was fired once, or was too late.
create table schedule_firings (
    name       text        not null,
    planned_at timestamptz not null,
    at         timestamptz not null,
    -- Null where it was skipped.
    job_id     uuid,
    primary key (name, planned_at)
);
create index schedule_firings_at on schedule_firings (at);

-- Start-time fair queueing (Goyal, Vin, Cheng, 1996) with jobs of equal cost: a queue's virtual time is the start of
-- the job at its head, and a job starts one after its owner's last one, or now if the owner has none waiting. So of
-- two owners with jobs waiting each gets every second turn, however many they have. Two index look-ups; the jobs of
-- one owner that are enqueued at the same moment by several transactions may share a start.
create function job_start(in_queue text, with_priority smallint, of_owner uuid) returns bigint
    language sql stable as $$
    select greatest(
        (select start from jobs
         where state = 'queued' and queue = in_queue and priority = with_priority
         order by start, id limit 1),
        (select start + 1 from jobs
         where state = 'queued' and queue = in_queue and priority = with_priority
           and coalesce(owner_id, '00000000-0000-0000-0000-000000000000')
             = coalesce(of_owner, '00000000-0000-0000-0000-000000000000')
         order by start desc limit 1),
        1)
$$;

-- The one way in. It runs with the rights of its owner, because a user's request may enqueue but sees no job of
-- others, whom the new one has to queue up with. Gives the job that has the key already, if one has.
create function enqueue_job(
    new_id uuid, in_queue text, of_kind text, of_owner uuid, with_payload jsonb, with_key text,
    with_priority smallint, with_most_attempts smallint, now timestamptz, due timestamptz
) returns table (job_id uuid, is_new boolean)
    language plpgsql security definer set search_path from current as $$
begin
    if current_setting('role') = 'grandstand_request' and of_owner <> current_user_id() then
        raise exception 'a job of another user' using errcode = 'insufficient_privilege';
    end if;
    -- The one with the same key may finish between the two statements.
    for try in 1..10 loop
        insert into jobs (id, queue, kind, owner_id, payload, unique_key, priority, state, start, due_at,
                          most_attempts, created_at)
        select new_id, in_queue, of_kind, of_owner, with_payload, with_key, with_priority,
               case when due <= now then 'queued' else 'delayed' end,
               case when due <= now then job_start(in_queue, with_priority, of_owner) end,
               due, with_most_attempts, now
        on conflict (kind, unique_key) where unique_key is not null and finished_at is null do nothing;
        if found then
            if due <= now then
                perform pg_notify('jobs', in_queue);
            end if;
            return query select new_id, true;
            return;
        end if;
        return query
            select j.id, false from jobs j
            where j.kind = of_kind and j.unique_key = with_key and j.finished_at is null;
        if found then
            return;
        end if;
    end loop;
    raise exception 'the job % with the key % comes and goes', of_kind, with_key;
end $$;

-- How many jobs are picked up before this one, counted up to 10,000. Null if it isn't queued.
create function job_position(of_job uuid) returns bigint
    language sql stable security definer set search_path from current as $$
    select (select count(*) from (
                select from jobs ahead
                where ahead.state = 'queued' and ahead.queue = mine.queue
                  and (ahead.priority, ahead.start, ahead.id) < (mine.priority, mine.start, mine.id)
                limit 10000) as before)
    from jobs mine where mine.id = of_job and mine.state = 'queued'
$$;

-- Tells every server what happens to the jobs of users.
create function tell_job_change() returns trigger
    language plpgsql as $$
begin
    perform pg_notify('job_changes', json_build_object(
        'id', new.id, 'owner', new.owner_id, 'kind', new.kind, 'state', new.state, 'attempts', new.attempts,
        'done', new.progress_done, 'total', new.progress_total, 'note', left(new.progress_note, 200))::text);
    return null;
end $$;
create trigger job_changed
    after update of state, progress_done, progress_total, progress_note on jobs
    for each row when (new.owner_id is not null) execute function tell_job_change();

create function tell_job_death() returns trigger
    language plpgsql as $$
begin
    perform pg_notify('job_changes', json_build_object(
        'id', new.id, 'owner', new.owner_id, 'kind', new.kind, 'state', 'dead', 'attempts', new.attempts)::text);
    return null;
end $$;
create trigger job_died
    after insert on dead_jobs
    for each row when (new.owner_id is not null) execute function tell_job_death();

alter table jobs enable row level security;
alter table dead_jobs enable row level security;
create policy own on jobs to grandstand_request using (owner_id = current_user_id());
create policy own on dead_jobs to grandstand_request using (owner_id = current_user_id());
create policy everything on jobs to grandstand_writer using (true);
create policy everything on dead_jobs to grandstand_writer using (true);

grant select, insert, update, delete
    on queues, jobs, dead_jobs, schedules, schedule_firings to grandstand_writer;
grant select, update (state, finished_at) on jobs to grandstand_request;
grant select on dead_jobs to grandstand_request;
