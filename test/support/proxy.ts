import { createServer, connect as openSocket, type Socket } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import type { TestDatabase } from './database.ts';
import { PATIENCE } from './patience.ts';

/** Bytes at once. */
const MUCH = 10_000;

type Moment = 'before' | 'after' | 'answered';

/** A line to the server that can go wrong. */
export interface BadLine {
  /** The URL, through it. */
  url: string;
  /**
   * Passes nothing on any more, neither of what is open nor of what is opened, and says so to nobody; one way or both.
   */
  silence(way?: 'there' | 'back' | 'both'): void;
  /** Everything passes again; what was swallowed stays so. */
  mend(): void;
  /** Ends what is open. */
  cut(): void;
  /**
   * Calls back once, when the client sends something like this: `before` the server has it, `after`, or in the
   * midst of a long answer.
   */
  when(text: RegExp, at: Moment, act: () => void): void;
  /** What the client sends has these bytes in the place of those, from now on. */
  garble(those: string, these: string): void;
  /** Connections so far. */
  readonly opened: number;
}

/** A proxy on this machine in front of the server, until the test is finished; then nothing of it goes on there. */
export async function proxyTo(t: Pick<TestDatabase, 'url' | 'sql'>): Promise<BadLine> {
  const { hostname, port } = new URL(t.url);
  const sockets = new Set<Socket>();
  const silent = { there: false, back: false };
  let trap: { text: RegExp; at: Moment; act: () => void } | undefined;
  let garbled: [string, string] | undefined;
  let opened = 0;
  const server = createServer((client) => {
    opened += 1;
    const upstream = openSocket(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    client.on('data', (data) => {
      const sprung = trap?.text.test(data.toString('latin1')) ? trap : undefined;
      if (sprung) trap = undefined;
      if (sprung?.at === 'answered') upstream.on('data', (answer) => answer.length > MUCH && sprung.act());
      if (sprung?.at === 'before') sprung.act();
      const passed = garbled ? Buffer.from(data.toString('latin1').replaceAll(...garbled), 'latin1') : data;
      if (!silent.there) upstream.write(passed);
      if (sprung?.at === 'after') sprung.act();
    });
    upstream.on('data', (data) => {
      if (!silent.back) client.write(data);
    });
    client.on('end', () => upstream.end());
    upstream.on('end', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    cut();
    server.close();
    // not what the nodes of a cluster have among themselves
    const others = `select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = current_database() and pid <> pg_backend_pid() and application_name not like 'citus%'`;
    await vi.waitUntil(async () => (await t.sql(others)).length === 0, PATIENCE);
  });
  const address = server.address();
  const own = new URL(t.url);
  own.port = String(typeof address === 'object' ? address?.port : 0);
  return {
    url: own.href,
    silence: (way = 'both') => {
      if (way !== 'back') silent.there = true;
      if (way !== 'there') silent.back = true;
    },
    mend: () => {
      silent.there = false;
      silent.back = false;
    },
    cut,
    when: (text, at, act) => {
      trap = { text, at, act };
    },
    garble: (...of) => {
      garbled = of;
    },
    get opened() {
      return opened;
    },
  };
}
