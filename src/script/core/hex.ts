/** Random hexadecimal digits, also where the page is not encrypted and `randomUUID` is missing. */
export const hex = (bytes: number) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => (byte + 256).toString(16).slice(1)).join('');
