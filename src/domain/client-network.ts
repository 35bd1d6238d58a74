/** Groups of an IPv6 address that name a network: who has one address there has all of them (RFC 6177 §2). */
const NETWORK_GROUPS = 4;
const ALL_GROUPS = 8;

/** What counts as one client: an IPv4 address, or the /64 network of an IPv6 address. Any other text stays as it is. */
export function clientNetwork(address: string): string {
  const text = address.toLowerCase();
  if (!/^[0-9a-f:]+$/.test(text) || !text.includes(':')) return text;
  const [head = '', tail = ''] = text.split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  const zeros = text.includes('::') ? Math.max(0, ALL_GROUPS - before.length - after.length) : 0;
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

function groupsOf(part: string): readonly string[] {
  return part === '' ? [] : part.split(':').map((group) => group.replace(/^0+(?=.)/, ''));
}
