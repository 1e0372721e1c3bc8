-- One-use tickets for event streams: a browser's EventSource can send neither a header nor a body, so what opens a
-- stream stands in the address, is worth nothing a moment later, and opens one stream at most.
--
-- Unlogged: a crash of PostgreSQL loses them, and whoever held one asks for another.
create unlogged table event_tickets (
    -- SHA-256 of the ticket; the ticket itself is 32 random bytes, so that no slow hash is needed.
    ticket_hash      bytea       primary key,
    user_id          uuid        not null references users on delete cascade,
    -- The device that asked for it; none for the token of another issuer. Not a reference: whoever redeems the ticket
    -- looks whether the session is still there.
    session_id       uuid,
    -- When the access token expires that it was asked for with, and with that the stream.
    token_expires_at timestamptz not null,
    expires_at       timestamptz not null
);
create index event_tickets_user on event_tickets (user_id);
create index event_tickets_expiry on event_tickets (expires_at);

alter table event_tickets enable row level security;
create policy own on event_tickets to grandstand_request using (user_id = current_user_id());
create policy everything on event_tickets to grandstand_writer using (true);

grant select, insert, update, delete on event_tickets to grandstand_writer;
grant select, insert on event_tickets to grandstand_request;
