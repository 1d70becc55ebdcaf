import { randomUUID } from 'node:crypto';
import { byMail, secret, type Tables } from './tables.ts';

/** Ory Kratos: the times are UTC without a zone, and what revoking sets is a column. */
export const KRATOS: Tables = {
  reference: 'kratos',
  table: 'sessions',
  keeps: ['createdAt', 'lastActivityAt', 'expiresAt'],
  make: `
    create table networks (id uuid primary key, created_at timestamp not null, updated_at timestamp not null);
    insert into networks values (gen_random_uuid(), now() at time zone 'UTC', now() at time zone 'UTC');
    create table identities (
      id uuid primary key,
      schema_id varchar(2048) not null,
      traits jsonb not null,
      created_at timestamp not null,
      updated_at timestamp not null,
      nid uuid references networks (id) on delete cascade,
      state varchar(255) not null default 'active',
      state_changed_at timestamp,
      metadata_public jsonb,
      metadata_admin jsonb,
      available_aal varchar(4),
      organization_id uuid
    );
    create table sessions (
      id uuid primary key,
      issued_at timestamp not null default current_timestamp,
      expires_at timestamp not null,
      authenticated_at timestamp not null,
      identity_id uuid not null references identities (id) on delete cascade,
      created_at timestamp not null,
      updated_at timestamp not null,
      token varchar(39),
      active boolean default false,
      nid uuid references networks (id) on delete cascade,
      logout_token varchar(39),
      aal varchar(4) not null default 'aal1',
      authentication_methods jsonb not null
    );
    create unique index sessions_token_uq_idx on sessions (token);
    create unique index sessions_logout_token_uq_idx on sessions (logout_token);
    create index sessions_list_idx on sessions (nid, created_at desc, id);
    create index sessions_list_identity_idx on sessions (identity_id, nid, created_at desc);
    create table session_devices (
      id uuid primary key,
      ip_address varchar(50) default '',
      user_agent varchar(512) default '',
      location varchar(512) default '',
      nid uuid not null references networks (id) on delete cascade,
      session_id uuid not null references sessions (id) on delete cascade,
      created_at timestamp not null,
      updated_at timestamp not null,
      constraint unique_session_device unique (nid, session_id, ip_address, user_agent)
    )`,
  user: `
    with known as (select id from identities where traits ->> 'email' = $1 || '@example.org'), made as (
      insert into identities (id, schema_id, traits, created_at, updated_at, nid)
      select gen_random_uuid(), 'default', jsonb_build_object('email', $1 || '@example.org'), now() at time zone 'UTC',
             now() at time zone 'UTC', networks.id
      from networks where not exists (select from known) returning id
    )
    select id from known union all select id from made`,
  called: byMail,
  write: async (sql, userId, { ip, agent }) => {
    const [key, token, logout] = [randomUUID(), `ory_st_${secret().slice(0, 32)}`, `ory_lo_${secret().slice(0, 32)}`];
    await sql(
      `insert into sessions
       select $1, at, at + interval '1 day', at, $2, at, at, $3, true, networks.id, $4, 'aal1', '[{"method": "password"}]'
       from networks, lateral (select now() at time zone 'UTC' as at) moment`,
      [key, userId, token, logout],
    );
    await sql(
      `insert into session_devices
       select gen_random_uuid(), $2, $3, '', nid, id, created_at, created_at from sessions where id = $1`,
      [key, ip, agent],
    );
    return { key, secrets: [token, logout] };
  },
  accepts: `
    select from sessions s join identities i on i.id = s.identity_id and i.nid = s.nid
    where s.id = $1 and s.active and i.state = 'active' and s.expires_at > now() at time zone 'UTC'`,
  expire: `update sessions set expires_at = now() at time zone 'UTC' - interval '1 hour' where id = $1`,
};
