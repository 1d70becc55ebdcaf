-- For servers whose accounts are in tomo.users: the user of a name, whatever its case; null: there is none. Whether
-- the password was right is for the server to say, and whether the user is active for tomo.open_session.
create or replace function tomo.find_user(p_username text) returns uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return (select u.id from tomo.users u where lower(u.username) = lower(p_username));
end $$;
