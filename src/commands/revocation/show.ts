import { LongCommand } from '../../cli/base/long-command.ts';
import { LAST, NUMBER, numberGiven } from '../../cli/input/number-argument.ts';
import { REVOCATIONS } from '../../domain/revocation/list.ts';
import { type RevocationDetails, showRevocation } from '../../domain/revocation/show.ts';
import { renderRevocation } from '../../views/revocation/show.ts';

export default class RevocationShow extends LongCommand {
  static override adopted = true;
  static override summary = 'Show one revocation: who, whom, why, and what undoing it would bring.';
  static override examples = LongCommand.toExamples({
    'By its number': 'tomo revocation show 17',
    'The latest one': 'tomo revocation show --last',
  });
  static override args = { revocation: NUMBER('revocation') };
  static override flags = { last: LAST };

  async run(): Promise<RevocationDetails> {
    const { args, flags } = await this.parse(RevocationShow);
    const number = numberGiven(args.revocation, flags.last, { noun: 'revocation', list: REVOCATIONS, all: {} });
    return this.withDatabase(flags, async (db) => {
      const details = await this.withProgress('Counting', flags, async () => showRevocation(db, await number(db)));
      await this.print(renderRevocation(details, this.look));
      return details;
    });
  }
}
