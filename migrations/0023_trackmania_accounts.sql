-- Accounts at Trackmania are known by their ids.

-- Claims from before were kept under the name, for want of an id. They go rather than stay: a name can't be asked about, it
-- may be somebody else's by now, and who made such a claim was never shown to be anybody. Whoever still wants one says the
-- name again. What has been proven stays, whatever it looks like.
delete from identities
where provider = 'trackmania' and not verified
  and external_id !~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';

-- Who is called so, and was told last to be.
create index driver_names_name on driver_names (lower(name), fetched_at);
