-- Mapper alerts: who wants to hear of new records on whose maps.

-- What is followed: a mapper, or one map. Once, however many follow it.
create table alert_targets (
    id         bigint      generated always as identity primary key,
    -- Trackmania Exchange's id of the mapper.
    mapper_id  bigint      unique,
    map_uid    text        unique,
    -- The mapper's, or the map's without formatting codes.
    name       text        not null,
    -- When its maps were listed last; none before the first time.
    listed_at  timestamptz,
    -- The beginning of the last run in which they were to be listed.
    ran_at     timestamptz,
    -- Why they could not be listed then; a sentence.
    problem    text,
    -- When somebody began to follow it last: one that nobody follows any more is not removed at once.
    touched_at timestamptz not null,
    check (num_nonnulls(mapper_id, map_uid) = 1)
);

-- All maps of what is followed, as they were listed last.
create table alert_target_maps (
    target_id bigint  not null references alert_targets on delete cascade,
    map_uid   text    not null,
    name      text    not null,
    -- On others, more points are better.
    is_race   boolean not null,
    primary key (target_id, map_uid)
);
create index alert_target_maps_map on alert_target_maps (map_uid);

create table map_alerts (
    id         uuid        primary key,
    user_id    uuid        not null references users on delete cascade,
    target_id  bigint      not null references alert_targets,
    -- Null: as the user's other alerts.
    mode       text        check (mode in ('accurate', 'fast')),
    muted_maps text[]      not null default '{}',
    created_at timestamptz not null,
    -- The beginning of the last run that dealt with it: whatever was found until then was told, or is of no interest.
    ran_at     timestamptz,
    -- How the last run found out what is new.
    ran_mode   text,
    -- When stock was taken: what was driven before is not new.
    stocked_at timestamptz,
    -- The beginning of the last run in which it could be checked.
    checked_at timestamptz,
    -- What could not be checked in the last run; a sentence.
    problem    text,
    unique (user_id, target_id)
);
create index map_alerts_user on map_alerts (user_id, id);
create index map_alerts_target on map_alerts (target_id);

alter table map_alerts enable row level security;
create policy own on map_alerts to grandstand_request using (user_id = current_user_id());
create policy everything on map_alerts to grandstand_writer using (true);

grant select, insert, update, delete on alert_targets, alert_target_maps, map_alerts to grandstand_writer;
grant select on alert_targets to grandstand_request;
grant select, delete on map_alerts to grandstand_request;
grant insert (id, user_id, target_id, mode, muted_maps, created_at), update (mode, muted_maps) on map_alerts to grandstand_request;
