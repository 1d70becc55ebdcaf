/**
 * What concerns everybody must not need every server: the epochs are a row that the coordinator alone has, and a
 * revocation of everybody waits there until every server can have it on record.
 */
export const EVERYBODY = [
  `create table tomo.epochs (
     one       boolean primary key default true check (one),
     epoch     bigint not null default 0,
     min_epoch bigint not null default 0)`,
  'insert into tomo.epochs (epoch, min_epoch) select epoch, min_epoch from tomo.settings',
  'alter table tomo.settings drop column epoch, drop column min_epoch',
  // two numbers, by which everybody who reads sessions goes
  'grant select on tomo.epochs to public',
  `create table tomo.revocations_due (like tomo.revocations including constraints including defaults)`,
  `alter table tomo.revocations_due alter id set default nextval('tomo.revocations_id_seq')`,
];

/** The functions that know of it. */
const FUNCTIONS = `
-- The servers that cannot be reached just now.
create or replace function tomo.silent_nodes() returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp set citus.node_connection_timeout = '3s' as $$
begin
  return array(select n.nodename || ':' || n.nodeport from pg_dist_node n
    where n.noderole = 'primary' and n.isactive and n.groupid <> 0
      and not coalesce(citus_check_connection_to_node(n.nodename, n.nodeport), false) order by 1);
end $$;

-- Puts on record what had to wait for a server. Each server takes part.
create or replace function tomo.settle_revocations() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  r tomo.revocations_due;
begin
  for r in delete from tomo.revocations_due returning * loop
    insert into tomo.revocations (id, at, scope, user_id, actor, reason, filter, epoch, kept, sessions, compromised)
      overriding system value
    values (r.id, r.at, r.scope, r.user_id, r.actor, r.reason, r.filter, r.epoch, r.kept, r.sessions, r.compromised);
  end loop;
end $$;
`;

/** The script of our functions, in which the epochs of everybody are there. */
export function everybody(script: string): string {
  return (
    FUNCTIONS +
    script
      .replaceAll(/\bperform from tomo\.settings for\b/g, 'perform from tomo.epochs for')
      .replaceAll(/\bupdate tomo\.settings set (?=epoch|min_epoch)/g, 'update tomo.epochs set ')
      .replaceAll(
        /\binsert into tomo\.revocations (?=\([^)]*\)\s+values \('all',)/g,
        'insert into tomo.revocations_due ',
      )
  );
}
