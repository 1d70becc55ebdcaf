import * as Flags from '@oclif/core/flags';
import { LongCommand } from '../cli/base/long-command.ts';
import { resolveConnection } from '../cli/connect/connection.ts';
import { setUpDemo } from '../domain/demo/set-up.ts';
import { invalidInput } from '../model/errors.ts';
import { elsewhereHint, renderDemo } from '../views/demo.ts';

/** As many as leave room for the rest on a terminal of 24 lines. */
const ROWS = 10;

export interface DemoReport {
  location: string;
  /** By this run; otherwise it was there. */
  created: boolean;
  users: number;
  live: number;
  ended: number;
}

export default class Demo extends LongCommand {
  static override access = 'none' as const;
  static override makesDatabase = true;
  static override summary = 'Fill the embedded database with an invented world to try tomo on.';
  static override description = [
    '60 users, 400 live sessions and some things worth finding. Always in the embedded database, never on a server, and only where there are',
    'no users and sessions but those of an earlier demo. A second run keeps the world as you left it, unless all its sessions have expired since.',
  ].join(' ');
  static override examples = LongCommand.toExamples({
    'Look around': 'tomo demo',
    'Start over: everything in the embedded database, settings too, is made again': 'tomo demo --reset',
  });
  static override flags = { reset: Flags.boolean({ description: 'Make the demo again from the start.' }) };

  async run(): Promise<DemoReport> {
    const { flags } = await this.parse(Demo);
    if ((flags.database ?? 'embedded') !== 'embedded' || flags.context !== undefined)
      throw invalidInput(
        'The demo is only ever in the embedded database.',
        'Without --database and --context: tomo demo',
      );
    const others = resolveConnection({}, this.terminal.env);
    // making the database takes longer than what is put into it
    return this.withProgress('Setting up the demo', flags, (progress) =>
      this.withDatabase({ ...flags, database: 'embedded', server: 'tomo' }, async (db) => {
        const demo = await setUpDemo(db, {
          now: this.terminal.now(),
          actor: this.actor,
          reset: flags.reset,
          rows: ROWS,
        });
        progress.stop();
        const elsewhere = others.target.kind === 'embedded' ? null : others.origin;
        await this.print(renderDemo(demo, this.look, elsewhere ? ' --database embedded' : ''));
        if (elsewhere) this.hint(elsewhereHint(elsewhere));
        const { location, users, live, ended } = demo;
        return { location, created: demo.made !== null, users, live, ended };
      }),
    );
  }
}
