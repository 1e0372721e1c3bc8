-- Proofs that an account elsewhere belongs to a user: those under way, and what was said before.

-- A browser that has been sent to the other side. One for each user and provider: who begins again gives up the last one.
--
-- Unlogged: a crash of PostgreSQL loses them, and whoever had begun begins again.
create unlogged table link_attempts (
    user_id      uuid        not null references users on delete cascade,
    provider     text        not null check (provider in ('steam', 'discord', 'trackmania')),
    -- SHA-256 of the state, which goes to the other side and comes back, and of what the browser keeps. Both are 32 random
    -- bytes, so that no slow hash is needed.
    state_hash   bytea       not null unique,
    browser_hash bytea       not null,
    -- The device that began; none for the token of another issuer. Not a reference: whoever ends the attempt looks whether
    -- the session is still there.
    session_id   uuid,
    expires_at   timestamptz not null,
    primary key (user_id, provider)
);
create index link_attempts_expiry on link_attempts (expires_at);

alter table link_attempts enable row level security;
create policy own on link_attempts to grandstand_request using (user_id = current_user_id());
create policy everything on link_attempts to grandstand_writer using (true);

grant select, insert, update, delete on link_attempts to grandstand_writer;
grant select, insert, update on link_attempts to grandstand_request;

-- Nonces of assertions that were believed enough to ask Steam about them: none is believed twice.
create table openid_nonces (
    nonce   text        primary key,
    seen_at timestamptz not null
);
create index openid_nonces_time on openid_nonces (seen_at);

grant select, insert, delete on openid_nonces to grandstand_writer;

-- For the claims of others, which a proof displaces.
create index identities_account on identities (provider, external_id);
