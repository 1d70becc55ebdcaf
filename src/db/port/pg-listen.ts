import { TomoError } from '../../model/errors.ts';
import type { Listener, Listening } from './database.ts';
import { translateError } from './failure.ts';
import type { Line } from './line.ts';

/** The process of the server that answers on this line just now. */
export async function pidOf(line: Line): Promise<number> {
  const ask = () => line.client.query('select pg_catalog.pg_backend_pid() as pid');
  const { rows } = await line.answer(line.patience.begin, ask);
  return (rows[0] as { pid: number }).pid;
}

/**
 * Listens with a client that is used for nothing else. `close` gives it up; `other` asks for the process that answers
 * on another one: a pooler that lends a connection for a transaction gives both the same, or this one two.
 */
export async function listenOn(
  line: Line,
  channel: string,
  listener: Listener,
  means: { close: () => void; other: () => Promise<number> },
): Promise<Listening> {
  const { client, patience } = line;
  let over = false;
  const close = () => {
    if (!over) means.close();
    over = true;
  };
  const lose = (error: unknown) => {
    if (over) return;
    close();
    listener.lost(error);
  };
  client.on('error', lose);
  client.on('end', () => lose(new Error('The connection has ended.')));
  client.on('notification', ({ payload }) => {
    if (!over) listener.notified(payload ?? '');
  });
  let own: number;
  const check = async () => {
    if ((await pidOf(line)) !== own) throw cannotListen(line.location);
  };
  try {
    own = await pidOf(line);
    // only a pooler in between has another name for it
    if (client.processID !== own) {
      if ((await means.other()) === own) throw cannotListen(line.location);
      await check();
    }
    await line.answer(patience.begin, () => client.query(`listen ${channel}`));
  } catch (error) {
    close();
    throw translateError(error, line.location);
  }
  return { check, close: async () => close() };
}

function cannotListen(location: string): TomoError {
  return new TomoError(
    'DATABASE_UNUSABLE',
    `Nobody can listen at ${location}: a pooler there lends a connection for one transaction only.`,
    { hint: 'To listen, connect to PostgreSQL itself, or through a pooler in session mode.' },
  );
}
