import type { LineOf, Sender, SpanOf } from './sender.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How many people come, sign up and buy: 75 % and half of all. */
export const people = { came: 120, signedUp: 90, bought: 60 };

export const hosts = ['web-1', 'web-2'];

/** One failing request with all its spans; its exception makes an issue. */
export const failing = { trace: hex(1, 32), operation: 'POST /checkout', exception: 'CardDeclined', message: 'the card was declined' };

const devices = ['desktop', 'mobile', 'tablet'];
const countries = ['DE', 'AT', 'FR', 'US'];

/** A small shop that is the same in every run but for the moment at which it ends. */
export async function load(sender: Sender, now: number): Promise<void> {
  await sender.events(events(now));
  await sender.spans(spans(now));
  await sender.lines(lines(now));
  await sender.points(points(now));
  await sender.post('/api/v1/deployments', {
    service: 'payment',
    version: '1.4.0',
    environment: 'production',
    at: time(now - 3 * hour),
    author: 'Ada',
  });
  await sender.post('/api/v1/tickets', [
    { id: 'T-1', at: time(now - 2 * hour), user: 'customer_0', subject: 'Paying fails', text: 'The card is refused.', status: 'open' },
  ]);
}

function events(now: number): object[] {
  const all = Array.from({ length: people.came }, (_, one) => {
    const at = now - ((one % 6) + 1) * day - (one % 12) * 5 * minute;
    const base = (after: number, name: string) => ({
      name,
      at: time(at + after * minute),
      user: `customer_${one}`,
      session: `visit_${one}`,
      context: {
        url: `https://shop.example/${name === 'page_view' ? '' : 'cart'}?utm_source=news`,
        device: devices[one % 3],
        country: countries[one % 4],
        browser: 'Firefox',
        os: 'Linux',
        version: '2.4.1',
        environment: 'production',
        campaign: { source: one % 3 === 0 ? 'news' : 'search', medium: 'email', name: 'winter' },
      },
      consent: { usage: true, marketing: true },
    });
    const all: object[] = [base(0, 'page_view')];
    if (one % 4 !== 3) all.push(base(2, 'Sign Up'));
    if (one % 2 === 0) {
      all.push({ ...base(6, 'Purchase Completed'), properties: { items: 1 + (one % 3) }, revenue: { amount: 20 + one, currency: 'EUR' } });
    }
    return all;
  });
  return all.flat();
}

/** A request through three services every five minutes; every twelfth is declined. */
function spans(now: number): SpanOf[] {
  return Array.from({ length: 48 }, (_, one) => {
    const at = now - (one + 1) * 5 * minute;
    const [trace, root, order, pay] = [hex(one + 1, 32), hex(one * 3 + 1, 16), hex(one * 3 + 2, 16), hex(one * 3 + 3, 16)];
    const declined = one % 12 === 0;
    const stack = `${failing.exception}: ${failing.message}\n    at charge (/app/payment/charge.ts:41:11)\n    at pay (/app/payment/pay.ts:12:5)`;
    const exception: SpanOf['exception'] = declined ? [failing.exception, failing.message, stack] : undefined;
    const web = { 'http.request.method': 'POST', 'http.route': '/checkout', 'http.response.status_code': declined ? 502 : 200 };
    return [
      { trace, id: root, service: 'web', name: failing.operation, at, ms: 180 + one, attributes: web, exception },
      { trace, id: order, parent: root, service: 'order', name: 'place order', at: at + 10, ms: 150 + one },
      { trace, id: pay, parent: order, service: 'payment', name: 'charge card', at: at + 20, ms: 120 + one, exception },
    ];
  }).flat();
}

function lines(now: number): LineOf[] {
  return Array.from({ length: 48 }, (_, one) => {
    const declined = one % 12 === 0;
    return {
      service: declined ? 'payment' : 'order',
      at: now - (one + 1) * 5 * minute,
      level: declined ? [17, 'ERROR'] : [9, 'INFO'],
      text: declined ? failing.message : `order ${1000 + one} was placed`,
      trace: hex(one + 1, 32),
    };
  });
}

function points(now: number) {
  const course = (of: (one: number) => number) =>
    Array.from({ length: 36 }, (_, one) => ({ at: now - (one + 1) * 10 * minute, value: of(one) }));
  const machines = hosts.flatMap((host, place) => {
    const resource = { 'host.name': host, 'host.arch': 'amd64', 'os.type': 'linux' };
    const share = (name: string, base: number) => ({
      resource,
      name,
      unit: '1',
      kind: 'gauge' as const,
      values: course((one) => base + place * 0.1 + (one % 6) * 0.02),
    });
    return [
      share('system.cpu.utilization', 0.3),
      share('system.memory.utilization', 0.5),
      share('system.filesystem.utilization', 0.6),
    ];
  });
  const service = { 'service.name': 'order', 'service.version': '1.4.0' };
  const orders = { resource: service, name: 'orders.placed', unit: '{order}', kind: 'sum' as const, values: course((one) => 1 + (one % 5)) };
  return [...machines, orders];
}

const time = (at: number) => new Date(at).toISOString();

function hex(number: number, digits: number): string {
  return `5a${number.toString(16).padStart(digits - 2, '0')}`;
}
