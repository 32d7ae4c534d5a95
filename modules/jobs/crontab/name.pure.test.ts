import { expect, test } from 'vitest';
import { makeUnique, nameOf } from './name.ts';

test.each([
  ['/home/bob/bin/backup.sh', 'backup.sh'],
  ['pg_dump mydb > /backup/my.sql', 'pg_dump mydb'],
  ['pg_dump -Fc mydb | gzip > "/backup/$(date +%F).gz"', 'pg_dump mydb'],
  ['cd /var/www/app && php artisan schedule:run >> /dev/null 2>&1', 'artisan schedule:run'],
  ['test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }', 'run-parts /etc/cron.daily'],
  ['[ -x /usr/lib/x ] && if [ ! -d /run/systemd ]; then /usr/lib/sessionclean; fi', 'sessionclean'],
  ['nice -n 19 ionice -c3 /usr/local/bin/rsync-all.sh --full', 'rsync-all.sh'],
  ['flock -n /tmp/x.lock -c "/opt/sync.sh daily"', 'sync.sh daily'],
  ['sudo -u www-data timeout 300 php /var/www/cron.php', 'cron.php'],
  ['/usr/bin/env bash -lc "cd /srv && ./run.sh nightly"', 'run.sh nightly'],
  ['FOO=bar /usr/bin/python3 -u /opt/daily.py --to ops', 'daily.py'],
  ['curl -fsS --retry 3 https://hc-ping.com/2f6b-secret', 'curl hc-ping.com'],
  ['wget -qO - https://example.com/wp-cron.php?doing', 'wget example.com/wp-cron.php'],
  ['find /var/log -name "*.gz" -mtime +30 -delete', 'find /var/log'],
  ['java -Xmx1g -jar /opt/app/report.jar monthly', 'report.jar monthly'],
  ['$HOME/bin/daily.job >> $HOME/tmp/out 2>&1', 'daily.job'],
  ['sleep 30; /opt/a.sh', 'a.sh'],
  ['backup.sh # the big one', 'the big one'],
  ['true', 'true'],
  ['>', '>'],
])('%s is called %s', (command, name) => {
  expect(nameOf(command)).toBe(name);
});

test('values of options, which may be passwords, are no part of a name', () => {
  expect(nameOf('mysqldump -u root --password hunter2 -psecret shop')).toBe('mysqldump shop');
});

test('a comment is the name, shortened where it is long; one of several lines is not', () => {
  expect(nameOf('/opt/a.sh', 'Nightly backup:')).toBe('Nightly backup');
  expect(nameOf('/opt/a.sh', 'one\ntwo')).toBe('a.sh');
  const long = 'Copy the orders of the day to the warehouse, and tell the accountants about every one';
  expect(long).toHaveLength(85);
  expect(nameOf('/opt/a.sh', `${long}.`)).toBe('Copy the orders of the day to the warehouse, and tell the…');
  expect(nameOf(`/opt/a.sh # ${long}`)).toBe('Copy the orders of the day to the warehouse, and tell the…');
  expect(nameOf('/opt/a.sh', 'x'.repeat(61))).toBe(`${'x'.repeat(59)}…`);
});

test('a name stays short', () => {
  expect(nameOf(`/opt/${'a'.repeat(100)}.sh`)).toHaveLength(60);
});

test('names that meet are numbered', () => {
  expect(makeUnique(['a', 'b', 'A', 'a'], ['b', 'c'])).toEqual(['a', 'b (2)', 'A (2)', 'a (3)']);
});
