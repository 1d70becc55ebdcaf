import { COUNT_TO, selectAlertFacts, selectPlaces } from '../../db/doctor/storage.ts';
import { selectSettings } from '../../db/settings/settings.ts';
import { shellQuote } from '../text/shell-quote.ts';
import { check, ok, problem, some, span, warning } from './check.ts';

const KINDS = ['new_device_alerts', 'location_alerts', 'login_notifications'] as const;
/** Seconds that an alert may wait although it is due. */
const OVERDUE = 3600;
/** Addresses move: a free database comes out every month. */
const OLD_GEO_DAYS = 90;
const SETUP = 'export TOMO_SMTP_URL=… TOMO_MAIL_FROM=…   # or TOMO_WEBHOOK_URL and TOMO_WEBHOOK_SECRET: docs/alerts.md';

const channels = check('alert-channels', 'alerts', 'the ways out for alerts', async (tx, { channels: set }) => {
  const { values } = await selectSettings(tx);
  const on = KINDS.filter((key) => values[key] === true);
  if (!set.ok) return problem(`The ways out for alerts are not set up properly: ${set.message}`, set.hint, SETUP);
  if (on.length === 0)
    return ok('No alerts are switched on', null, { do: 'set', key: 'new_device_alerts', value: 'on' });
  if (set.value.length === 0)
    return warning(
      `${on.join(', ')} on, and no way to send alerts from here`,
      'Nobody hears of them unless they look.',
      SETUP,
    );
  const { withoutMail } = await selectAlertFacts(tx);
  const onlyMail = set.value.every((name) => name === 'mail');
  if (onlyMail && withoutMail > 0) {
    return warning(
      `${some(withoutMail, 'active user', COUNT_TO)} without an e-mail address`,
      'Alerts about them reach nobody. TOMO_MAIL_TO gets a copy of every alert.',
      'export TOMO_MAIL_TO=…   # and who it is: select username from tomo.users where is_active and email is null;',
    );
  }
  return ok(`Alerts go out by ${set.value.join(' and ')}`);
});

const delivery = check('alert-delivery', 'alerts', 'the delivery of alerts', async (tx, { channels: set }) => {
  const { dead, pending, overdue } = await selectAlertFacts(tx);
  if (dead > 0) {
    return warning(
      `${some(dead, 'alert', COUNT_TO)} given up: could not be delivered`,
      'The last error stands with each of them.',
      { do: 'list-alerts' },
      { do: 'send-dead-alerts' },
    );
  }
  const used = set.ok && set.value.length > 0;
  if (used && overdue > OVERDUE) {
    return warning(
      `${some(pending, 'alert', COUNT_TO)} not delivered; the first has been due for ${span(overdue)}`,
      null,
      { do: 'send-alerts' },
      { do: 'schedule', job: 'alerts' },
    );
  }
  return ok(pending > 0 ? `${some(pending, 'alert', COUNT_TO)} waiting to be sent` : 'No alert waits to be sent');
});

const places = check('places', 'alerts', 'the places of logins', async (tx, { geoFiles, clock }) => {
  const { values } = await selectSettings(tx);
  const lost = geoFiles.find(({ modified }) => modified === null);
  if (lost)
    return problem(`The geolocation database cannot be read: ${lost.file}`, null, `ls -l ${shellQuote(lost.file)}`);
  const { pending, placed } = await selectPlaces(tx);
  const city = geoFiles.find(({ kind }) => kind === 'city');
  if (!city) {
    if (placed) return ok('Places are looked up by the server');
    if (values.location_alerts !== true) return ok('Places are not looked up, and no location alerts are switched on');
    return warning(
      'location_alerts is on, and no login has a place',
      'Neither the server looks addresses up, nor is a geolocation database named here.',
      'export TOMO_GEO_CITY_DATABASE=/path/to/city.mmdb',
      { do: 'set', key: 'location_alerts', value: 'off', note: 'or without these alerts' },
    );
  }
  const days = Math.floor((clock().getTime() - Date.parse(city.modified ?? '')) / 86_400_000);
  if (days > OLD_GEO_DAYS)
    return warning(
      `The geolocation database is ${days} days old`,
      'Addresses move; a place may be wrong, and so may an alert.',
      `ls -l ${shellQuote(city.file)}   # replace it by a newer one`,
    );
  if (pending === 0) return ok('Every login has been placed');
  const title = `${some(pending, 'login', COUNT_TO)} over an hour old without a look at the place`;
  return warning(title, null, { do: 'place-logins' });
});

export const ALERT_CHECKS = [channels, delivery, places];
