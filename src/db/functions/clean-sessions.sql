-- Cleanup: one batch of all that is to be done with sessions, at most p_batch rows; after a tenth of a second it
-- begins nothing new, however slow the server is. p_from: null at first and then what the last call returned as next,
-- until that is null. skipped: somebody else holds rows that it would have taken, so a further pass may find them.
create or replace function tomo.clean_sessions(p_from jsonb, p_retention integer, p_batch integer,
  out ended bigint, out deleted bigint, out skipped boolean, out next jsonb)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
declare
  sources text[] := '{old,activity,login,user,chosen,ended}';
  until timestamptz := clock_timestamp() + interval '100 milliseconds';
  source text := coalesce(p_from ->> 'source', 'old');
  place jsonb := p_from -> 'place';
  batch integer;
  e bigint;
  d bigint;
begin
  ended := 0; deleted := 0;
  p_batch := least(greatest(coalesce(p_batch, 1), 1), 100000);
  perform set_config('tomo.skipped', '', true);
  -- distributed: perform tomo.settle_revocations();
  loop
    batch := least(p_batch - ended - deleted, 1000);
    if source = 'ended' then
      e := 0;
      select x.deleted, to_jsonb(x.next) into d, place from tomo.delete_ended(
        coalesce((place #>> '{}')::timestamptz, '-infinity'), p_retention, batch) x;
    else
      select x.ended, x.deleted, x.next into e, d, place from tomo.end_sessions(
        source, nullif(place, 'null'), p_retention, batch) x;
    end if;
    ended := ended + e;
    deleted := deleted + d;
    if place is null then
      source := sources[array_position(sources, source) + 1];
    end if;
    exit when source is null or ended + deleted >= p_batch or clock_timestamp() >= until;
  end loop;
  skipped := current_setting('tomo.skipped') = 'yes';
  if source is not null then
    next := jsonb_build_object('source', source, 'place', place);
  end if;
end $$;
