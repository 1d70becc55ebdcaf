-- By week, no foreign key: retention drops whole partitions. The default partition takes what no week is ready
-- for, so that a missing partition never fails a request; cleanup moves its rows to a week of their own.
create table tomo.session_activity (
  session_id uuid not null,
  user_id    uuid, -- outlives the session; null: recorded for a session that was not there
  at         timestamptz not null default clock_timestamp() check (isfinite(at)),
  kind       text not null check (kind in ('page', 'api', 'action')),
  name       text check (length(name) <= 200),
  path       text check (length(path) <= 500 and path !~ '[?#]'),
  status     integer check (status between 100 and 599),
  ip         inet
) partition by range (at);
create index session_activity_session on tomo.session_activity (session_id, at);
-- A list of what everybody did reads the end of one week instead of the whole of it. New rows come in this order, so
-- the index only grows at its right edge.
create index session_activity_at on tomo.session_activity (at);
-- What a user did, also in sessions that are deleted. It makes a third more WAL of each row; without it that question
-- would read all there is.
create index session_activity_user on tomo.session_activity (user_id, at);
create table tomo.session_activity_default partition of tomo.session_activity default;
-- Without a key its rows can be deleted under a publication for all tables only when all of a row names it.
alter table tomo.session_activity replica identity full;
alter table tomo.session_activity_default replica identity full;
