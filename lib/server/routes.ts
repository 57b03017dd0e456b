// Which handler a path is for: patterns of segments, tried in the order they were given. It decides on paths alone; methods, origins and
// hosts are judged before (RFC 6455 §4.2.1, §10.2). Segments are compared decoded (RFC 3986 §2.1), and dots mean nothing.

/** The names that a pattern gives to what it matches: `ParamsOf<'/rooms/:room'>` has `room`, and `*` is the rest of the path. */
export type ParamsOf<Path extends string> = string extends Path
  ? Readonly<Record<string, string>>
  : { readonly [Name in NamesIn<Path>]: string };

type NamesIn<Path extends string> = Path extends `${infer Segment}/${infer Rest}` ? NameOf<Segment> | NamesIn<Rest> : NameOf<Path>;
type NameOf<Segment extends string> = Segment extends `:${infer Name}` ? Name : Segment extends '*' ? '*' : never;

/** A handler and the parameters of the path it is for. */
export interface Match<Handler> {
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

interface Route<Handler> {
  readonly segments: readonly string[];
  readonly handler: Handler;
}

const NAME = /^:[A-Za-z_]\w*$/;

export class Routes<Handler> {
  readonly #routes: Route<Handler>[] = [];

  /** @throws TypeError for a pattern that could not match as it is meant */
  add(pattern: string, handler: Handler): void {
    if (typeof pattern !== 'string' || !(pattern === '*' || pattern.startsWith('/'))) {
      throw new TypeError(`a route is * or begins with a slash, found ${JSON.stringify(pattern)}`);
    }
    const segments = (pattern === '*' ? pattern : pattern.slice(1)).split('/');
    const seen = new Set<string>();
    segments.forEach((segment, index) => {
      if (segment === '*' && index < segments.length - 1) throw new TypeError(`* stands for the rest of a path and comes last, found ${pattern}`);
      if (!segment.startsWith(':')) return;
      if (!NAME.test(segment)) throw new TypeError(`a parameter is a colon and a name, found ${segment} in ${pattern}`);
      if (seen.has(segment)) throw new TypeError(`a parameter is named once, found ${segment} twice in ${pattern}`);
      seen.add(segment);
    });
    this.#routes.push({ segments, handler });
  }

  /** The first route that matches an absolute path; null for none, also for a path whose percent-encoding makes no sense. */
  match(path: string): Match<Handler> | null {
    const found = decode(path.slice(1).split('/'));
    if (found === null) return null;
    for (const { segments, handler } of this.#routes) {
      const params = paramsOf(segments, found);
      if (params !== null) return { handler, params };
    }
    return null;
  }
}

function decode(segments: readonly string[]): readonly string[] | null {
  try {
    return segments.map(decodeURIComponent);
  } catch {
    return null;
  }
}

function paramsOf(segments: readonly string[], found: readonly string[]): Readonly<Record<string, string>> | null {
  const params: Record<string, string> = Object.create(null) as Record<string, string>; // `:__proto__` is a name like any other
  for (const [index, segment] of segments.entries()) {
    const value = found[index];
    if (value === undefined) return null;
    if (segment === '*') {
      params['*'] = found.slice(index).join('/');
      return params;
    }
    if (!segment.startsWith(':')) {
      if (value !== segment) return null;
    } else if (value === '') {
      return null;
    } else {
      params[segment.slice(1)] = value;
    }
  }
  return found.length === segments.length ? params : null;
}
