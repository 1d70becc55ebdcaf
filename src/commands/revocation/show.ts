import { LongCommand } from '../../cli/base/long-command.ts';
import { requiredArgument } from '../../cli/input/arguments.ts';
import { parseNumberId } from '../../domain/list/number-id.ts';
import { type RevocationDetails, showRevocation } from '../../domain/revocation/show.ts';
import { renderRevocation } from '../../views/revocation/show.ts';

export default class RevocationShow extends LongCommand {
  static override adopted = true;
  static override summary = 'Show one revocation: who, whom, why, and what undoing it would bring.';
  static override examples = LongCommand.toExamples({ 'By its number': 'tomo revocation show 17' });
  static override args = {
    revocation: requiredArgument('Number of the revocation, as tomo revocation list shows it.'),
  };

  async run(): Promise<RevocationDetails> {
    const { args, flags } = await this.parse(RevocationShow);
    const id = parseNumberId(args.revocation, 'revocation');
    return this.withDatabase(flags, async (db) => {
      const details = await this.withProgress('Counting', flags, () => showRevocation(db, id));
      await this.print(renderRevocation(details, this.look));
      return details;
    });
  }
}
