import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { notPublic, RANGES_V4 } from './address.ts';

test('public unicast addresses are public, however written', () => {
  for (const address of [
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '11.0.0.1',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.1',
    '169.253.255.255',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '[2a00:1450:4001:81b::200e]',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ])
    assert.equal(notPublic(address), undefined, address);
});

test('both ends of every range, and what embeds them, are refused', () => {
  for (const { cidr } of RANGES_V4) {
    const [base, bits] = cidr.split('/') as [string, string];
    const first = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    const last = first + 2 ** (32 - Number(bits)) - 1;
    for (const number of [first, last]) {
      const dotted = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
      for (const address of [dotted, `::ffff:${dotted}`, `64:ff9b::${dotted}`, `::${dotted}`])
        assert.ok(notPublic(address), address);
    }
  }
});

test('IPv6 outside 2000::/3 is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      if (bytes[0]! >> 5 === 1) return;
      const groups = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16));
      assert.ok(notPublic(groups.join(':')), groups.join(':'));
    }),
    { numRuns: 500 },
  );
});

test('what is no address is refused', () => {
  for (const text of ['', 'localhost', '1.2.3', '300.1.1.1', '::1%lo', 'fe80::1%eth0', 'x'])
    assert.ok(notPublic(text), text);
});
