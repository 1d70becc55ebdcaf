-- Made where they are missing, since making one stops everybody who writes to the table: a change needs a new name,
-- and a migration that drops the old one.

create trigger sessions_place after insert or update of country on tomo.sessions
  for each row when (new.country is not null) execute function tomo.note_place();

create trigger revocation_targets_guard after insert on tomo.revocation_targets
  referencing new table as added for each statement execute function tomo.guard_targets();

create constraint trigger revocations_guard after insert on tomo.revocations deferrable initially deferred
  for each row when (new.scope = 'sessions') execute function tomo.guard_seal();

create trigger user_deactivated after update of is_active on tomo.users
  for each row when (old.is_active and not new.is_active) execute function tomo.user_deactivated();
