-- Fills a migrated, empty database with sessions. psql variables: live, ended, users (numbers of rows).
-- 30 % of the live sessions are remember-me, the others were active within the last hour. A few users and
-- addresses have very many sessions (power law), as in life.
\set ON_ERROR_STOP on
set synchronous_commit = off;
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
               generate_series(120, 127) v) x;

create temp table who as select row_number() over (order by username) - 1 as n, id from tomo.users;
create unique index on who (n);
analyze who;

insert into tomo.sessions (user_id, user_agent_id, ip, login_method, remember_me, created_at, last_activity_at,
                           ended_at, end_reason, ended_by, country, city)
select w.id, 1 + (random() ^ 2 * 199)::int,
       case when x.r < 0.8 then ('10.' || (random() ^ 3 * 255)::int || '.' || (random() * 255)::int || '.' || (random() * 255)::int)::inet
            else ('2001:db8:' || to_hex((random() ^ 2 * 65535)::int) || '::' || to_hex((random() * 65535)::int))::inet end,
       (array['password','password','password','sso','passkey'])[1 + (random() * 4)::int],
       x.remember, x.active - x.age, x.active,
       case when x.i > :live then x.active + interval '1 hour' end,
       case when x.i > :live then (array['expired','expired','logout','revoked'])[1 + (random() * 3)::int] end,
       null,
       (array['DE','US','FR','GB','NL','PL','IN','BR'])[1 + (random() ^ 2 * 7)::int],
       (array['Berlin','New York','Paris','London','Amsterdam','Warsaw','Mumbai','Sao Paulo'])[1 + (random() ^ 2 * 7)::int]
  from (select i, random() r, remember, floor(random() ^ 2 * :users)::int as n,
               case when i > :live then now() - interval '2 hours' - random() * interval '7 days'
                    when remember then now() - random() * interval '29 days'
                    else now() - random() * interval '58 minutes' end as active,
               random() ^ 2 * interval '12 hours' as age
          from (select i, random() < 0.3 as remember from generate_series(1, :live + :ended) i) y) x
  join who w on w.n = x.n;

vacuum (analyze) tomo.sessions;
analyze tomo.users;
analyze tomo.user_agents;
