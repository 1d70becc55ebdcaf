-- What logins and touches cost in bytes, and what vacuum has to do: docs/scale.md. On a migrated, empty database:
--   psql -q -v users=10000 -v logins=5 -f bench/volume.sql
-- It waits for the clock twice, for up to five minutes. For the bytes of a page's first change: checkpoint_timeout =
-- 1h. Each call is a transaction of its own, as in life, and its commit is counted.
\set ON_ERROR_STOP on
\pset format unaligned
\pset fieldsep ' | '
\pset footer off
set client_min_messages = warning;
create schema volume;
create table volume.mark (at pg_lsn, started timestamptz);
create procedure volume.start() language sql as $$
  delete from volume.mark; insert into volume.mark values (pg_current_wal_insert_lsn(), clock_timestamp()) $$;
create function volume.since(what text, n bigint)
returns table (what text, "times" bigint, "WAL bytes each" numeric, "a second" numeric) language sql volatile as $$
  select what, n, round((pg_current_wal_insert_lsn() - at) / n), round(n / extract(epoch from clock_timestamp() - started))
    from volume.mark $$;

create procedure volume.log_in(times integer) language plpgsql as $$
declare
  i integer;
  u uuid;
begin
  for i in 1..times loop
    for u in select id from tomo.users loop
      perform tomo.open_session(u, ('10.' || floor(random() * 256) || '.' || floor(random() * 256) || '.1')::inet,
        'Mozilla/5.0 (X11; Linux x86_64; rv:' || i % 40 || '.0) Gecko/20100101 Firefox/' || i % 40 || '.0',
        p_screen => '1920x1080', p_time_zone => 'Europe/Berlin', p_place => '{"country":"DE","city":"Berlin"}');
      commit;
    end loop;
  end loop;
end $$;

create table volume.session (n integer primary key, id uuid, user_id uuid);
create procedure volume.touch(times integer, moves boolean) language plpgsql as $$
declare
  v volume.session;
  many integer := (select count(*) from volume.session);
begin
  for i in 1..times loop
    -- every one once before any comes again
    select * into v from volume.session s where s.n = i::bigint * 7919 % many;
    perform tomo.touch_session(v.id, moves, v.user_id);
    commit;
  end loop;
end $$;

insert into tomo.users (username, email) select 'user' || i, 'user' || i || '@example.org' from generate_series(1, :users) i;
select :logins - 1 as more, :users * (:logins - 1)::bigint as further, :users * :logins::bigint as all \gset
checkpoint;
call volume.start();
call volume.log_in(1);
select * from volume.since('login, new device and place', :users);
call volume.start();
call volume.log_in(:more);
select * from volume.since('login, known device', :further);
vacuum (analyze) tomo.users, tomo.user_controls, tomo.sessions, tomo.devices, tomo.user_places;
select c.relname as "table", c.reltuples::bigint as rows, round(pg_table_size(c.oid) / c.reltuples) as "heap bytes each",
       round(pg_indexes_size(c.oid) / c.reltuples) as "index bytes each"
  from pg_class c where c.relnamespace = 'tomo'::regnamespace and c.relkind = 'r' and c.reltuples >= 1000
 order by c.reltuples desc, 1;

insert into volume.session select row_number() over (order by id) - 1, id, user_id from tomo.sessions;
update tomo.settings set touch_interval = 0;
-- an index holds the activity in buckets of five minutes: until the next one begins
create procedure volume.next_bucket() language plpgsql as $$
begin
  commit;
  perform pg_sleep(extract(epoch from date_bin('5 minutes', clock_timestamp(), 'epoch') + interval '301 seconds' - clock_timestamp()));
end $$;
call volume.next_bucket();
checkpoint;
call volume.start();
call volume.touch(:all, true);
select * from volume.since('touch, first in five minutes, from a checkpoint on', :all);
call volume.start();
call volume.touch(:all, true);
select * from volume.since('touch, again in the same five minutes', :all);
call volume.start();
call volume.touch(:all, false);
select * from volume.since('asked only', :all);
call volume.next_bucket();
call volume.start();
call volume.touch(:all, true);
select * from volume.since('touch, first in five minutes, no checkpoint since', :all);
select pg_stat_force_next_flush() \g /dev/null
select n_tup_upd as updates, round(100.0 * n_tup_hot_upd / n_tup_upd, 1) as "HOT %", n_dead_tup as dead,
       autovacuum_count as "autovacuums" from pg_stat_all_tables where relid = 'tomo.sessions'::regclass;
call volume.start();
vacuum tomo.sessions;
select * from volume.since('vacuum, for each row of the table', :all);
select round(pg_table_size('tomo.sessions') / :all) as "heap bytes each", round(pg_indexes_size('tomo.sessions') / :all) as "index bytes each";
call volume.start();
select tomo.revoke_all() is not null as revoked \g /dev/null
select * from volume.since('revoke-all', 1);
