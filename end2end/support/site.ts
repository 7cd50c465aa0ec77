import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Reader } from './reader.ts';
import { expect, test as base } from './test.ts';

/** One event as the script sends it. */
export interface Told {
  id: string;
  name: string;
  at: string;
  category: string;
  anonymous?: string;
  user?: string;
  session?: string;
  properties?: Record<string, any>;
  context?: Record<string, any>;
}

/** What left a page through the script, in the order in which it left. */
export class Wire {
  readonly bodies: any[] = [];
  /** Decisions that were told. */
  readonly decisions: any[] = [];

  /** Passes a request on to the telemetry server. Heard here and not in the browser, which tells nobody of what a closing page sends. */
  pass(telemetry: string, request: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const path = request.url ?? '/';
      const body = Buffer.concat(parts);
      if (request.method === 'POST') (path.endsWith('/events') ? this.bodies : this.decisions).push(JSON.parse(body.toString()));
      const on = ask(telemetry + path, { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      on.on('error', () => response.destroy());
      on.end(body);
    });
  }

  get events(): Told[] {
    return this.bodies.flatMap(({ events }) => events);
  }

  of(name: string): Told[] {
    return this.events.filter((event) => event.name === name);
  }

  /** Waits until so many events of the name have left; gives them. */
  async sees(name: string, count = 1): Promise<Told[]> {
    await expect.poll(() => this.of(name).length, { message: `${count} × ${name} of ${JSON.stringify(this.events)}` }).toBe(count);
    return this.of(name);
  }
}

/** A customer's site at an address of its own, with the script in its pages. */
export class Site {
  readonly wire = new Wire();
  /** What the site's own server was asked besides pages. */
  readonly asked: IncomingMessage[] = [];
  private readonly pages = new Map<string, { html: string; headers: Record<string, string> }>();
  private readonly server: Server;
  private readonly door: Server;

  constructor(
    telemetry: string,
    private key: string,
  ) {
    this.door = createServer((request, response) => this.wire.pass(telemetry, request, response));
    this.server = createServer((request, response) => {
      const path = (request.url ?? '/').split('?')[0]!;
      const page = this.pages.get(path);
      if (!page) this.asked.push(request);
      response.writeHead(page || path.startsWith('/api') ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', ...page?.headers });
      response.end(page?.html ?? '');
    });
  }

  async open(): Promise<void> {
    for (const server of [this.server, this.door]) await new Promise<void>((then) => server.listen(0, '127.0.0.1', then));
  }

  async close(): Promise<void> {
    for (const server of [this.server, this.door]) {
      server.closeAllConnections();
      await new Promise((then) => server.close(then));
    }
  }

  get origin(): string {
    return addressOf(this.server);
  }

  /** Where the script comes from and sends to. */
  get telemetry(): string {
    return addressOf(this.door);
  }

  use(key: string): void {
    this.key = key;
  }

  /** The line to paste. */
  script(attributes = 'data-consent="granted"', key = this.key): string {
    return `<script defer src="${this.telemetry}/js/parallax.js" data-key="${key}" ${attributes}></script>`;
  }

  /** Puts a page at a path; gives its address. */
  page(path: string, { body = '', head = '', script = this.script(), headers = {} }: { body?: string; head?: string; script?: string; headers?: Record<string, string> }): string {
    const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page ${path}</title><link rel="icon" href="data:,">${head}${script}</head><body><main><h1>Shop</h1>${body}</main></body></html>`;
    this.pages.set(path, { html, headers });
    return `${this.origin}${path}`;
  }
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

interface Fixtures {
  /** A site whose key goes to the test's own project. */
  site: Site;
  wire: Wire;
  reader: Reader;
  /** What the browser keeps for the site's pages. */
  stored: () => Promise<Record<string, string>>;
}

export const test = base.extend<Fixtures>({
  // Whoever visits the site is nobody to the telemetry's own pages.
  storageState: async ({}, use) => use({ cookies: [], origins: [] }),

  site: async ({ admin, project, page }, use) => {
    const site = new Site(admin.address, '');
    await site.open();
    site.use(await admin.key(project.id, 'browser', `pages of ${project.name}`, site.origin));
    await use(site);
    // A page that tells its last words to a closing test would be heard by the next.
    await page.close();
    await site.close();
  },

  wire: async ({ site }, use) => use(site.wire),

  reader: async ({ admin, project }, use) => use(await Reader.of(admin, project.id)),

  stored: async ({ page }, use) => {
    await use(() =>
      page.evaluate(() => {
        const cookie = document.cookie && { cookie: document.cookie };
        return Object.fromEntries(Object.entries<string>({ ...localStorage, ...sessionStorage, ...cookie } as {}));
      }),
    );
  },
});

export { expect };
