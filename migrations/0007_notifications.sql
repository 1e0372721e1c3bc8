-- What users are told, over which channels, and what became of it; what they tell us; mail about their accounts.

-- When the user proved that mail to this address reaches them. Null again when the address changes.
alter table users add column email_confirmed_at timestamptz;

-- Links that were mailed: to confirm an address, or to choose a new password. Each works once.
create table account_tokens (
    -- SHA-256 of the token, which is 32 random bytes, so that no slow hash is needed.
    hash       bytea       primary key,
    user_id    uuid        not null references users on delete cascade,
    purpose    text        not null check (purpose in ('confirm_email', 'reset_password')),
    -- The address that it was sent to: it is worth nothing once the user has another.
    email_key  text        not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index account_tokens_user on account_tokens (user_id, purpose);
create index account_tokens_expiry on account_tokens (expires_at);

-- One row for each user who changed something; whatever is null or not named is as by default.
create table notification_preferences (
    user_id            uuid        primary key references users on delete cascade,
    -- Event → channel → `off`, `immediate` or `digest`, where it isn't the default.
    grid               jsonb       not null default '{}',
    digest_enabled     boolean     not null default true,
    digest_hour        smallint    check (digest_hour between 0 and 23),
    -- Null: that of the account.
    time_zone          text,
    -- Local times between which neither mail nor a direct message comes; the second may be of the next day.
    quiet_from         time,
    quiet_until        time,
    webhook_url        text,
    webhook_secret     text,
    -- Why nothing is sent there any more, until the user sets it again.
    webhook_disabled   text,
    -- The channel of direct messages with this Discord account, as Discord gave it.
    discord_user       text,
    discord_channel    text,
    -- Discord said that this account takes no messages from us.
    discord_closed_at  timestamptz,
    updated_at         timestamptz not null,
    check ((quiet_from is null) = (quiet_until is null)),
    check ((webhook_url is null) = (webhook_secret is null)),
    check ((discord_user is null) = (discord_channel is null) or discord_closed_at is not null)
);

-- One mail a user and local day, with whatever gathered until its hour.
create table digests (
    id         uuid        primary key,
    user_id    uuid        not null references users on delete cascade,
    day        date        not null,
    due_at     timestamptz not null,
    -- When it was closed: what comes later goes into the next one.
    closed_at  timestamptz,
    created_at timestamptz not null,
    unique (user_id, day)
);
create index digests_due on digests (due_at) where closed_at is null;

-- What users were told: the history over all channels.
create table notifications (
    id         uuid        primary key,
    user_id    uuid        not null references users on delete cascade,
    event      text        not null,
    -- What it is about: the same told twice is one notification.
    fact       text,
    title      text        not null,
    body       text        not null,
    -- A path of ours.
    link       text,
    importance smallint    not null,
    digest_id  uuid        references digests on delete set null,
    created_at timestamptz not null,
    read_at    timestamptz
);
create unique index notifications_fact on notifications (user_id, event, fact) where fact is not null;
create index notifications_user on notifications (user_id, id);
create index notifications_unread on notifications (user_id, id) where read_at is null;
create index notifications_digest on notifications (digest_id) where digest_id is not null;
create index notifications_age on notifications using brin (created_at);

-- One row for each message that leaves the house: a notification on a channel, or a digest.
create table deliveries (
    id              uuid        primary key,
    user_id         uuid        not null references users on delete cascade,
    notification_id uuid        references notifications on delete cascade,
    digest_id       uuid        references digests on delete cascade,
    channel         text        not null check (channel in ('email', 'discord', 'webhook')),
    -- `sending`: a worker has begun. One that finds it so knows that another died there, and that the message may
    -- have gone out. `unknown`: it may have, and is not sent again. `skipped`: nobody wanted it any more.
    status          text        not null default 'pending'
        check (status in ('pending', 'sending', 'sent', 'failed', 'unknown', 'skipped')),
    attempts        smallint    not null default 0,
    -- Why it failed, is tried again, or was skipped.
    reason          text,
    created_at      timestamptz not null,
    attempted_at    timestamptz,
    finished_at     timestamptz,
    unique (notification_id, channel),
    unique (digest_id),
    check (num_nonnulls(notification_id, digest_id) = 1),
    check (digest_id is null or channel = 'email')
);
create index deliveries_user on deliveries (user_id);

-- Addresses that mail bounced from. Only their fingerprint is kept: it outlives the account.
create table suppressions (
    -- SHA-256 of the address, as addresses are matched.
    address_hash bytea       primary key,
    reason       text        not null,
    created_at   timestamptz not null
);

create table feedback (
    id         uuid        primary key,
    -- Null for those who were not signed in.
    user_id    uuid        references users on delete cascade,
    message    text        not null,
    rating     smallint    check (rating between 1 and 5),
    page       text,
    created_at timestamptz not null
);
create index feedback_user on feedback (user_id) where user_id is not null;

alter table account_tokens enable row level security;
alter table notification_preferences enable row level security;
alter table digests enable row level security;
alter table notifications enable row level security;
alter table deliveries enable row level security;
alter table feedback enable row level security;

create policy own on account_tokens to grandstand_request using (user_id = current_user_id());
create policy own on notification_preferences to grandstand_request using (user_id = current_user_id());
create policy own on digests to grandstand_request using (user_id = current_user_id());
create policy own on notifications to grandstand_request using (user_id = current_user_id());
create policy own on deliveries to grandstand_request using (user_id = current_user_id());
create policy own on feedback to grandstand_request using (user_id = current_user_id());
create policy everything on account_tokens to grandstand_writer using (true);
create policy everything on notification_preferences to grandstand_writer using (true);
create policy everything on digests to grandstand_writer using (true);
create policy everything on notifications to grandstand_writer using (true);
create policy everything on deliveries to grandstand_writer using (true);
create policy everything on feedback to grandstand_writer using (true);

grant select, insert, update, delete
    on account_tokens, notification_preferences, digests, notifications, deliveries, suppressions, feedback
    to grandstand_writer;
-- A request reads what is the user's, marks what was read, and says what the user wants; the rest is for workers.
grant select on account_tokens, digests, deliveries, feedback to grandstand_request;
grant select, update (read_at) on notifications to grandstand_request;
grant select, insert, update on notification_preferences to grandstand_request;
grant update (day, due_at) on digests to grandstand_request;
