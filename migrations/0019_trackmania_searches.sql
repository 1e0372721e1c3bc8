-- Searches for new records: how many have a record on maps, and whether a leaderboard has more rows than were read.

create table map_positions (
    map_uid       text        primary key,
    -- Where the slowest time would rank: one behind all who have a record.
    position      bigint      not null,
    first_seen_at timestamptz not null,
    seen_at       timestamptz not null,
    -- When another position than before was seen last.
    moved_at      timestamptz
);
create index map_positions_time on map_positions (seen_at);

alter table map_boards add column is_full boolean not null default true;

grant select, insert, update, delete on map_positions to grandstand_writer;
