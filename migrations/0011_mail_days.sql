-- How many mails ended how on each day in UTC, those about accounts too. Kept for good: three rows a day.

create table mail_days (
    day     date   not null,
    outcome text   not null check (outcome in ('sent', 'failed', 'unknown')),
    count   bigint not null,
    primary key (day, outcome)
);

grant select, insert, update on mail_days to grandstand_writer;
