// A crontab as people have them, in both forms, for the tests of everything that reads one.

/** Of one user: 24 entries, of which @reboot and two mistakes cannot be imported. */
export const userCrontab = `# Edit this file to introduce tasks to be run by cron.
#
# m h  dom mon dow   command
SHELL=/bin/bash
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
MAILTO="ops@example.com"
BACKUP_DIR = "/var/backups/my shop"
GREETING='it is "fine"'

# Nightly backup of the shop
30 2 * * * /opt/shop/bin/backup.sh --full >> /var/log/shop-backup.log 2>&1
# Databases
0 3 * * * pg_dump -Fc shop > "$BACKUP_DIR/shop.dump"
15 3 * * * pg_dump -Fc crm > "$BACKUP_DIR/crm.dump"

* * * * * cd /var/www/shop && php artisan schedule:run >> /dev/null 2>&1
*/5 * * * * /usr/local/bin/check-queue --warn 100
*/15 8-18 * * mon-fri  /opt/reports/refresh.py --fast
0 */2 * * *	/usr/bin/flock -n /run/sync.lock /opt/sync/sync.sh both
0 9,13,17 * * 1-5 /opt/reports/send.sh "Numbers of today"
#Ansible: renew certificates
17 4 * * * certbot -q renew --deploy-hook "systemctl reload nginx"
0 22 * * 1-5 mail -s "It's 10pm" joe%Joe,%%Where are your kids?%
5 0 1 * * tar czf "$BACKUP_DIR/etc-$(date +\\%Y-\\%m).tgz" /etc
30 4 1,15 * 5 /opt/shop/bin/invoices.sh
# 0 6 * * * /opt/old/job.sh
@daily /opt/shop/bin/cleanup.sh --older-than 30d
@weekly find /var/log/shop -name "*.gz" -mtime +30 -delete
@hourly curl -fsS --retry 3 https://hc.example.com/ping/4e4b > /dev/null
@monthly /opt/reports/monthly.sh	# Report of the month
@reboot /opt/shop/bin/worker --daemon
0 0 1 JAN * /opt/shop/bin/new-year.sh
0 5 * * Sun /opt/shop/bin/vacuum.sh
CRON_TZ=Asia/Tokyo
# Opening of the branch in Tokyo
0 9 * * 1-5 /opt/tokyo/open.sh
CRON_TZ=
75 3 * * * /opt/shop/bin/mistake.sh
0 0 30 2 * /opt/shop/bin/never.sh
0 5 * * Sun /opt/shop/bin/vacuum.sh
12 1 * * * true
`;

/** The same idea as /etc/crontab or a file in /etc/cron.d: with a user column. */
export const systemCrontab = `SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

# Example of job definition:
# .---------------- minute (0 - 59)
# |  .------------- hour (0 - 23)
# |  |  .---------- day of month (1 - 31)
# |  |  |  .------- month (1 - 12) OR jan,feb,mar,apr ...
# |  |  |  |  .---- day of week (0 - 6) (Sunday=0 or 7) OR sun,mon,tue,wed,thu,fri,sat
# |  |  |  |  |
# *  *  *  *  * user-name command to be executed
17 *	* * *	root	cd / && run-parts --report /etc/cron.hourly
25 6	* * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
47 6	* * 7	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.weekly; }
52 6	1 * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.monthly; }
09,39 *     * * *     www-data   [ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean
@daily nobody /usr/local/bin/report --all
#
`;
