-- What only one program at a time should do: a row that its owner renews, and that somebody else may take once it has
-- run out. No lock of a session: a pooler hands that on to others with the connection.
create table tomo.leases (
  name  text primary key check (name in ('cleanup', 'geo', 'indexes')),
  owner uuid not null,
  since timestamptz not null,
  until timestamptz not null
);
