import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Client } from 'pg';

/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-CANCELREQUEST */
const CANCEL_REQUEST = 80_877_102;
/** Milliseconds that asking may take. */
const PATIENCE = 10_000;

/**
 * Asks the server, on a connection of its own that needs no log-in, to stop the statement that runs on this one, if
 * one does. Over when it has been told; where it cannot be reached that way, nothing
 * happens. `signal`: the connection has been given up, and with it the statement.
 */
export async function cancelOn(client: Client, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { host, port, processID, secretKey } = client as Client & { processID: number; secretKey: number };
  const request = Buffer.alloc(16);
  for (const [i, word] of [16, CANCEL_REQUEST, processID, secretKey].entries()) request.writeInt32BE(word, 4 * i);
  // the very one of several machines that a name may stand for
  const { remoteAddress = host } = client.connection.stream as Socket;
  const path = `${host}/.s.PGSQL.${port}`;
  const socket = host.startsWith('/') ? connect(path) : connect(port, remoteAddress);
  const giveUp = () => void socket.destroy();
  socket.setTimeout(PATIENCE, giveUp);
  signal.addEventListener('abort', giveUp);
  socket
    .on('error', () => {})
    .resume()
    // and no end to it: PgBouncer 1.18 dies when a client hangs up first
    // (https://github.com/pgbouncer/pgbouncer/pull/846)
    .write(request);
  await once(socket, 'close');
  signal.removeEventListener('abort', giveUp);
}
