import { LongCommand } from '../../cli/base/long-command.ts';
import { valueFlag } from '../../cli/input/flags.ts';
import { type AuditVerdict, parseDigest, verifyAudit } from '../../domain/audit/verify.ts';
import { limitWords, renderVerdict } from '../../views/audit/verify.ts';

export default class AuditVerify extends LongCommand {
  static override adopted = true;
  static override summary = 'Check that nobody has altered, removed or inserted rows of the audit.';
  static override description =
    'Walks the chain of hashes from the oldest row to the head and names the first row that is wrong; exit 9 then. The hashes are made here, not by the database. A chain by itself cannot show that the newest rows were removed and the head set back, or that all of it was rewritten: for that, give with --head the digest that this command or tomo session cleanup has printed at an earlier time, kept where whoever owns the database cannot change it.';
  static override examples = LongCommand.toExamples({
    'Is it as it was written': 'tomo audit verify',
    'And does it still contain what was the newest row then': 'tomo audit verify --head 3f2a9c41d8e07b65',
  });
  static override flags = {
    head: valueFlag('<digest>', 'Digest of the head at an earlier time, or its first 16 digits or more.'),
  };

  async run(): Promise<AuditVerdict> {
    const { flags } = await this.parse(AuditVerify);
    const digest = flags.head === undefined ? null : parseDigest(flags.head);
    return this.withDatabase(flags, async (db) => {
      const verdict = await this.inBatches('Verifying', flags, (pace) => verifyAudit(db, { digest, ...pace }));
      await this.print(renderVerdict(verdict, this.look));
      if (verdict.verified && digest === null && verdict.head) this.hint(limitWords(verdict.head.digest, verdict.file));
      if (!verdict.verified) this.exitWith(verdict.problem?.kind === 'digest-cut' ? 6 : 9);
      this.exitAfter(verdict);
      return verdict;
    });
  }
}
