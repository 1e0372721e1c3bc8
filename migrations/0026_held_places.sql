-- The best place that a driver has held with the same time since it is watched: what is higher than that was never lost.
alter table driver_notifications add column held bigint;
update driver_notifications set held = position;
grant update (held) on driver_notifications to grandstand_request;
