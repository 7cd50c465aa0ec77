/** A page as far as the script's core needs one: set up before it is loaded. */

interface Sent {
  path: string;
  body: any;
}

export const kept = new Map<string, string>();
export const sent: Sent[] = [];
/** What the server answers next; undefined: it is away. */
export const server: { status?: number; retryAfter?: string } = { status: 204 };

const storage = {
  blocked: false,
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => void kept.set(name, value),
  removeItem: (name: string) => void kept.delete(name),
};

export const block = () => (storage.blocked = true);

const define = (name: string, value: PropertyDescriptor) => Object.defineProperty(globalThis, name, { configurable: true, ...value });

export const dataset: Record<string, string> = { key: 'plx_browser_0123456789abcdef0123456789abcdef' };

define('document', { value: { currentScript: { dataset, src: 'https://telemetry.example/js/parallax.js' } } });
define('navigator', { value: { language: 'de-DE', onLine: true } });
define('screen', { value: { width: 1440, height: 900 } });
define('matchMedia', { value: () => ({ matches: false }) });
define('localStorage', {
  get() {
    if (storage.blocked) throw new Error('SecurityError');
    return storage;
  },
});
define('fetch', {
  value: async (url: string, { body }: { body: string }) => {
    sent.push({ path: new URL(url).pathname, body: JSON.parse(body) });
    if (!server.status) throw new TypeError('Failed to fetch');
    return { status: server.status, ok: server.status < 300, headers: { get: () => server.retryAfter ?? null } };
  },
});
