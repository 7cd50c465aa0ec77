// Writes the brotli and gzip form beside each text and wasm file of a folder, where it is smaller.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const folder = process.argv[2];
const forms = {
  br: (bytes) => brotliCompressSync(bytes, { params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  } }),
  gz: (bytes) => gzipSync(bytes, { level: 9 }),
};

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|mjs|css|wasm|svg|html|json|txt|webmanifest)$/.test(entry.name) || entry.name === 'manifest.json') continue;
  const file = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(file);
  for (const [ending, compress] of Object.entries(forms)) {
    const smaller = compress(bytes);
    if (smaller.length < bytes.length) writeFileSync(`${file}.${ending}`, smaller);
  }
}
