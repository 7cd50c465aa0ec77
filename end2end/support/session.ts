/** What a signed-in browser asks and changes, without the browser: for steps that are not the subject of a test. */
export class Session {
  constructor(
    readonly address: string,
    /** Value of the session's cookie; empty when nobody is signed in. */
    readonly secret: string,
  ) {}

  /** Makes the first account of a new server. */
  static async setUp(address: string, link: string, person: { email: string; name: string; password: string }): Promise<Session> {
    const token = link.split('/').at(-1) ?? '';
    return new Session(address, '').enter('set_up', { token, ...person });
  }

  /** Sends a form that opens a session. */
  async enter(endpoint: string, fields: Record<string, string>): Promise<Session> {
    const { headers } = await this.send(endpoint, fields);
    const secret = headers.getSetCookie().join(';').match(/\bsid=([^;]+)/)?.[1];
    if (!secret) throw new Error(`${endpoint} opened no session`);
    return new Session(this.address, secret);
  }

  /** Sends a form; gives the address that follows it, if the answer names one. */
  async change(endpoint: string, fields: Record<string, string>): Promise<string> {
    const answer = await this.send(endpoint, fields);
    return ((await answer.json()) as { next: string | null }).next ?? '';
  }

  /** The id of a project, from the list of projects. */
  async project(name: string): Promise<number> {
    return this.numberIn('/admin/projects?range=24h', 'project', name);
  }

  /** What a page shows once under a title that contains `about`, such as a new key. */
  async shown(path: string, about: string): Promise<string> {
    const { html } = await this.page(path);
    const code = html.slice(html.indexOf(about)).match(/<pre[^>]*>([\s\S]*?)<\/pre>/)?.[1];
    if (!html.includes(about) || !code) throw new Error(`${path} shows nothing about ${about}`);
    return code.replaceAll('<!>', '');
  }

  /** `origins` are the addresses of the pages that a browser's key is for. */
  async key(project: number, kind: 'ingest' | 'browser' | 'read' | 'write', name: string, origins = ''): Promise<string> {
    await this.change('key/create', { project: String(project), kind, name, role: 'admin', origins });
    return this.shown('/admin/keys', name);
  }

  /** The number of a key, from the list of keys. */
  async numberOfKey(project: number, name: string): Promise<number> {
    return this.numberIn(`/admin/keys?project=${project}`, 'key', name);
  }

  /** The number that the link named `name` has in its address. */
  private async numberIn(path: string, what: string, name: string): Promise<number> {
    const { html } = await this.page(path);
    const number = Number(html.match(new RegExp(`href="[^"]*[?&;]${what}=(\\d+)[^"]*"[^>]*>${name}<`))?.[1]);
    if (!number) throw new Error(`there is no ${what} ${name}`);
    return number;
  }

  /** For a browser context that is signed in as this person. */
  get storageState() {
    const { hostname } = new URL(this.address);
    const cookie = { name: 'sid', value: this.secret, domain: hostname, path: '/', expires: -1, httpOnly: true, secure: false };
    return { cookies: [{ ...cookie, sameSite: 'Lax' as const }], origins: [] };
  }

  /** A page as the program in the browser reads it. */
  private async page(address: string): Promise<{ html: string }> {
    const [path = '', query = ''] = address.split('?');
    const answer = await fetch(`${this.address}/fn/screen?${new URLSearchParams({ path, query })}`, { headers: this.headers });
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as { html: string };
  }

  private async send(endpoint: string, fields: Record<string, string>): Promise<Response> {
    const answer = await fetch(`${this.address}/fn/${endpoint}`, {
      method: 'POST',
      headers: { ...this.headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
    if (!answer.ok) throw new Error(`${endpoint} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }

  private get headers() {
    return { accept: 'application/json', cookie: this.secret ? `sid=${this.secret}` : '' };
  }
}
