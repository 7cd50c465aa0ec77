import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, createWriteStream, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const target = join(dirname(fileURLToPath(import.meta.url)), '../../target');
const patience = 60_000;

/** A new folder that the account of Postgres can enter. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parallax-end2end-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** A running Parallax on a data folder of its own. */
export class Server {
  private constructor(
    private readonly child: ChildProcess,
    private readonly ended: Promise<string>,
    /** Such as `http://127.0.0.1:40001`. */
    readonly address: string,
    private readonly said: string[],
    /** Starting on it again goes on with its data. */
    readonly folder: string,
  ) {}

  /** Starts the release build on any free port and waits until it can store. */
  static async start(folder: string): Promise<Server> {
    const program = process.env.PARALLAX_PROGRAM ?? join(target, 'release/parallax');
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PARALLAX_'));
    const child = spawn(
      program,
      ['serve', '--data-dir', join(folder, 'data'), '--listen', '127.0.0.1:0', '--otlp-grpc', 'off'],
      { env: Object.fromEntries(own), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    mkdirSync(join(target, 'end2end-log'), { recursive: true });
    const log = createWriteStream(join(target, 'end2end-log', `${basename(folder)}.log`), { flags: 'a' });
    child.stderr.pipe(log);
    child.stdout.pipe(log);
    const said: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
    const lines = createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
    const ended = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    const first = new Promise<string>((resolve) => lines.once('line', resolve));
    const died = ended.then((how) => {
      throw new Error(`the server ended (${how}) before it was ready:\n${said.join('\n')}`);
    });
    const address = (await within(Promise.race([first, died]), 'the address of the server')).trim();
    if (!/^https?:\/\/\S+$/.test(address)) throw new Error(`the server's first line is no address: ${address}`);
    const server = new Server(child, ended, address, said, folder);
    await within(Promise.race([server.ready(), died]), 'readiness of the server');
    died.catch(() => {});
    return server;
  }

  /** The one-time link that makes the first account, if the server printed one. */
  get setUpLink(): string | undefined {
    return this.said.join('\n').match(/https?:\/\/\S+\/set-up\/[\w-]+/)?.[0];
  }

  /** The link of a new server, which prints it a moment after its address. */
  async invitation(): Promise<string> {
    const end = Date.now() + patience;
    while (!this.setUpLink && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
    if (!this.setUpLink) throw new Error('a new server printed no set-up link');
    return this.setUpLink;
  }

  /** Ends it as an operator would; a server that does not end in order fails the run. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    try {
      const how = await within(this.ended, 'the end of the server');
      if (how !== 'exit code 0') throw new Error(`the server ended with ${how}:\n${this.said.slice(-20).join('\n')}`);
    } finally {
      this.child.kill('SIGKILL');
    }
  }

  private async ready(): Promise<void> {
    for (;;) {
      const answer = await fetch(`${this.address}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${patience / 1000} s for ${what}`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
