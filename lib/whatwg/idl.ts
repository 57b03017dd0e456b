// What Web IDL does before an algorithm begins: conversions of arguments, and how members stand on a class. Knows no WebSocket.

/** The arguments a call must have. @throws TypeError as Web IDL does when there are fewer */
export function needArguments(what: string, found: number, needed: number): void {
  if (found >= needed) return;
  throw new TypeError(`${what} needs ${needed} argument${needed === 1 ? '' : 's'}, found ${found}`);
}

/** [Clamp] unsigned short: into 0…65535, NaN to 0, halves to the even neighbour. @throws TypeError for a Symbol or a BigInt */
export function clampUnsignedShort(value: unknown): number {
  const number = toNumber(value);
  if (Number.isNaN(number)) return 0;
  const within = Math.min(Math.max(number, 0), 0xffff);
  const floor = Math.floor(within);
  const above = within - floor;
  return above > 0.5 || (above === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** unsigned short: modulo 2^16. @throws TypeError for a Symbol or a BigInt */
export function toUnsignedShort(value: unknown): number {
  return toNumber(value) & 0xffff;
}

/** [EnforceRange] unsigned short. @throws TypeError for what is no number between 0 and 65535 */
export function enforceUnsignedShort(what: string, value: unknown): number {
  const number = Math.trunc(toNumber(value));
  if (number >= 0 && number <= 0xffff) return number + 0; // -0 is 0
  throw new TypeError(`${what} must be a number from 0 to 65535, found ${String(value)}`);
}

function toNumber(value: unknown): number {
  return +(value as number); // the conversion is the point: ToNumber, which refuses a Symbol and a BigInt
}

/** DOMString. @throws TypeError for a Symbol, and for an object that does not become a string */
export function toDOMString(value: unknown): string {
  return `${value as string}`; // ToString, which unlike String() refuses a Symbol
}

/** USVString: an unpaired surrogate becomes U+FFFD. @throws TypeError as {@link toDOMString} */
export function toUSVString(value: unknown): string {
  return toDOMString(value).replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** (DOMString or sequence<DOMString>). @throws TypeError as its parts */
export function toStringOrSequence(value: unknown): string | string[] {
  return isIterable(value) ? Array.from(value, toDOMString) : toDOMString(value);
}

/** sequence<DOMString>. @throws TypeError for what is no iterable object */
export function toSequence(what: string, value: unknown): string[] {
  if (isIterable(value)) return Array.from(value, toDOMString);
  throw new TypeError(`${what} must be a sequence, found ${typeof value}`);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return isObject(value) && Symbol.iterator in value && value[Symbol.iterator] !== undefined && value[Symbol.iterator] !== null;
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** A dictionary: an object, or nothing. @throws TypeError for anything else */
export function toDictionary<T extends object>(what: string, value: T | null | undefined): Partial<T> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new TypeError(`${what} must be an object, found ${typeof value}`);
  return value;
}

/** Makes `names` enumerable on the class's prototype, as attributes and operations are, and gives it its class string. */
export function define(interfaceName: string, owner: { readonly prototype: object }, names: readonly string[]): void {
  for (const name of names) Object.defineProperty(owner.prototype, name, { enumerable: true });
  Object.defineProperty(owner.prototype, Symbol.toStringTag, { value: interfaceName, configurable: true });
}

/** Constants: on the class and on its prototype, for good. */
export function defineConstants(owner: { readonly prototype: object }, constants: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(constants)) {
    for (const place of [owner, owner.prototype]) Object.defineProperty(place, name, { value, enumerable: true });
  }
}
