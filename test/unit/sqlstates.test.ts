import { describe, expect, it } from 'vitest';
import { translateError } from '../../src/db/port/failure.ts';
import { SQLSTATE } from '../../src/db/port/sqlstate.ts';
import { TomoError } from '../../src/model/errors.ts';

const told = (code: string, message = 'what the server says', more: object = {}) =>
  translateError(Object.assign(new Error(message), { code, ...more }), 'db.example:5432/tomo', { connected: true });

/** What comes from around us, by what it is for whoever calls. */
const CODES = {
  DATABASE_UNREACHABLE: [
    '25P03',
    '53300',
    '57P01',
    '57P02',
    '57P03',
    '57P04',
    '57P05',
    '08000',
    '08003',
    '08006',
    '08P01',
  ],
  DATABASE_BUSY: ['40001', '40P01', '40002', '40003', '55P03', '57014', '55006'],
  DATABASE_READ_ONLY: ['25006'],
  DATABASE_UNUSABLE: [
    ...[
      '0A000',
      '25P02',
      '25001',
      '42883',
      '42P01',
      '42703',
      '55000',
      '55P02',
      '55P04',
      '53000',
      '53100',
      '53200',
      '53400',
    ],
    ...['58000', '58030', '58P01', 'F0000', 'XX000', 'XX001', 'XX002'],
  ],
  INVALID_INPUT: ['22001', '22003', '22007', '22008', '22021', '22P02', '22P05', '54000', '54001', '54011'],
};

describe('an error of the database', () => {
  const rows = Object.entries(CODES).flatMap(([code, states]) => states.map((state) => [state, code] as const));

  it.each(rows)('%s is %s, in words with what the server says', (state, code) => {
    const error = told(state);
    expect(error).toBeInstanceOf(TomoError);
    expect(error).toMatchObject({ code });
    if (state !== SQLSTATE.readOnly && state !== SQLSTATE.lockNotAvailable)
      expect((error as TomoError).message).toContain('what the server says');
  });

  it('is a missing schema when what is missing is ours', () => {
    expect(told('42883', 'function tomo.touch_session(uuid) does not exist')).toMatchObject({ code: 'SCHEMA_MISSING' });
    expect(told('42883', 'operator does not exist: text = integer')).toMatchObject({ code: 'DATABASE_UNUSABLE' });
  });

  it('has the way out where there is one', () => {
    const hints: [string, string, RegExp][] = [
      ['53300', 'sorry, too many clients already', /pg_stat_activity/],
      ['57P03', 'the database system is starting up', /in a moment/],
      ['57P01', 'terminating connection due to administrator command', /restart or a failover/],
      ['55000', 'cannot delete from table "x" because it does not have a replica identity', /replica identity full/],
      ['08P01', 'query_wait_timeout', /SHOW POOLS/],
      ['08P01', 'no more connections allowed (max_client_conn)', /SHOW POOLS/],
      ['40001', 'canceling statement due to conflict with recovery', /primary/],
    ];
    for (const [state, text, hint] of hints) expect((told(state, text) as TomoError).hint).toMatch(hint);
  });

  it('is a bug where no surroundings explain it', () => {
    for (const state of ['42601', '42804', '23502', '23503', '39004', 'P0004'])
      expect(told(state)).not.toBeInstanceOf(TomoError);
  });
});
