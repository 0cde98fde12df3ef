/** Resource quantities as numbers, precise enough to compare requests with what a node has. */
const units: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

export function amount(quantity: string | number | undefined): number {
  if (quantity === undefined) return 0
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([numkMGTPE]i?)?$/.exec(String(quantity))
  return match === null ? 0 : Number(match[1]) * (match[2] === undefined ? 1 : (units[match[2]] ?? 1))
}
