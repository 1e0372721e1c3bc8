-- Who is calling: people, their devices, the accounts they have elsewhere, the keys of game services.
--
-- Two roles touch these tables (they are made at the start of the server, see platform/db/src/roles.rs):
--   grandstand_writer   the server's own work, across users
--   grandstand_request  one user's request; row-level security shows it that user's rows only

create function current_user_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('jwt.claims.sub', true), '')::uuid;

create table users (
    id            uuid primary key,
    -- Null for players that an import brought, and for issuers that give no address.
    email         text,
    -- What e-mails are matched by: trimmed, composed (NFC), lower case.
    email_key     text unique,
    -- Argon2id in PHC form. Null where somebody else keeps the password.
    password_hash text,
    screen_name   text        not null,
    avatar        smallint    not null default 0 check (avatar between 0 and 999),
    role          text        not null default 'user' check (role in ('user', 'admin')),
    time_zone     text        not null default 'UTC',
    -- How an import knows a player who has not signed up.
    external_id   text unique,
    -- Made by --demo, and removed by `grandstand demo clear`.
    demo          boolean     not null default false,
    created_at    timestamptz not null
);
create index users_demo on users (id) where demo;

create table external_logins (
    issuer     text        not null,
    subject    text        not null,
    user_id    uuid        not null references users on delete cascade,
    created_at timestamptz not null,
    primary key (issuer, subject)
);
create index external_logins_user on external_logins (user_id);

-- Logins elsewhere whose account here was deleted. An issuer's tokens live on for a while: those issued before the
-- deletion must not bring the account back. A row is a fingerprint and a time, and is purged after a month.
create table ended_logins (
    -- SHA-256 of issuer and subject.
    fingerprint bytea       primary key,
    ended_at    timestamptz not null
);
create index ended_logins_time on ended_logins (ended_at);

create table identities (
    user_id     uuid        not null references users on delete cascade,
    provider    text        not null check (provider in ('steam', 'discord', 'trackmania')),
    external_id text        not null,
    username    text,
    verified    boolean     not null default false,
    created_at  timestamptz not null,
    primary key (user_id, provider)
);
-- An outside account that has been proven belongs to one user; a mere claim reserves nothing.
create unique index identities_verified on identities (provider, external_id) where verified;

-- A signed-in device. Its refresh token names the session and a generation; each refresh moves the
-- generation on, so that a token of an earlier one is known to be used twice.
create table sessions (
    id           uuid primary key,
    user_id      uuid        not null references users on delete cascade,
    generation   bigint      not null default 0,
    user_agent   text,
    created_at   timestamptz not null,
    last_used_at timestamptz not null,
    expires_at   timestamptz not null,
    -- When a token of an earlier generation came back. The session is over; its row stays until it would have
    -- expired, to say why to everyone who holds one of its tokens.
    reused_at    timestamptz
);
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

create table api_keys (
    id         uuid primary key,
    name       text        not null,
    -- SHA-256 of the key; the key itself is 32 random bytes, so that no slow hash is needed.
    key_hash   bytea       not null unique,
    -- The games that it may vouch for; null for all.
    game_ids   text[],
    created_by uuid references users on delete set null,
    created_at timestamptz not null,
    revoked_at timestamptz
);

create table audit_log (
    id       bigint generated always as identity primary key,
    at       timestamptz not null,
    actor_id uuid,
    -- What was done, such as `api_key.created`.
    action   text        not null,
    -- What it was done to.
    subject  text        not null,
    data     jsonb       not null default '{}'
);
-- For taking the name out of the rows of a deleted user.
create index audit_log_actor on audit_log (actor_id);
create index audit_log_subject on audit_log (subject);

alter table users enable row level security;
alter table external_logins enable row level security;
alter table identities enable row level security;
alter table sessions enable row level security;
alter table audit_log enable row level security;

create policy own on users to grandstand_request using (id = current_user_id());
create policy own on external_logins to grandstand_request using (user_id = current_user_id());
create policy own on identities to grandstand_request using (user_id = current_user_id());
create policy own on sessions to grandstand_request using (user_id = current_user_id());
create policy own on audit_log to grandstand_request using (actor_id = current_user_id());
create policy everything on users to grandstand_writer using (true);
create policy everything on external_logins to grandstand_writer using (true);
create policy everything on identities to grandstand_writer using (true);
create policy everything on sessions to grandstand_writer using (true);
create policy everything on audit_log to grandstand_writer using (true);

grant select, insert, update, delete
    on users, external_logins, ended_logins, identities, sessions, api_keys, audit_log to grandstand_writer;
grant select, update (screen_name, avatar, time_zone) on users to grandstand_request;
grant select on external_logins, audit_log to grandstand_request;
grant select, insert, update, delete on identities to grandstand_request;
grant select, delete on sessions to grandstand_request;
