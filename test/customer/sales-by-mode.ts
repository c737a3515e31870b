import type { NostrEvent } from '../../src/protocol/index.ts';
import type { ScriptedInvoice, ScriptedProvider } from './scripted-provider.ts';

/** What every sale costs. */
export const PRICE_SATS = 7;

/** Sells one job whose result is `done`; resolves to the invoice that was paid for it. */
type Sell = (seller: ScriptedProvider, request: NostrEvent) => Promise<ScriptedInvoice>;

/** A mode in which something is paid. */
export type SoldMode = 'hold' | 'prepay' | 'sample' | 'postpay' | 'reveal';

/** How a provider sells one job in each mode, from the request to the end of its part. */
export const SALES: Readonly<Record<SoldMode, Sell>> = {
  async hold(seller, request) {
    const quote = await seller.quote(request, PRICE_SATS);
    await seller.untilHeld(quote);
    await seller.deliver(request, 'done');
    await seller.settle(quote);
    return quote;
  },
  async prepay(seller, request) {
    const ask = await seller.ask(request, PRICE_SATS);
    await seller.untilPaid(ask);
    await seller.deliver(request, 'done');
    return ask;
  },
  async sample(seller, request) {
    await seller.promise(request, PRICE_SATS, 'sample');
    const ask = await seller.ask(request, PRICE_SATS, { exchange: 'sample', content: 'do' });
    await seller.untilPaid(ask);
    await seller.deliver(request, 'done');
    return ask;
  },
  async postpay(seller, request) {
    await seller.promise(request, PRICE_SATS, 'postpay');
    const priced = await seller.deliverPriced(request, PRICE_SATS, 'done');
    await seller.untilPaid(priced);
    return priced;
  },
  async reveal(seller, request) {
    await seller.promise(request, PRICE_SATS, 'reveal');
    const locked = await seller.deliverLocked(request, PRICE_SATS, 'done');
    await seller.untilHeld(locked);
    await seller.settle(locked);
    return locked;
  },
};
