import { createServer, connect as openSocket, type Socket } from 'node:net';

/** A line to the server that counts, and that can be long. */
export interface SlowLine {
  /** The URL, through it. */
  url: string;
  /**
   * What was sent since the last call, once every connection has ended: a text for each burst, that is whenever the
   * client sends something after the server has, or first of all. So many round trips it takes.
   */
  bursts(): Promise<string[]>;
  close(): void;
}

/** A proxy on this machine in front of the server. `delay`: milliseconds of a round trip. */
export async function slowLineTo(url: string, delay = 0): Promise<SlowLine> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  let bursts: string[] = [];
  let idle = Promise.withResolvers<void>();
  idle.resolve();
  // half of the delay on the way there, half on the way back
  const pass = (from: Socket, to: Socket) => {
    const later = (act: () => void) => (delay === 0 ? act() : void setTimeout(act, delay / 2));
    from
      .on('data', (data) => later(() => to.write(data)))
      .on('end', () => later(() => to.end()))
      .on('error', () => later(() => to.destroy()));
    from.setNoDelay();
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = openSocket({ port: Number(port), host: hostname, allowHalfOpen: true });
    if (open.size === 0) idle = Promise.withResolvers();
    open.add(client);
    client.on('close', () => {
      open.delete(client);
      if (open.size === 0) idle.resolve();
    });
    let turned = true;
    client.on('data', (data) => {
      if (turned) bursts.push('');
      turned = false;
      bursts.push(`${bursts.pop()}${data.toString('latin1')}`);
    });
    upstream.on('data', () => {
      turned = true;
    });
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const own = new URL(url);
  own.port = String(typeof address === 'object' ? address?.port : 0);
  return {
    url: own.href,
    async bursts() {
      await idle.promise;
      const taken = bursts;
      bursts = [];
      return taken;
    },
    close: () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
