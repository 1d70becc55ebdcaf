-- Delivering alerts. A sender claims an alert, hands it to its channels outside of any transaction and records what
-- came of it. Claiming sets next_attempt_at ahead, so that it is also the lease: what a sender that died had claimed
-- falls due again. That makes it "at least once": one that died between sending and recording has it sent twice.

-- How long to wait after the nth attempt failed; null: that was the last one. In all two and a half days.
create or replace function tomo.delivery_delay(p_attempts integer) returns interval
language sql immutable parallel safe
return (array[interval '1 minute', interval '5 minutes', interval '30 minutes', interval '2 hours', interval '8 hours',
  interval '24 hours', interval '24 hours'])[greatest(p_attempts, 1)];

-- What is older than `cut` and has never been tried.
create or replace function tomo.is_stale(delivery text, attempts integer, created_at timestamptz, cut timestamptz)
returns boolean
language sql stable parallel safe
return delivery = 'pending' and attempts = 0 and created_at < cut;

-- What was given up and is not older than `cut`.
create or replace function tomo.is_revivable(delivery text, created_at timestamptz, cut timestamptz) returns boolean
language sql stable parallel safe
return delivery = 'dead' and created_at >= cut;

-- What is older than this and has never been tried is no news: a backlog must not go out on the day delivery is set
-- up. Returns how many alerts were given up.
create or replace function tomo.expire_alerts(p_max_age interval) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  cut timestamptz := clock_timestamp() - case when p_max_age > interval '0' then p_max_age end;
  n integer;
begin
  update tomo.alerts set delivery = 'dead', last_error = 'not sent: it was too old when alert send first saw it'
   where id in (
     select a.id from tomo.alerts a where tomo.is_stale(a.delivery, a.attempts, a.created_at, cut) order by a.id
       for no key update skip locked);
  get diagnostics n = row_count;
  return n;
end $$;

-- Takes alerts that are due, for p_lease; counts the attempt. alert: the row. Two senders never get the same one.
create or replace function tomo.claim_alerts(p_limit integer, p_lease interval)
returns table (alert jsonb, username text, email text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  moment timestamptz := clock_timestamp();
  until timestamptz := moment + least(greatest(p_lease, interval '1 second'), interval '1 hour');
begin
  return query
    with due as materialized (
      select a.id from tomo.alerts a
       where a.delivery = 'pending' and a.next_attempt_at <= moment
       order by a.next_attempt_at limit p_limit for no key update skip locked),
    claimed as (
      update tomo.alerts a set attempts = a.attempts + 1, next_attempt_at = until
        from due where a.id = due.id and a.delivery = 'pending' and a.next_attempt_at <= moment returning a.*)
    select to_jsonb(c), u.username, u.email from claimed c join tomo.users u on u.id = c.user_id;
end $$;

-- What came of an attempt. p_channels: those that have it now. p_error null: everybody has it. p_final: no further
-- attempt. Whoever has lost its lease to another sender (p_attempt is not the latest) only adds to the channels.
create or replace function tomo.record_delivery(p_alert bigint, p_attempt integer, p_channels text[], p_error text,
  p_final boolean default false,
  out delivery text, out next_attempt_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  moment timestamptz := clock_timestamp();
  delay interval := case when not p_final then tomo.delivery_delay(p_attempt) end;
  due timestamptz := moment + delay;
  channels jsonb := (select coalesce(jsonb_object_agg(c, moment), '{}') from unnest(p_channels) c);
begin
  update tomo.alerts a
     set delivered = a.delivered || channels,
         delivery = case when a.attempts <> p_attempt or a.delivery <> 'pending' then a.delivery when p_error is null then 'sent'
           when delay is null then 'dead' else 'pending' end,
         next_attempt_at = case when a.attempts <> p_attempt or a.delivery <> 'pending' or p_error is null or delay is null then a.next_attempt_at
           else due end,
         last_error = case when a.attempts <> p_attempt or a.delivery <> 'pending' then a.last_error else left(p_error, 500) end
   where a.id = p_alert
  returning a.delivery, a.next_attempt_at into delivery, next_attempt_at;
end $$;

-- Gives the alerts that were given up, and are not older than this, all their attempts again. Returns how many.
create or replace function tomo.revive_alerts(p_max_age interval) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  moment timestamptz := clock_timestamp();
  n integer;
begin
  update tomo.alerts set delivery = 'pending', attempts = 0, next_attempt_at = moment
   where id in (
     select a.id from tomo.alerts a where tomo.is_revivable(a.delivery, a.created_at, moment - p_max_age)
      order by a.id for no key update);
  get diagnostics n = row_count;
  return n;
end $$;

-- What is pending: how many are due now, and how many wait for their next attempt.
create or replace function tomo.outbox(out due integer, out waiting integer)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select count(*) filter (where next_attempt_at <= clock_timestamp())::integer,
    count(*) filter (where next_attempt_at > clock_timestamp())::integer
    from tomo.alerts where delivery = 'pending'
$$;

-- The audit of one run of a sender.
create or replace function tomo.record_sending(p_actor jsonb, p_detail jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform tomo.write_audit(p_actor, 'send-alerts', null, tomo.checked_report(p_detail));
end $$;
