import { chromium } from '@playwright/test';

// Prints how many milliseconds of long tasks a load of the gallery takes, and of a page as heavy with nothing to take over.
const [address, session] = process.argv.slice(2);
if (!address || !session) throw new Error('usage: hydration.mjs ADDRESS SESSION');
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });

async function longTasks(path) {
  const context = await browser.newContext();
  await context.addCookies([{ name: 'sid', value: session ?? '', url: address ?? '' }]);
  await context.addInitScript(() => {
    const seen = (globalThis.longTasks = []);
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => seen.push(entry.duration))).observe({ type: 'longtask', buffered: true });
  });
  const page = await context.newPage();
  await page.goto(address + path, { waitUntil: 'networkidle' });
  await page.waitForTimeout(500);
  const times = await page.evaluate(() => globalThis.longTasks);
  await context.close();
  return times.reduce((sum, time) => sum + time, 0);
}

async function middle(path) {
  const times = [];
  for (let round = 0; round < 7; round++) times.push(await longTasks(path));
  return times.sort((a, b) => a - b)[3] ?? 0;
}

await longTasks('/admin/kit');
const inert = await middle('/admin/kit?part=inert');
const whole = await middle('/admin/kit');
await browser.close();
console.log(JSON.stringify({ whole, inert }));
