import { BaseCommand } from '../../cli/base/base-command.ts';
import { dryRunFlag, integerFlag, switchFlag } from '../../cli/input/flags.ts';
import { distribute, planDistribution, SHARDS } from '../../domain/schema/distribute.ts';
import type { Distribution } from '../../model/cluster.ts';
import { distributionQuestion, renderDistribution } from '../../views/db/distribution.ts';

export default class DbDistribute extends BaseCommand {
  static override changes = true;
  static override summary = 'Spread the sessions over the servers of a Citus cluster.';
  static override description =
    'On the coordinator, once, and there is no way back: what belongs to a user lies together on one worker, and what every server reads is kept on each. One transaction; logins wait until it is done, and no login is lost. Young: when that pays, what is different then and what does not work yet says docs/scale.md. Takes the owner of the schema, who may make distributed tables.';
  static override examples = BaseCommand.toExamples({
    'What it would do': 'tomo db distribute --dry-run',
    'For a cluster that is to grow': 'tomo db distribute --shards 64',
  });
  static override flags = {
    shards: integerFlag({ min: 1, max: 1024 })({
      default: SHARDS,
      description: 'Parts of each table: at least as many as there will ever be workers.',
    }),
    'dry-run': dryRunFlag('what would be done, as SQL'),
    yes: switchFlag('Do not ask. Needed without a terminal.', 'y'),
  };

  async run(): Promise<Distribution> {
    const { flags } = await this.parse(DbDistribute);
    return this.withDatabase(flags, async (db) => {
      const plan = await planDistribution(db, flags.shards);
      if (!flags['dry-run']) {
        await this.confirm(distributionQuestion(plan), {
          yes: flags.yes,
          hint: 'Look with --dry-run, then repeat with --yes.',
        });
      }
      const done = flags['dry-run'] ? plan : await distribute(db, plan);
      await this.print(renderDistribution(done));
      return done;
    });
  }
}
