-- Jobs on their way to another transport: each job that is queued leaves a row here, in the same transaction, which goes
-- once the message was sent. A server that dies in between leaves the row, and the message is sent (again) by another.

create table job_outbox (
    job_id     uuid        primary key,
    queue      text        not null,
    written_at timestamptz not null default clock_timestamp()
);
create index job_outbox_order on job_outbox (written_at);

create function write_job_outbox() returns trigger
    language plpgsql as $$
begin
    insert into job_outbox (job_id, queue) values (new.id, new.queue) on conflict (job_id) do nothing;
    return null;
end $$;

-- Off where PostgreSQL itself is the transport: then it costs nothing.
create trigger job_queued
    after insert or update of state on jobs
    for each row when (new.state = 'queued') execute function write_job_outbox();
alter table jobs disable trigger job_queued;

-- Says which transport there is: all servers on one database have the same. Jobs that are queued already go with the
-- new one. Runs with the rights of the table's owner, who alone may do this.
create function use_job_outbox(wanted boolean) returns void
    language plpgsql security definer set search_path from current as $$
declare
    is_used boolean;
begin
    select tgenabled <> 'D' into is_used from pg_trigger where tgrelid = 'jobs'::regclass and tgname = 'job_queued';
    if wanted and not is_used then
        alter table jobs enable trigger job_queued;
        insert into job_outbox (job_id, queue) select id, queue from jobs where state = 'queued'
            on conflict (job_id) do nothing;
    elsif is_used and not wanted then
        alter table jobs disable trigger job_queued;
        delete from job_outbox;
    end if;
end $$;
revoke all on function use_job_outbox(boolean) from public;

grant select, insert, update, delete on job_outbox to grandstand_writer;
grant execute on function use_job_outbox(boolean) to grandstand_writer;
