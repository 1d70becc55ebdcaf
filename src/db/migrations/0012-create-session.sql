-- A session that an operator opens for a user, as a script or support needs one. It is a login like any other, with its
-- limit, device and alerts, and it is audited. Refuses as open_session does.
create function tomo.create_session(
  p_user uuid, p_remember_me boolean default false, p_user_agent text default null, p_actor jsonb default null, p_reason text default null,
  out session_id uuid, out username text, out role text, out created_at timestamptz, out expires_at timestamptz,
  out device_id uuid, out device_is_new boolean, out location text, out evicted uuid[], out token_lifetime integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  o record;
begin
  select * into strict o
    from tomo.open_session(p_user, p_user_agent => p_user_agent, p_login_method => 'cli', p_remember_me => p_remember_me);
  session_id := o.session_id;
  username := o.username;
  role := o.role;
  created_at := o.created_at;
  expires_at := o.expires_at;
  device_id := o.device_id;
  device_is_new := o.device_is_new;
  location := o.location;
  evicted := o.evicted;
  token_lifetime := o.token_lifetime;
  perform tomo.write_audit(p_actor, 'create', p_reason, jsonb_build_object('session', o.session_id, 'user', p_user,
    'username', o.username, 'rememberMe', p_remember_me, 'evicted', to_jsonb(o.evicted)));
end $$;

select tomo.lock_down();
