import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from './server.ts';

/** One server for all tests. Gives what ends it again. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const given = process.env.PARALLAX_FOLDER;
  const folder = given ?? mkdtempSync(join(tmpdir(), 'parallax-end2end-'));
  const server = await Server.start(folder);
  process.env.PARALLAX_ADDRESS = server.address;
  if (server.setUpLink) process.env.PARALLAX_SET_UP_LINK = server.setUpLink;
  return async () => {
    await server.stop();
    if (!given) rmSync(folder, { recursive: true, force: true });
  };
}
