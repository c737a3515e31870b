/**
 * Which IP addresses a stranger's URL may lead to: only public unicast ones. Everything that a server
 * could reach but the public could not (RFC 6890 special-purpose ranges, cloud metadata) is refused,
 * and so is whatever does not parse: the check fails closed.
 */

/** IPv4 ranges that are not public unicast: first address and prefix length. */
const REFUSED_V4: readonly (readonly [address: string, prefix: number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT, also cloud metadata (100.100.100.200)
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // Azure's platform address, public by number only
  ['169.254.0.0', 16], // link-local, cloud metadata (169.254.169.254)
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // IETF protocol assignments, cloud metadata (192.0.0.192)
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 3], // multicast, reserved and broadcast
];

/**
 * IPv6 ranges inside global unicast (2000::/3) that still are not the public internet. All that lies
 * outside 2000::/3 is refused already: loopback, link-local, ULA, multicast, v4-mapped, NAT64 (64:ff9b::/96).
 */
const REFUSED_V6: readonly (readonly [groups: readonly number[], prefix: number])[] = [
  [[0x2001, 0x0000], 23], // IETF assignments: Teredo, ORCHID and others, which tunnel or embed addresses
  [[0x2001, 0x0db8], 32], // documentation
  [[0x2002], 16], // 6to4, embeds any IPv4 address
  [[0x3fff], 20], // documentation
];

/** Whether an IP address in text form is public unicast. Anything that is not an IP address is not. */
export function isPublicAddress(address: string): boolean {
  const v4 = parseIpv4(address);
  if (v4 !== null) return !REFUSED_V4.some(([first, prefix]) => sameV4Prefix(v4, parseIpv4(first), prefix));
  const v6 = parseIpv6(address);
  if (v6 === null) return false;
  return (
    sameV6Prefix(v6, [0x2000], 3) && !REFUSED_V6.some(([groups, prefix]) => sameV6Prefix(v6, groups, prefix))
  );
}

/**
 * The IP address that a URL's `hostname` is, without brackets; `null` when it is a name. The URL parser has
 * already turned decimal, octal, hexadecimal and short forms into dotted quads.
 */
export function addressLiteral(hostname: string): string | null {
  if (hostname.startsWith('[') && hostname.endsWith(']')) return hostname.slice(1, -1);
  return parseIpv4(hostname) === null ? null : hostname;
}

/** Dotted quad → 32-bit number; `null` for anything else, leading zeros included. */
function parseIpv4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return null;
  const octets = match.slice(1);
  if (octets.some((octet) => Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0')))) return null;
  return octets.reduce((value, octet) => value * 256 + Number(octet), 0);
}

/** IPv6 text → eight 16-bit groups; `null` for anything else, zone ids included. */
function parseIpv6(text: string): readonly number[] | null {
  const halves = dottedTailToGroups(text).split('::');
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const written = head.length + tail.length;
  if (halves.length === 2 ? written > 7 : written !== 8) return null;
  const groups = [...head, ...Array.from({ length: 8 - written }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.map((group) => Number.parseInt(group, 16));
}

/** `::ffff:127.0.0.1` → `::ffff:7f00:1`: the dotted tail that resolvers print becomes two groups. */
function dottedTailToGroups(text: string): string {
  const cut = text.lastIndexOf(':') + 1;
  const v4 = cut === 0 ? null : parseIpv4(text.slice(cut));
  if (v4 === null) return text;
  return `${text.slice(0, cut)}${Math.floor(v4 / 65536).toString(16)}:${(v4 % 65536).toString(16)}`;
}

function sameV4Prefix(a: number, b: number | null, prefix: number): boolean {
  const size = 2 ** (32 - prefix);
  return b !== null && Math.floor(a / size) === Math.floor(b / size);
}

function sameV6Prefix(address: readonly number[], groups: readonly number[], prefix: number): boolean {
  return address.every((group, index) => {
    const bits = Math.min(Math.max(prefix - index * 16, 0), 16);
    return group >> (16 - bits) === (groups[index] ?? 0) >> (16 - bits);
  });
}
