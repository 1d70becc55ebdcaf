import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import AlertSend from '../../src/commands/alert/send.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('TOMO_HEALTHCHECK_URL', (t) => {
  const called: (string | undefined)[] = [];
  let answer = 200;
  const service = createServer(({ url }, response) => {
    called.push(url);
    response.writeHead(answer).end();
  });
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    env = { TOMO_HEALTHCHECK_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}/secret/{job}` };
  });
  afterAll(() => void service.close());
  beforeEach(() => {
    called.length = 0;
    answer = 200;
  });

  it('is called when a job begins, and when it ends or fails', async () => {
    expect(await run(t, SessionCleanup, [], { env })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(called).toEqual(['/secret/cleanup/start', '/secret/cleanup']);
    called.length = 0;
    expect((await run(t, AlertSend, [], { env })).exitCode).toBe(2);
    expect(called).toEqual(['/secret/alerts/start', '/secret/alerts/fail']);
  });

  it('that does not answer, or not well, fails no job and is said without its path', async () => {
    answer = 404;
    const ran = await run(t, SessionCleanup, [], { env });
    expect(ran).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^Warning: The healthcheck at http:.*404\.$/m),
    });
    expect(ran.stderr).not.toContain('secret');
    const nobody = await run(t, SessionCleanup, [], { env: { TOMO_HEALTHCHECK_URL: 'http://127.0.0.1:1/secret' } });
    expect(nobody).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('was not told: ') });
    expect(nobody.stderr).not.toContain('secret');
  });

  it('that is none is refused before the work, without being repeated', async () => {
    const ran = await run(t, SessionCleanup, [], { env: { TOMO_HEALTHCHECK_URL: 'file:///secret' } });
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('TOMO_HEALTHCHECK_URL') });
    expect(ran.stderr).not.toContain('secret');
  });

  it('is not called by what only looks', async () => {
    await run(t, SessionCleanup, ['--dry-run'], { env });
    expect(called).toEqual([]);
  });
});
