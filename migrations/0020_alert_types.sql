-- How what is new is looked for on behalf of a user: every leaderboard, or those alone on which somebody new drove.
alter table users add column alert_type text not null default 'accurate' check (alert_type in ('accurate', 'fast'));

grant update (alert_type) on users to grandstand_request;
