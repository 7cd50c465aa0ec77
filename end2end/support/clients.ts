import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = join(dirname(fileURLToPath(import.meta.url)), '../clients');
const folder = join(here, '../../target/clients');
const modules = join(folder, 'node_modules');
/** The tracker is published inside the whole product only. */
const umami = '2.10.0';

/** Installs the clients of other products at the versions of the lock files, unless an earlier run did. */
export async function prepare(): Promise<void> {
  const wanted = [umami, ...['requirements.txt', 'package-lock.json'].map((name) => read(join(here, name)))].join('\n');
  const stamp = join(folder, 'installed.txt');
  if (read(stamp) === wanted) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(here, name), join(folder, name));
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
  const { stdout } = await run('npm', ['pack', '--silent', `umami@${umami}`], { cwd: folder });
  await run('tar', ['xzf', stdout.trim(), 'package/src/tracker/index.js'], { cwd: folder });
  await run('python3', ['-m', 'venv', join(folder, 'python')]);
  const quiet = ['--quiet', '--disable-pip-version-check'];
  await run(join(folder, 'python/bin/python'), ['-m', 'pip', 'install', ...quiet, '--requirement', join(here, 'requirements.txt')]);
  writeFileSync(stamp, wanted);
}

/** Runs the clients of servers once; `word` marks the names of their events. */
export async function sendFromServers(address: string, key: string, word: string): Promise<void> {
  await run(join(folder, 'python/bin/python'), [join(here, 'servers.py'), address, key, word], { timeout: 60_000 });
  await run('node', [join(here, 'servers.cjs'), folder, address, key, word], { timeout: 60_000 });
}

/** Pages of a shop, each with one tracker, at an address that is not Parallax'. */
export class Shop {
  private constructor(
    private readonly server: Server,
    readonly address: string,
  ) {}

  static async open(): Promise<Shop> {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://shop').pathname;
      const [kind, body] = file(path);
      response.writeHead(200, { 'content-type': kind }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Shop(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const scripts: Record<string, string> = {
  '/posthog.js': join(modules, 'posthog-js/dist/module.full.no-external.js'),
  '/mixpanel.js': join(modules, 'mixpanel-browser/dist/mixpanel.module.js'),
  '/plausible.js': join(modules, '@plausible-analytics/tracker/plausible.js'),
  '/umami.js': join(folder, 'package/src/tracker/index.js'),
};

function file(path: string): [string, string] {
  const script = scripts[path];
  if (script) return ['text/javascript', readFileSync(script, 'utf8')];
  if (path === '/favicon.ico') return ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"/>'];
  const tracker = path.slice(1);
  return ['text/html', `<!doctype html><html lang="en"><title>Pricing</title><h1>Pricing</h1>${pages[tracker] ?? ''}</html>`];
}

/** What the page of each tracker holds; address, key and word stand in the page's own address. */
const asked = 'const [address, key, word] = ["address", "key", "word"].map((name) => new URLSearchParams(location.search).get(name));';
const pages: Record<string, string> = {
  posthog: `<script type="module">
    import posthog from '/posthog.js';
    ${asked}
    posthog.init(key, { api_host: address, opt_out_useragent_filter: true, capture_performance: { web_vitals: true }, capture_exceptions: true });
    posthog.capture('posthog web ' + word, { amount: 149.99, currency: 'USD' });
    posthog.identify('carla', { plan: 'pro' });
    setTimeout(() => { throw new TypeError('broken basket ' + word); }, 200);
  </script>`,
  mixpanel: `<script type="module">
    import mixpanel from '/mixpanel.js';
    ${asked}
    mixpanel.init(key, { api_host: address, track_pageview: true, batch_flush_interval_ms: 300 });
    mixpanel.track('mixpanel web ' + word, { amount: 149.99 });
    mixpanel.identify('carla');
    mixpanel.people.set({ plan: 'pro' });
  </script>`,
  plausible: `<script type="module">
    import { init, track } from '/plausible.js';
    ${asked}
    window.__plausible = true;
    init({ domain: key, endpoint: address + '/api/event', captureOnLocalhost: true });
    track('plausible web ' + word, { props: { plan: 'pro' }, revenue: { amount: 149.99, currency: 'USD' } });
  </script>`,
  umami: `<script>
    ${asked}
    const script = document.createElement('script');
    script.src = '/umami.js';
    script.dataset.websiteId = key;
    script.dataset.hostUrl = address;
    script.onload = () => umami.track('umami web ' + word, { revenue: 149.99, currency: 'USD' });
    document.head.append(script);
  </script>`,
};

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
