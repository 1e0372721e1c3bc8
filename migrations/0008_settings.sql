-- What administrators decide while servers run: who is banned, and settings.

alter table users
    add column banned_at    timestamptz,
    -- What the banned are told.
    add column ban_reason   text,
    -- When the user signed in or refreshed a token last; within the life of an access token it says no more.
    add column last_seen_at timestamptz,
    add constraint users_ban check ((banned_at is null) = (ban_reason is null));
-- Servers keep who is banned in memory, and read it at each start.
create index users_banned on users (id) where banned_at is not null;
create index users_admins on users (id) where role = 'admin';
-- By byte, so that a prefix is a range whatever the database sorts by.
create index users_screen_name on users (lower(screen_name) collate "C", id);

-- When a session was ended by a ban. As with `reused_at` its row stays, to say why to whoever holds its tokens.
alter table sessions add column revoked_at timestamptz;

-- How many different users were seen on each day (UTC). A row is raised once for each user and day.
create table active_users (
    day   date   primary key,
    count bigint not null
);
grant select, insert, update on active_users to grandstand_writer;

-- The audit log is read newest first, by actor and by action.
drop index audit_log_actor;
create index audit_log_actor on audit_log (actor_id, id);
create index audit_log_action on audit_log (action, id);

-- Settings that an admin changed while servers ran; without a row the configuration holds. Servers read all of it when
-- they start, and when told.
create table settings (
    name       text        primary key,
    value      jsonb       not null,
    changed_at timestamptz not null,
    changed_by uuid references users on delete set null
);
create index settings_changed_by on settings (changed_by);
grant select, insert, update, delete on settings to grandstand_writer;
