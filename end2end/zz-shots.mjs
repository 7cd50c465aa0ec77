import { chromium } from '@playwright/test';
const [,, address, sid, out, ...rest] = process.argv;
const paths = rest;
const flags = ['--no-sandbox','--disable-gpu','--disable-quic','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync'];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
for (const [w, scheme] of [[1440,'light'],[1440,'dark'],[390,'light'],[390,'dark']]) {
  if (process.env.ONLY && process.env.ONLY !== `${w}-${scheme}`) continue;
  const context = await browser.newContext({ viewport: { width: w, height: 900 }, colorScheme: scheme });
  await context.addCookies([{ name: 'sid', value: sid, url: address }]);
  const page = await context.newPage();
  for (const path of paths) {
    await page.goto(address + path, { waitUntil: 'load' });
    await page.waitForTimeout(1200);
    if (process.env.CLICK) await page.locator(process.env.CLICK).first().click().catch((e) => console.log(String(e).slice(0,200)));
    await page.waitForTimeout(300);
    const name = path.replace(/[^a-z0-9]+/gi, '_').slice(0, 60);
    await page.screenshot({ path: `${out}/${name}-${w}-${scheme}.png`, fullPage: !process.env.VIEW });
  }
  await context.close();
}
await browser.close();
