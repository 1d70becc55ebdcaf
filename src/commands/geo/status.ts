import { BaseCommand } from '../../cli/base/base-command.ts';
import { geoFlags, resolveGeoSources } from '../../cli/geo/databases.ts';
import { argument } from '../../cli/input/arguments.ts';
import { geoStatus, type GeoStatus as Status } from '../../domain/geo/status.ts';
import { renderGeoStatus, renderLookup } from '../../views/geo/status.ts';

export default class GeoStatus extends BaseCommand {
  static override summary = 'Show the geolocation databases, and how many sessions have a place.';
  static override description = [
    'With an address: what is known of it. Exit 2 when a database is configured that cannot be used.',
    'Counts are of the latest 100,000 logins.',
  ].join(' ');
  static override examples = BaseCommand.toExamples({
    'Is everything ready': 'tomo geo status',
    'Where is this address': 'tomo geo status 203.0.113.7',
  });
  static override args = { address: argument('An IP address to look up.') };
  static override flags = geoFlags;

  async run(): Promise<Status> {
    const { args, flags } = await this.parse(GeoStatus);
    const sources = resolveGeoSources(flags, this.terminal.env);
    return this.withDatabase(flags, async (db) => {
      const status = await geoStatus(db, sources, args.address?.trim());
      await this.print(
        status.lookup ? renderLookup(status, status.lookup, this.look) : renderGeoStatus(status, this.look),
      );
      if (status.databases.some(({ problem }) => problem !== null)) this.exitWith(2);
      return status;
    });
  }
}
