// Certificates for specs, made on the spot: Node signs but writes no X.509, so the few DER structures of RFC 5280 are written here.
// An authority of its own and leaves that name what the spec wants. Good for tests and for nothing else.

import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const BOOLEAN = 0x01;

/** Tag, length, value (X.690 §8.1). */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...head), value]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = rest.flatMap((arc) => {
    const base128 = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) base128.unshift((left & 0x7f) | 0x80);
    return base128;
  });
  return der(OBJECT_IDENTIFIER, Uint8Array.of(first * 40 + second, ...octets));
}

const ECDSA_WITH_SHA256 = der(SEQUENCE, oid('1.2.840.10045.4.3.2'));
const TRUE = der(BOOLEAN, Uint8Array.of(0xff));

function name(commonName: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, oid('2.5.4.3'), der(UTF8_STRING, Buffer.from(commonName, 'utf8')))));
}

function utcTime(date: Date): Buffer {
  return der(UTC_TIME, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`, 'latin1'));
}

function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  return der(SEQUENCE, oid(id), ...critical ? [TRUE] : [], der(OCTET_STRING, value));
}

function alternativeName(text: string): Buffer {
  const version = isIP(text);
  if (version === 0) return der(0x82, Buffer.from(text, 'latin1'));
  if (version === 4) return der(0x87, Uint8Array.from(text.split('.'), Number));
  return der(0x87, Buffer.concat([Buffer.alloc(15), Uint8Array.of(1)])); // ::1 is the only one a spec needs
}

interface Subject {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

let serial = 0;
const DAY = 24 * 60 * 60 * 1000;

function certificate({ commonName, publicKey, extensions }: Subject, issuer: string, issuerKey: KeyObject, from: number): string {
  const body = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Uint8Array.of(2))), // version 3
    der(INTEGER, Uint8Array.of(1, ++serial)),
    ECDSA_WITH_SHA256,
    name(issuer),
    der(SEQUENCE, utcTime(new Date(from)), utcTime(new Date(from + 2 * DAY))),
    name(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, ...extensions)),
  );
  const signature = sign('sha256', body, issuerKey);
  const whole = der(SEQUENCE, body, ECDSA_WITH_SHA256, der(BIT_STRING, Uint8Array.of(0), signature));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

/** A key and its certificate, in PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** An authority that a spec trusts. */
export interface Authority {
  /** Its certificate, for `ca`. */
  readonly ca: string;
  /** A certificate for these names and addresses, valid today, or long ago. */
  issue(names: readonly string[], validity?: 'today' | 'long ago'): Identity;
}

export function certificateAuthority(commonName: string = 'An authority of a spec'): Authority {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [extension('2.5.29.19', true, der(SEQUENCE, TRUE))];
  const now = Date.now() - DAY;
  return {
    ca: certificate({ commonName, publicKey: authority.publicKey, extensions }, commonName, authority.privateKey, now),
    issue: (names, validity = 'today') => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = extension('2.5.29.17', false, der(SEQUENCE, ...names.map(alternativeName)));
      const subject = { commonName: names[0] ?? 'nobody', publicKey, extensions: [alternatives] };
      const from = validity === 'today' ? now : now - 1000 * DAY;
      return {
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, // PEM is text
        cert: certificate(subject, commonName, authority.privateKey, from),
      };
    },
  };
}
