import { success, ZERO_MSAT, type Msat } from '../../protocol/index.ts';
import type { PaymentRecord } from '../wallet.ts';
import { cappedSum } from './budget.ts';
import {
  MAX_CONNECTIONS,
  type ConnectionPayment,
  type ConnectionPayments,
  type NwcConnections,
  type NwcGrant,
} from './contract.ts';
import {
  countedMsat,
  countedSince,
  isInForce,
  judgeReservation,
  nameTaken,
  REMEMBER_REQUESTS_SECONDS,
  reservedRecord,
  tooManyConnections,
  unknownConnection,
} from './rules.ts';

/** Connections and their books that end with the process. Starts with the given ones. */
export function memoryNwcConnections(initial: readonly NwcGrant[] = []): NwcConnections {
  const grants = new Map(initial.map((grant) => [grant.clientPubkey, grant]));
  const listeners = new Set<() => void>();
  const requests = new Map<string, number>();
  const payments = memoryPayments((clientPubkey) => grants.get(clientPubkey) ?? null);
  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  return {
    async add(grant) {
      const all = [...grants.values()];
      if (all.some((known) => known.name === grant.name && isInForce(known, grant.createdAt)))
        return nameTaken(grant.name);
      if (all.length >= MAX_CONNECTIONS) {
        const over = all.find((known) => !isInForce(known, grant.createdAt));
        if (over === undefined) return tooManyConnections();
        grants.delete(over.clientPubkey);
      }
      grants.set(grant.clientPubkey, grant);
      tell();
      return success(undefined);
    },
    async revoke(name, now) {
      const grant = [...grants.values()].findLast(
        (known) => known.revokedAt === undefined && known.name === name,
      );
      if (grant === undefined) return unknownConnection(name);
      const revoked = { ...grant, revokedAt: now };
      grants.set(grant.clientPubkey, revoked);
      tell();
      return success(revoked);
    },
    get: async (clientPubkey) => grants.get(clientPubkey) ?? null,
    list: async () => [...grants.values()],
    watch(onChange, signal) {
      if (signal.aborted) return;
      listeners.add(onChange);
      signal.addEventListener('abort', () => listeners.delete(onChange), { once: true });
    },
    async isNewRequest(requestId, now) {
      if (requests.has(requestId)) return false;
      for (const [known, seenAt] of requests) {
        if (seenAt >= now - REMEMBER_REQUESTS_SECONDS) break; // in the order in which they came
        requests.delete(known);
      }
      requests.set(requestId, now);
      return true;
    },
    payments,
  };
}

function memoryPayments(grantOf: (clientPubkey: string) => NwcGrant | null): ConnectionPayments {
  const payments = new Map<string, ConnectionPayment>();
  const spentSince = (clientPubkey: string, since: number): Msat =>
    cappedSum(
      ...[...payments.values()]
        .filter((payment) => payment.clientPubkey === clientPubkey && payment.record.direction === 'outgoing')
        .filter(({ record }) => record.state !== 'settled' || (record.settledAt ?? since) >= since)
        .map(countedMsat),
    );

  return {
    async reserve(payment, now) {
      const { clientPubkey, paymentHash, feeLimitMsat } = payment;
      const key = keyOf('outgoing', paymentHash);
      const grant = grantOf(clientPubkey);
      const spentMsat = spentSince(clientPubkey, countedSince(grant, now));
      const known = payments.get(key) ?? null;
      const verdict = judgeReservation(payment, { grant, known, spentMsat }, now);
      if (!verdict.ok) return verdict;
      if (verdict.value === 'reserve')
        payments.set(key, { clientPubkey, record: reservedRecord(payment, now), feeLimitMsat });
      return success(undefined);
    },
    async addInvoice(clientPubkey, record) {
      const key = keyOf('incoming', record.paymentHash);
      const known = payments.get(key);
      if (known !== undefined && known.clientPubkey !== clientPubkey) return false;
      payments.set(key, { clientPubkey, record, feeLimitMsat: ZERO_MSAT });
      return true;
    },
    async update(record) {
      const key = keyOf(record.direction, record.paymentHash);
      const known = payments.get(key);
      if (known === undefined || known.record.state === 'settled') return;
      if (record.direction === 'outgoing' && record.state === 'pending') return;
      const { bolt11, amountMsat, createdAt } = known.record;
      payments.set(key, { ...known, record: { ...record, bolt11, amountMsat, createdAt } });
    },
    find: async (direction, paymentHash) => payments.get(keyOf(direction, paymentHash)) ?? null,
    list: async ({ clientPubkey, from = 0, until = Number.POSITIVE_INFINITY, direction, limit }) =>
      [...payments.values()]
        .filter((payment) => payment.clientPubkey === clientPubkey)
        .filter(({ record }) => record.createdAt >= from && record.createdAt <= until)
        .filter(({ record }) => direction === undefined || record.direction === direction)
        .toReversed()
        .toSorted((one, other) => other.record.createdAt - one.record.createdAt)
        .slice(0, limit),
    open: async (limit) =>
      [...payments.values()]
        .filter(({ record }) => record.direction === 'outgoing' && record.state === 'pending')
        .slice(0, limit),
    spentSince: async (clientPubkey, since) => spentSince(clientPubkey, since),
  };
}

function keyOf(direction: PaymentRecord['direction'], paymentHash: string): string {
  return `${direction}:${paymentHash}`;
}
