import { expect } from '@playwright/test';
import type { Session } from './session.ts';

const hour = 60 * 60_000;

/** Asks a project's questions over the programming interface. */
export class Reader {
  private constructor(
    private readonly address: string,
    readonly headers: Record<string, string>,
  ) {}

  static async of(admin: Session, project: number): Promise<Reader> {
    return new Reader(admin.address, { authorization: `Bearer ${await admin.key(project, 'read', `reader of ${project}`)}` });
  }

  /** The same key at another address. */
  at(address: string): Reader {
    return new Reader(address, this.headers);
  }

  /** The result for the last days and the minute to come. */
  async ask(question: string, own: object, days = 1): Promise<any> {
    const period = { from: new Date(Date.now() - days * 24 * hour), to: new Date(Date.now() + hour) };
    const answer = await fetch(`${this.address}/api/v1/query/${question}`, {
      method: 'POST',
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ ...period, ...own }),
    });
    if (!answer.ok) throw new Error(`${question} answered ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { result: unknown }).result;
  }

  /** Waits until the answer names `words`: what is derived from telemetry follows a moment after it is stored. */
  async sees(question: string, words: string): Promise<void> {
    await expect.poll(async () => JSON.stringify(await this.ask(question, {})), { timeout: 20_000 }).toContain(words);
  }
}
