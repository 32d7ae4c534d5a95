import type { lookup } from 'node:dns';
import { expect, test } from 'vitest';
import { AddressRefused, guardedLookup, openAddressGuard } from './address-guard.ts';

const strict = openAddressGuard([]);

test.each([
  ['127.0.0.1', 'a loopback address'],
  ['127.8.9.10', 'a loopback address'],
  ['::1', 'a loopback address'],
  ['0.0.0.0', 'an unspecified address'],
  ['::', 'an unspecified address'],
  ['10.1.2.3', 'a private address'],
  ['172.16.0.1', 'a private address'],
  ['172.31.255.255', 'a private address'],
  ['192.168.1.1', 'a private address'],
  ['fd00:ec2::254', 'a private address'],
  ['169.254.169.254', 'a link-local address, where clouds keep their metadata'],
  ['fe80::1', 'a link-local address, where clouds keep their metadata'],
  ['fe80::1%eth0', 'a link-local address, where clouds keep their metadata'],
  ['100.100.100.200', 'a shared address of a provider'],
  ['224.0.0.1', 'a multicast or broadcast address'],
  ['255.255.255.255', 'a multicast or broadcast address'],
  ['ff02::1', 'a multicast or broadcast address'],
  ['192.0.2.7', 'a reserved address'],
  ['::ffff:127.0.0.1', 'a loopback address'],
  ['::ffff:7f00:1', 'a loopback address'],
  ['0:0:0:0:0:ffff:a9fe:a9fe', 'a link-local address, where clouds keep their metadata'],
  ['::127.0.0.1', 'an unspecified address'],
  ['64:ff9b::10.0.0.1', 'a private address'],
  ['2002:7f00:0001::', 'a loopback address'],
])('%s is refused as %s', (address, kind) => {
  expect(strict.refuse(address, address)).toBe(
    `${address} is ${kind}; HTTP jobs reach it only when the setting http_allow names it.`,
  );
});

test.each([
  '1.1.1.1',
  '172.32.0.1',
  '172.15.255.255',
  '11.0.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '::ffff:1.1.1.1',
  '64:ff9b::8.8.8.8',
])('%s may be reached', (address) => {
  expect(strict.refuse(address, address)).toBeUndefined();
});

test('a name is told with the address behind it', () => {
  expect(strict.refuse('10.0.0.5', 'intranet.example')).toBe(
    'intranet.example is 10.0.0.5, which is a private address; HTTP jobs reach it only when the setting http_allow names it.',
  );
});

test('the setting allows ranges, single addresses, hosts and all hosts below a name, and nothing else', () => {
  const guard = openAddressGuard(['10.0.0.0/8', '192.168.1.7', 'fd12::/16', 'Wiki.lan', '*.corp.example']);
  for (const [address, host] of [
    ['10.9.9.9', '10.9.9.9'],
    ['::ffff:10.9.9.9', 'x'],
    ['192.168.1.7', 'x'],
    ['fd12::5', 'x'],
    ['127.0.0.1', 'wiki.lan'],
    ['127.0.0.1', 'WIKI.LAN.'],
    ['192.168.5.5', 'a.b.corp.example'],
  ] as const) {
    expect([address, host, guard.refuse(address, host)]).toEqual([address, host, undefined]);
  }
  for (const [address, host] of [
    ['192.168.1.8', 'x'],
    ['fd13::5', 'x'],
    ['127.0.0.1', 'notwiki.lan'],
    ['127.0.0.1', 'corp.example'],
    ['127.0.0.1', 'evilcorp.example'],
  ] as const) {
    expect([address, host, guard.refuse(address, host)]).not.toEqual([address, host, undefined]);
  }
});

test.each([
  ['10.0.0.0/33', 'http_allow: 10.0.0.0/33 needs a length from 0 to 32'],
  ['fd00::/129', 'http_allow: fd00::/129 needs a length from 0 to 128'],
  ['http://x', 'http_allow: http://x is neither a host nor a range such as 10.0.0.0/8'],
])('%s is no entry of the setting', (entry, message) => {
  expect(() => openAddressGuard([entry])).toThrow(message);
});

function answering(...addresses: string[]): typeof lookup {
  const resolve = (
    _host: string,
    _options: unknown,
    callback: (error: null, found: { address: string; family: number }[]) => void,
  ): void =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  return resolve as unknown as typeof lookup;
}

function resolved(addresses: string[], all: boolean): Promise<unknown[]> {
  return new Promise((resolve) =>
    guardedLookup(strict, answering(...addresses))('some.example', { all }, (...answer) => resolve(answer)),
  );
}

test('a name that leads to a private address is refused when it is resolved', async () => {
  const [error] = await resolved(['10.0.0.5'], true);
  expect(error).toBeInstanceOf(AddressRefused);
  expect((error as Error).message).toContain('some.example is 10.0.0.5, which is a private address');
  expect((await resolved([], false))[0]).toEqual(new AddressRefused('some.example has no address.'));
});

test('only the permitted addresses of a name are connected to', async () => {
  expect(await resolved(['127.0.0.1', '1.1.1.1', '::1'], true)).toEqual([null, [{ address: '1.1.1.1', family: 4 }]]);
  expect(await resolved(['127.0.0.1', '1.1.1.1'], false)).toEqual([null, '1.1.1.1', 4]);
});
