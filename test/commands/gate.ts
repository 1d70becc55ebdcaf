import { vi } from 'vitest';
import type { Database } from '../../src/db/port/database.ts';
import { PATIENCE } from '../support/patience.ts';

/**
 * Holds a command in the middle of its work, so that a test can do something there, however fast or
 * slow the machine is.
 */
export interface Gate {
  /** Resolves when the work stands before the gate. */
  reached: () => Promise<void>;
  open: () => Promise<void>;
}

/** Stops the `after`-th statement from now that does that to a table of tomo; `other` is a connection of its own. */
export async function gateOn(
  other: Database,
  event: 'insert' | 'update' | 'delete',
  table: string,
  after = 1,
): Promise<Gate> {
  await other.query('drop table if exists public.gate cascade');
  await other.query('create table public.gate (is_open boolean not null)');
  await other.query('insert into public.gate values (false)');
  await other.query('drop sequence if exists public.passes');
  await other.query('create sequence public.passes');
  await other.query(`create or replace function public.wait_at_gate() returns trigger language plpgsql as $$
    begin
      if pg_catalog.nextval('public.passes') >= ${after} then
        while not (select is_open from public.gate) loop perform pg_catalog.pg_sleep(0.01); end loop;
      end if;
      return null;
    end $$`);
  await other.query(
    `create or replace trigger gate before ${event} on tomo.${table} for each statement execute function public.wait_at_gate()`,
  );
  return {
    reached: async () => {
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`;
      await vi.waitUntil(async () => (await other.query(waiting)).length > 0, PATIENCE);
    },
    open: async () => void (await other.query('update public.gate set is_open = true')),
  };
}
