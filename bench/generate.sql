-- Fills a migrated, empty database with sessions. psql variables: live, ended, users (numbers of rows), as in
--   psql -v live=1000000 -v ended=9000000 -v users=500000 -f bench/generate.sql
-- bench/run.ts runs the same statements without psql.
--
-- 30 % of the live sessions are remember-me, the others were active within the last hour. A few users and
-- addresses have very many sessions (power law), as in life; a user agent and a country are rare. Rows are stored in
-- the order of login, as a table that has grown has them.
\set ON_ERROR_STOP on
set synchronous_commit = off;
set maintenance_work_mem = '1GB';
set work_mem = '1GB';
\o /dev/null
select setseed(0.42);
\o

insert into tomo.users (username, email, role)
select 'user' || lpad(i::text, 7, '0'), 'user' || i || '@example.org', case when i <= 3 then 'admin' else 'user' end
  from generate_series(1, :users) i;

insert into tomo.user_agents (digest, raw, browser, os, form_factor)
select sha256(convert_to(raw, 'UTF8')), raw, browser, os, form
  from (select format('Mozilla/5.0 (%s) %s/%s.0', os, browser, v) raw, browser, os, form
          from unnest(array['Firefox','Chrome','Safari','Edge','Opera']) browser,
               (values ('Windows','desktop'), ('macOS','desktop'), ('Linux','desktop'), ('Android','mobile'), ('iOS','mobile')) o(os, form),
               generate_series(120, 127) v
         union all select 'Mozilla/5.0 (Linux) Konqueror/5.0', 'Konqueror', 'Linux', 'desktop') x;

-- One device for each user.
insert into tomo.devices (user_id, fingerprint, user_agent_id, screen, time_zone)
select id, sha256(convert_to(username, 'UTF8')), 1 + (random() ^ 2 * 199)::int, '1920x1080', 'Europe/Berlin' from tomo.users;

create temp table who as
select row_number() over (order by u.username) - 1 as n, u.id, d.id as device_id from tomo.users u join tomo.devices d on d.user_id = u.id;
create unique index on who (n);
analyze who;

-- Indexes and keys are made again after the rows: minutes instead of most of an hour.
create temp table rebuild as
select 1 as step, format('alter table tomo.sessions drop constraint %I', conname) as before,
       format('alter table tomo.sessions add constraint %I %s', conname, pg_get_constraintdef(oid)) as after
  from pg_constraint where conrelid = 'tomo.sessions'::regclass and contype in ('p', 'f')
union all
select 2, format('drop index tomo.%I', c.relname), pg_get_indexdef(i.indexrelid)
  from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = 'tomo.sessions'::regclass and not i.indisprimary;
do $$ declare r record; begin for r in select * from rebuild order by step desc loop execute r.before; end loop; end $$;

-- the places follow in one statement
alter table tomo.sessions disable trigger sessions_place;
insert into tomo.sessions (user_id, device_id, user_agent_id, ip, login_method, remember_me, created_at, last_activity_at,
                           ended_at, end_reason, country, city, location_check)
select w.id, w.device_id, case when x.i % 50000 = 7 then 201 else 1 + (x.ua ^ 2 * 199)::int end,
       case when x.r < 0.8 then ('10.' || (random() ^ 3 * 255)::int || '.' || (random() * 255)::int || '.' || (random() * 255)::int)::inet
            else ('2001:db8:' || to_hex((random() ^ 2 * 65535)::int) || '::' || to_hex((random() * 65535)::int))::inet end,
       (array['password','password','password','sso','passkey'])[1 + (random() * 4)::int],
       x.remember, x.active - x.age, x.active,
       case when x.i > :live then x.active + interval '1 hour' end,
       case when x.i > :live then (array['expired','expired','logout','revoked'])[1 + (random() * 3)::int] end,
       case when x.i % 50000 = 9 then 'IS' else (array['DE','US','FR','GB','NL','PL','IN','BR'])[x.place] end,
       case when x.i % 50000 = 9 then 'Reykjavik'
            else (array['Berlin','New York','Paris','London','Amsterdam','Warsaw','Mumbai','Sao Paulo'])[x.place] end, 'usual'
  from (select i, random() as r, random() as ua, remember, floor(random() ^ 2 * :users)::int as n, 1 + (random() ^ 2 * 7)::int as place,
               case when i > :live then now() - interval '2 hours' - random() * interval '7 days'
                    when remember then now() - random() * interval '29 days'
                    else now() - random() * interval '58 minutes' end as active,
               random() ^ 2 * interval '12 hours' as age
          from (select i, random() < 0.3 as remember from generate_series(1, :live + :ended) i) y) x
  join who w on w.n = x.n
 order by x.active - x.age;

do $$ declare r record; begin for r in select * from rebuild order by step loop execute r.after; end loop; end $$;

alter table tomo.sessions enable trigger sessions_place;
insert into tomo.user_places (user_id, country, first_seen_at, last_seen_at)
select user_id, country, min(created_at), max(last_activity_at) from tomo.sessions group by 1, 2;

-- each was seen at its logins
update tomo.devices d set first_seen_at = s.first, last_seen_at = s.last
  from (select device_id, min(created_at) as first, max(created_at) as last from tomo.sessions group by 1) s
 where d.id = s.device_id;

vacuum (analyze) tomo.sessions;
vacuum (analyze) tomo.user_places;
vacuum (analyze) tomo.users;
vacuum (analyze) tomo.devices;
analyze tomo.user_agents;
