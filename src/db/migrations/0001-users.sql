-- Everything is in the schema tomo, beside Tomo's other tables.

-- Text as people sort it: numbers within it by their size. Where the server knows no languages, by bytes.
do $$ begin
  create collation tomo.natural (provider = icu, locale = 'en-u-kn-true');
exception when feature_not_supported or undefined_object or invalid_parameter_value then
  create collation tomo.natural from pg_catalog."C";
end $$;

-- Tomo's own: this tool reads it and never writes it.
create table tomo.users (
  id         uuid primary key default gen_random_uuid(),
  username   text not null check (length(username) between 1 and 255),
  email      text check (length(email) <= 320),
  role       text not null default 'user' check (role in ('admin', 'user', 'readonly')),
  is_active  boolean not null default true,
  created_at timestamptz not null default now()
);
-- Few, and no session of theirs is live.
create index users_inactive on tomo.users (id) where not is_active;
create unique index users_username on tomo.users (pg_catalog.lower(username));

-- Apart from users, so that revoking never waits for a lock on the user's row, which every login takes.
-- No foreign key: its check would wait for whoever holds the user's row for update. Outlives the user: another one
-- of the same id goes on with its epochs.
create table tomo.user_controls (
  user_id      uuid primary key,
  epoch        bigint not null default 0,
  min_epoch    bigint not null default 0,
  max_sessions integer check (max_sessions between 0 and 1000)
);
comment on column tomo.user_controls.max_sessions is 'null: the setting max_sessions_per_user; 0: unlimited';
