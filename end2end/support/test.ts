import { test as base, expect, type Page, type Response } from '@playwright/test';
import { rmSync } from 'node:fs';
import { accessibilityProblems } from './accessibility.ts';
import { emptyFolder, Server } from './server.ts';
import { Session } from './session.ts';
import { fresh, makePerson, makeProject, world, type Person, type Project } from './world.ts';

/** What the browser complained about during a test; any complaint that was not allowed fails it. */
export class Complaints {
  private readonly heard: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Says that this one is meant to happen. */
  allow(pattern: RegExp): void {
    this.allowed.push(pattern);
  }

  hear(text: string): void {
    this.heard.push(text);
  }

  get all(): string[] {
    return this.heard.filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
  }
}

interface Fixtures {
  /** Who set the shared server up. Tests are signed in as this person unless they say otherwise. */
  admin: Session;
  /** Somebody of the test's own, signed in on the shared server. */
  somebody: (...roles: string[]) => Promise<Person>;
  /** A project of the test's own on the shared server. */
  project: Project;
  /** A server of the test's own, on an empty data folder, with nobody signed in. */
  server: Server;
  complaints: Complaints;
  /** Opens a page and, where scripts run, waits until it is hydrated. */
  open: (path: string) => Promise<Response>;
  /** Fails if axe finds anything on the page that is open. */
  expectAccessible: () => Promise<void>;
}

export const test = base.extend<Fixtures>({
  baseURL: async ({}, use) => {
    await use(world().address);
  },

  storageState: async ({ admin }, use) => {
    await use(admin.storageState);
  },

  admin: async ({}, use) => {
    const { address, admin } = world();
    await use(new Session(address, admin));
  },

  somebody: async ({ admin }, use) => {
    await use((...roles) => makePerson(admin, ...roles));
  },

  project: async ({ admin }, use) => {
    await use(await makeProject(admin, fresh('Project')));
  },

  server: async ({}, use) => {
    const folder = emptyFolder();
    try {
      const server = await Server.start(folder);
      await use(server).finally(() => server.stop());
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },

  complaints: [
    async ({ context, javaScriptEnabled }, use) => {
      const complaints = new Complaints();
      if (!javaScriptEnabled) complaints.allow(/was preloaded using link preload but not used/);
      context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) {
          complaints.hear(`${message.type()}: ${message.text()} (${message.location().url})`);
        }
      });
      context.on('weberror', (problem) => complaints.hear(`uncaught: ${problem.error().stack ?? problem.error().message}`));
      await use(complaints);
      expect(complaints.all, 'the browser complained').toEqual([]);
    },
    { auto: true },
  ],

  context: async ({ context, javaScriptEnabled }, use) => {
    if (javaScriptEnabled) await context.addInitScript(noteHydration);
    await use(context);
  },

  open: async ({ page, javaScriptEnabled }, use) => {
    await use(async (path) => {
      const response = await page.goto(path);
      if (!response) throw new Error(`${path} gave no answer`);
      if (javaScriptEnabled) await hydrated(page);
      return response;
    });
  },

  expectAccessible: async ({ page, browser, javaScriptEnabled }, use) => {
    await use(async () => {
      if (javaScriptEnabled) {
        expect(await accessibilityProblems(page), 'axe').toEqual([]);
        return;
      }
      // axe is a script itself: it looks at the same document elsewhere, where the page's own scripts do not arrive.
      const storageState = await page.context().storageState();
      const context = await browser.newContext({ javaScriptEnabled: true, reducedMotion: 'reduce', storageState });
      await context.route('**/*.js', (route) => route.abort());
      const same = await context.newPage();
      await same.goto(page.url());
      const problems = await accessibilityProblems(same);
      await context.close();
      expect(problems, 'axe').toEqual([]);
    });
  },
});

/** A browser that knows nobody. */
export const nobody = { storageState: { cookies: [], origins: [] } };

/** Waits until the page is alive: the program in it has taken over and listens. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
}

/** Runs before the page's own program, which listens for keys as the last step of taking over. */
function noteHydration(): void {
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (...listener: Parameters<typeof add>) {
    const whole = this === document || this === window || (this as unknown) === undefined;
    if (listener[0] === 'keydown' && whole) setTimeout(() => document.documentElement.setAttribute('data-hydrated', ''));
    return add.apply(this ?? window, listener);
  };
}

export { expect };
