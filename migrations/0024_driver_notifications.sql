-- Driver notifications: whose place among the best of a map is watched, and what each daily run found of it.

create table driver_notifications (
    id         uuid        primary key,
    user_id    uuid        not null references users on delete cascade,
    -- The driver: the user's account at Trackmania when it was made.
    account_id uuid        not null,
    map_uid    text        not null,
    -- Without formatting codes.
    map_name   text        not null,
    -- On others, more points are better.
    is_race    boolean     not null,
    enabled    boolean     not null default true,
    created_at timestamptz not null,
    -- As it was seen last: from 1; null behind the best hundred, or without a record.
    position   bigint,
    -- Milliseconds; points on maps that aren't races.
    time       bigint      not null,
    -- Who of the best was ahead.
    ahead      uuid[]      not null,
    checked_at timestamptz not null,
    -- Why it could not be checked since; a sentence.
    problem    text,
    unique (user_id, map_uid)
);
create index driver_notifications_user on driver_notifications (user_id, id);
create index driver_notifications_map on driver_notifications (map_uid, id) where enabled;

-- What a run is to check, and has found.
create table driver_checks (
    run_id          uuid    not null references check_runs on delete cascade,
    notification_id uuid    not null references driver_notifications on delete cascade,
    user_id         uuid    not null references users on delete cascade,
    is_checked      boolean not null,
    -- What there is to tell, if there is.
    change          jsonb,
    -- Why it could not be checked; a sentence.
    problem         text,
    is_told         boolean not null default false,
    primary key (run_id, notification_id)
);
create index driver_checks_notification on driver_checks (notification_id);
create index driver_checks_user on driver_checks (user_id);
create index driver_checks_untold on driver_checks (run_id, user_id)
    where not is_told and (change is not null or problem is not null);

alter table driver_notifications enable row level security;
alter table driver_checks enable row level security;
create policy own on driver_notifications to grandstand_request using (user_id = current_user_id());
create policy own on driver_checks to grandstand_request using (user_id = current_user_id());
create policy everything on driver_notifications to grandstand_writer using (true);
create policy everything on driver_checks to grandstand_writer using (true);

grant select, insert, update, delete on driver_notifications, driver_checks to grandstand_writer;
grant select, insert, delete, update (enabled, account_id, position, time, ahead, checked_at, problem)
    on driver_notifications to grandstand_request;
grant select on driver_checks to grandstand_request;
