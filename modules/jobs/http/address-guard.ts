// Which addresses HTTP jobs may reach. Whoever may write a job must not get at what only this machine can see: other
// services on it, the private network, the metadata of a cloud.
import dns from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { Problem } from '#kernel';

export interface AddressGuard {
  /**
   * Why this address may not be reached, one sentence; undefined when it may.
   * @param host the name that was asked for, which the configuration may allow
   */
  refuse(address: string, host: string): string | undefined;
}

/**
 * @param allow hosts (`wiki.lan`, `*.corp.example`), addresses and ranges (`10.0.0.0/8`) that may be reached although
 * they are not public. Throws a Problem that names an entry that is neither.
 */
export function openAddressGuard(allow: readonly string[]): AddressGuard {
  const allowed = new BlockList();
  const hosts = new Set<string>();
  for (const entry of allow) {
    if (isIP(entry.split('/')[0] ?? '') !== 0) addRange(allowed, entry);
    else if (/^(\*\.)?[\w.-]+$/.test(entry)) hosts.add(entry.toLowerCase());
    else throw unfit(`${entry} is neither a host nor a range such as 10.0.0.0/8`);
  }
  return {
    refuse(address, host) {
      const kind = kindOf(address);
      if (kind === undefined || isIn(allowed, address) || isAllowedHost(hosts, host)) return undefined;
      const what = address === host ? address : `${host} is ${address}, which`;
      return `${what} is ${kind}; HTTP jobs reach it only when the setting http_allow names it.`;
    },
  };
}

/** A refusal while a name was resolved. */
export class AddressRefused extends Error {}

/**
 * Resolves names for a connection and lets only permitted addresses through: what was checked is what is connected to,
 * so a name that answers differently the second time gains nothing.
 */
export function guardedLookup(guard: AddressGuard, resolve: typeof dns.lookup = dns.lookup): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const permitted = addresses.filter(({ address }) => guard.refuse(address, host) === undefined);
      const [first] = permitted;
      const refused = addresses[0] === undefined ? undefined : guard.refuse(addresses[0].address, host);
      if (first === undefined) return callback(new AddressRefused(refused ?? `${host} has no address.`), '');
      if (options.all === true) callback(null, permitted);
      else callback(null, first.address, first.family);
    });
  };
}

const kinds: readonly (readonly [kind: string, list: BlockList])[] = [
  ['a loopback address', listOf('127.0.0.0/8', '::1/128')],
  ['an unspecified address', listOf('0.0.0.0/8', '::/96', '::ffff:0:0:0/96')],
  ['a private address', listOf('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10')],
  ['a link-local address, where clouds keep their metadata', listOf('169.254.0.0/16', 'fe80::/10')],
  ['a shared address of a provider', listOf('100.64.0.0/10')],
  ['a multicast or broadcast address', listOf('224.0.0.0/4', '255.255.255.255/32', 'ff00::/8')],
  [
    'a reserved address',
    listOf(
      '192.0.0.0/24',
      '192.0.2.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '240.0.0.0/4',
      '64:ff9b:1::/48',
      '100::/64',
      '2001::/32',
      '2001:db8::/32',
    ),
  ],
];

function kindOf(address: string): string | undefined {
  const inner = embeddedAddress(address) ?? address;
  return kinds.find(([, list]) => isIn(list, inner))?.[0];
}

function isIn(list: BlockList, address: string): boolean {
  const plain = address.split('%')[0] ?? '';
  return list.check(embeddedAddress(plain) ?? plain, isIPv6(embeddedAddress(plain) ?? plain) ? 'ipv6' : 'ipv4');
}

/** The IPv4 address inside an IPv6 one: mapped (::ffff:0:0/96), translated (64:ff9b::/96), 6to4 (2002::/16). */
function embeddedAddress(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const groups = groupsOf(address);
  const starts = (...wanted: number[]): boolean => wanted.every((group, at) => groups[at] === group);
  if (starts(0, 0, 0, 0, 0, 0xffff) || starts(0x64, 0xff9b, 0, 0, 0, 0)) return dotted(groups[6], groups[7]);
  return starts(0x2002) ? dotted(groups[1], groups[2]) : undefined;
}

function groupsOf(address: string): number[] {
  // The parser of addresses in URLs writes every form in one.
  const canonical = new URL(`http://[${address.split('%')[0] ?? ''}]`).hostname.slice(1, -1);
  const [head = [], tail] = canonical.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const groups =
    tail === undefined
      ? [...head]
      : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  return groups.map((group) => Number.parseInt(group, 16));
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function isAllowedHost(hosts: ReadonlySet<string>, host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return hosts.has(name) || [...hosts].some((entry) => entry.startsWith('*.') && name.endsWith(entry.slice(1)));
}

function listOf(...ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return list;
}

function unfit(what: string): Problem {
  return new Problem(422, 'invalid_config', `Setting http_allow: ${what}.`, { field: 'http_allow' });
}

function addRange(list: BlockList, range: string): void {
  const [address = '', bits] = range.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const most = family === 'ipv6' ? 128 : 32;
  if (bits !== undefined && (!/^\d+$/.test(bits) || Number(bits) > most))
    throw unfit(`${range} needs a length from 0 to ${most}`);
  list.addSubnet(address, bits === undefined ? most : Number(bits), family);
}
