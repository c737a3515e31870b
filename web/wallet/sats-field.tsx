import { TextInput } from '@mantine/core';
import { satsToMsat, type Msat } from '../../src/protocol/index.ts';
import { useSats } from '../app/index.ts';
import { useEcashText } from './ecash.strings.en.ts';

/** What was written as an amount of sats; `null` where it is none, or more than the most. */
export function writtenMsat(written: string, mostMsat: Msat | null): Msat | null {
  if (!/^[1-9]\d{0,11}$/.test(written.trim())) return null;
  const amountMsat = satsToMsat(Number(written.trim()));
  return mostMsat !== null && amountMsat > mostMsat ? null : amountMsat;
}

/** A field for an amount of sats, which says what is wrong with it. */
export function SatsField({
  written,
  mostMsat,
  onWrite,
}: {
  readonly written: string;
  readonly mostMsat: Msat | null;
  readonly onWrite: (written: string) => void;
}) {
  const text = useEcashText();
  const sats = useSats();
  const isTooMuch = mostMsat !== null && writtenMsat(written, null) !== null;
  const isBad = written.trim() !== '' && writtenMsat(written, mostMsat) === null;
  const why =
    isTooMuch && mostMsat !== null ? text('amount-too-much', { amount: sats(mostMsat) }) : text('amount-bad');
  return (
    <TextInput
      label={text('amount')}
      inputMode="numeric"
      autoComplete="off"
      value={written}
      error={isBad ? why : null}
      onChange={(event) => onWrite(event.currentTarget.value)}
    />
  );
}
