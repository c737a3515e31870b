/**
 * Says yes `limit` times in each minute of the clock (`now` is unix seconds). Strangers make a server ask its wallet
 * for invoices: this is how many they get.
 */
export function invoicesPerMinute(limit: number, now: () => number): () => boolean {
  let minute = 0;
  let count = 0;
  return () => {
    const current = Math.floor(now() / 60);
    count = current === minute ? count + 1 : 1;
    minute = current;
    return count <= limit;
  };
}
