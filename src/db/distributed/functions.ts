import { everybody } from './everybody.ts';
import { PLACES } from './places.ts';
import { knownCuts, procedure } from './procedures.ts';
import { type Relation, relationsIn, withColumns, writtenOut } from './relations.ts';

/**
 * A trigger would run on the node that has the row, which sees the rows of no other: what they guard is
 * said in docs/scale.md.
 */
const TRIGGER = /^create (?:constraint )?trigger[^;]*;/gm;
/** A body that PostgreSQL has read is bound to the tables, and no node can be added while a function is. */
const BOUND = /^language sql (stable(?: parallel safe)?)\nreturn (\([^;]*\btomo\.\w+\b[^;(]*[\s)][^;]*);/gm;

const LOCK =
  /\b(select|perform)\b((?:(?!\b(?:select|perform)\b)[^;])*?)(?:\s+order by [\w.]+)?\s+for (?:no key update|update|share)(?: of \w+)?(?: skip locked)?\b/g;
/** What has one place, and rows of one user. */
const ONE_PLACE =
  /\buser_id = (?!any\b|\w+\.user_id\b)|\bid = p_user\b|\btomo\.(?:epochs|settings|revocations|audit_head|leases)\b/;

/**
 * What stands in comments of ours for a distributed database alone: instead of triggers, or where a
 * server may be silent.
 */
const DISTRIBUTED = /-- distributed: /g;
/** A user that one server does not search by finds the node here. */
const HIDDEN_USER = /\((\w+\.user_id = p_user)\) is not false/g;
/** What is written out has names of its own, which mean its columns and no variable. */
const PROCEDURE = /(^language plpgsql[^$]*as \$\$)(?!\s*#variable_conflict)/gm;
const BODY = /(^language plpgsql[^$]*as \$\$)([\s\S]*?)(?=\$\$)/gm;

/** Values are sent from node to node as texts, whatever the connection has set. */
const AS_TEXT = `set datestyle = 'ISO' set intervalstyle = 'postgres' set bytea_output = 'hex' set extra_float_digits = 1
  set standard_conforming_strings = on`;

/**
 * The script of our functions as a distributed database takes it: every relation written out, and nothing planned for
 * all users at once.
 */
export function distributedFunctions(script: string): string {
  const relations = relationsIn(script);
  const plain = script.replaceAll(TRIGGER, '').replaceAll(DISTRIBUTED, '').replaceAll(HIDDEN_USER, '$1');
  const rest = withoutDefinitions(everybody(plain) + PLACES, relations)
    .replaceAll('plan_cache_mode = force_generic_plan', 'plan_cache_mode = force_custom_plan')
    .replaceAll(
      'security definer set search_path = pg_catalog, pg_temp',
      `security definer set search_path = pg_catalog, pg_temp ${AS_TEXT} set citus.multi_shard_modify_mode = 'sequential'`,
    )
    .replaceAll(
      BOUND,
      (_, kind, value) =>
        `language plpgsql ${kind} set search_path = pg_catalog, pg_temp as $$ begin return ${value}; end $$;`,
    );
  // rows of many users are not locked before they are changed: whoever changes them looks again
  const unlocked = rest.replaceAll(LOCK, (all, verb, query) => (ONE_PLACE.test(query) ? all : `${verb}${query}`));
  const procedures = unlocked.replaceAll(BODY, (_, head, body) => head + procedure(body, relations));
  const whole = knownCuts(relations) + writtenOut(procedures, relations);
  return withColumns(whole).replaceAll(PROCEDURE, '$1\n#variable_conflict use_column');
}

function withoutDefinitions(script: string, relations: ReadonlyMap<string, Relation>): string {
  const names = [...relations.keys()].join('|');
  const definition = new RegExp(`^create or replace function tomo\\.(?:${names})\\([\\s\\S]*?\\nend;\\n`, 'gm');
  const granted = new RegExp(`\\btomo\\.(?:${names})\\([^()]*\\),?\\s*`, 'g');
  return script
    .replaceAll(definition, '')
    .replace(/^ {2}grant execute on function\n[^;]*;/m, (statement) => statement.replaceAll(granted, ''));
}
