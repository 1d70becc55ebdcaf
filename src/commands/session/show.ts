import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { integerFlag } from '../../cli/flags.ts';
import { confineIds } from '../../domain/operator.ts';
import { type SessionDetails, showSession } from '../../domain/session-show.ts';
import { renderSession } from '../../views/session/show.ts';

export default class SessionShow extends BaseCommand {
  static override access = 'read-own' as const;
  static override summary = 'Show one session: device, place, timeline, latest activity.';
  static override examples = [
    { description: 'By the first digits of its id', command: '<%= config.bin %> session show 3f2a9c41' },
    { description: 'With more of its activity', command: '<%= config.bin %> session show 3f2a9c41 --activity 200' },
  ];
  static override args = {
    id: Args.string({ ignoreStdin: true, required: true, description: 'Id of the session, or its first digits (4 or more).' }),
  };
  static override flags = {
    activity: integerFlag({ min: 0, max: 10_000 })({ default: 10, description: 'How many of its latest requests to show.' }),
  };

  async run(): Promise<SessionDetails> {
    const { args, flags } = await this.parse(SessionShow);
    return this.withDatabase(flags, async (db) => {
      const [id = ''] = await confineIds(db, this.operator, [args.id]);
      const details = await showSession(db, id, flags.activity);
      await this.print(renderSession(details, this.look));
      return details;
    });
  }
}
