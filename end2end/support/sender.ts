import { randomUUID } from 'node:crypto';

/** Attributes of OpenTelemetry as JSON. */
export type Attributes = Record<string, string | number | boolean>;

export interface SpanOf {
  trace: string;
  id: string;
  parent?: string;
  service: string;
  name: string;
  /** Milliseconds since 1970. */
  at: number;
  ms: number;
  kind?: number;
  attributes?: Attributes;
  /** Type, message and stack of an exception that ended it. */
  exception?: [string, string, string];
}

export interface LineOf {
  service: string;
  at: number;
  /** Number and word of OpenTelemetry, such as `[17, 'ERROR']`. */
  level: [number, string];
  text: string;
  trace?: string;
}

export interface PointOf {
  resource: Attributes;
  name: string;
  unit: string;
  /** A gauge shows its last value, a sum counts what was added. */
  kind: 'gauge' | 'sum';
  values: { at: number; value: number; attributes?: Attributes }[];
}

/** Sends as a server of a customer would. */
export class Sender {
  constructor(
    private readonly address: string,
    readonly key: string,
  ) {}

  async events(events: object[]): Promise<void> {
    const answer = (await (await this.post('/api/v1/events', { events })).json()) as { rejected: unknown[] };
    if (answer.rejected.length > 0) throw new Error(`not all events were stored: ${JSON.stringify(answer)}`);
  }

  async spans(spans: SpanOf[]): Promise<void> {
    const resourceSpans = group(spans, (span) => span.service).map(([service, of]) => ({
      resource: { attributes: list({ 'service.name': service, 'service.version': '1.4.0', 'deployment.environment.name': 'production' }) },
      scopeSpans: [{ scope: { name: 'end2end' }, spans: of.map(span) }],
    }));
    await this.post('/v1/traces', { resourceSpans });
  }

  async lines(lines: LineOf[]): Promise<void> {
    const resourceLogs = group(lines, (line) => line.service).map(([service, of]) => ({
      resource: { attributes: list({ 'service.name': service, 'service.version': '1.4.0' }) },
      scopeLogs: [
        {
          logRecords: of.map((line) => ({
            timeUnixNano: nanos(line.at),
            severityNumber: line.level[0],
            severityText: line.level[1],
            body: { stringValue: line.text },
            traceId: line.trace,
          })),
        },
      ],
    }));
    await this.post('/v1/logs', { resourceLogs });
  }

  async points(metrics: PointOf[]): Promise<void> {
    const resourceMetrics = metrics.map(({ resource, name, unit, kind, values }) => {
      const dataPoints = values.map(({ at, value, attributes }) => ({
        startTimeUnixNano: nanos(at - 60_000),
        timeUnixNano: nanos(at),
        asDouble: value,
        attributes: list(attributes ?? {}),
      }));
      const data = kind === 'gauge' ? { gauge: { dataPoints } } : { sum: { dataPoints, aggregationTemporality: 1, isMonotonic: true } };
      return { resource: { attributes: list(resource) }, scopeMetrics: [{ metrics: [{ name, unit, ...data }] }] };
    });
    await this.post('/v1/metrics', { resourceMetrics });
  }

  async post(path: string, body: object): Promise<Response> {
    const answer = await this.try(path, body);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }

  /** The answer, whatever it is; who is asked to try again does. */
  async try(path: string, body: object): Promise<Response> {
    const headers = { authorization: `Bearer ${this.key}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    for (;;) {
      const answer = await fetch(this.address + path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (answer.status !== 503) return answer;
      const seconds = Number(answer.headers.get('retry-after') ?? 1);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }
}

function span({ trace, id, parent, name, at, ms, kind, attributes, exception }: SpanOf) {
  const [type, message, stack] = exception ?? [];
  const told = { 'exception.type': type ?? '', 'exception.message': message ?? '', 'exception.stacktrace': stack ?? '' };
  return {
    traceId: trace,
    spanId: id,
    parentSpanId: parent ?? '',
    name,
    kind: kind ?? 2,
    startTimeUnixNano: nanos(at),
    endTimeUnixNano: nanos(at + ms),
    attributes: list(attributes ?? {}),
    events: exception ? [{ name: 'exception', timeUnixNano: nanos(at + ms), attributes: list(told) }] : [],
    status: exception ? { code: 2, message } : { code: 0 },
  };
}

const nanos = (ms: number) => `${BigInt(Math.round(ms * 1000)) * 1000n}`;

function list(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : typeof value === 'number' ? { doubleValue: value } : { boolValue: value },
  }));
}

function group<T>(all: T[], key: (one: T) => string): [string, T[]][] {
  return [...new Set(all.map(key))].map((name) => [name, all.filter((one) => key(one) === name)]);
}
