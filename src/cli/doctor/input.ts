import { statSync } from 'node:fs';
import type { Attempt, DoctorInput, GeoFile, SiteAnswer, TokenFacts } from '../../domain/doctor/check.ts';
import { readToken } from '../../domain/token/check.ts';
import { TomoError } from '../../model/errors.ts';
import { openChannels } from '../alert/channels.ts';
import type { Terminal } from '../base/terminal.ts';
import { configPath, readConfig } from '../connect/config-file.ts';
import type { Config } from '../connect/config-keys.ts';
import { readSigningKeys } from '../connect/signing-keys.ts';
import { resolveGeoSources } from '../geo/databases.ts';

/** Milliseconds for the one request to the server of Tomo. */
const PATIENCE = 5000;

/** What `tomo doctor` knows beside the database. `token` is the text; `url` asks for one request there. */
export async function gatherDoctorInput(
  terminal: Terminal,
  token: string | undefined,
  url: URL | undefined,
): Promise<DoctorInput> {
  const { env } = terminal;
  const config = await attempt(() => readConfig(env));
  // where the file is the fault, it is said once
  const settings = config.ok ? config.value : {};
  const keys = config.ok ? await attempt(() => readSigningKeys(env)) : ({ ok: true, value: undefined } as const);
  return {
    environment: env,
    clock: terminal.now,
    token: token === undefined ? null : await tokenFacts(token, keys.ok ? keys.value : undefined, terminal.now()),
    configFile: config.ok ? { ok: true, value: configPath(env) } : config,
    keys: keys.ok ? { ok: true, value: keys.value?.previous.length ?? null } : keys,
    channels: config.ok ? await channelNames(env, settings) : { ok: true, value: [] },
    geoFiles: config.ok ? geoFiles(env) : [],
    site: url ? await ask(url, terminal.now) : null,
  };
}

async function attempt<T>(work: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!(error instanceof TomoError)) throw error;
    return { ok: false, message: error.message, hint: error.hint ?? null };
  }
}

async function tokenFacts(text: string, keys: Parameters<typeof readToken>[1], now: Date): Promise<TokenFacts> {
  const { problem, detail, unverified } = await readToken(text.trim(), keys, now);
  const issuedAt = unverified?.claims.iat;
  return {
    issuedAt: typeof issuedAt === 'number' && Number.isFinite(issuedAt) ? issuedAt : null,
    // without a key nothing speaks against it
    refusal: problem === null || problem === 'no-key' ? null : detail,
  };
}

async function channelNames(env: NodeJS.ProcessEnv, config: Config): Promise<Attempt<string[]>> {
  if (!(env.TOMO_SMTP_URL || env.TOMO_WEBHOOK_URL || config.smtpUrl || config.webhookUrl))
    return { ok: true, value: [] };
  const opened = await attempt(() => openChannels(env));
  if (!opened.ok) return opened;
  for (const channel of opened.value) channel.close?.();
  return { ok: true, value: [...new Set(opened.value.map(({ name }) => name))] };
}

function geoFiles(env: NodeJS.ProcessEnv): GeoFile[] {
  return resolveGeoSources({}, env).map(({ kind, path }) => ({
    kind,
    file: path,
    modified: statSync(path, { throwIfNoEntry: false })?.mtime.toISOString() ?? null,
  }));
}

/** One request, which follows no redirect and reads no body. */
async function ask(url: URL, now: () => Date): Promise<Attempt<SiteAnswer>> {
  try {
    const answer = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
      headers: { 'user-agent': 'tomo-doctor' },
    });
    await answer.body?.cancel();
    const date = Date.parse(answer.headers.get('date') ?? '');
    return {
      ok: true,
      value: {
        url: url.href,
        status: answer.status,
        location: answer.headers.get('location'),
        cookies: answer.headers.getSetCookie(),
        ahead: Number.isNaN(date) ? null : Math.round((date - now().getTime()) / 1000),
      },
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return {
      ok: false,
      message: `HTTPS mismatch: cannot ask ${url.origin}: ${cause}`,
      hint: 'Is the address right, and its certificate valid?',
    };
  }
}
