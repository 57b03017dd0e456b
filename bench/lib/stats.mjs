// What a few dozen noisy readings come to: medians, with the quartiles as their spread. A ratio is taken within each pair of readings
// that stood next to each other in time, and only then is its median taken: what slows a machine down for a second slows both.

/** @typedef {{ readonly median: number, readonly low: number, readonly high: number, readonly count: number }} Summary */

/** Room for readings. @returns {number[]} */
export function readings() {
  return [];
}

/** The value below which `share` of the sorted readings lie, between two of them by proportion. @param {readonly number[]} sorted @param {number} share */
function quantile(sorted, share) {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const above = Math.ceil(at);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** Median and quartiles. @param {readonly number[]} readings @returns {Summary} */
export function summary(readings) {
  const sorted = [...readings].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75), count: sorted.length };
}

/** `rival` over `ours`, reading by reading: above 1 ours is the smaller. @param {readonly number[]} ours @param {readonly number[]} rival @returns {Summary} */
export function ratios(ours, rival) {
  if (ours.length !== rival.length) throw new RangeError(`${ours.length} readings cannot be paired with ${rival.length}`);
  return summary(ours.map((value, i) => rival[i] / value));
}

/** Three significant digits. @param {number} value */
export function figure(value) {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

/** `12.3 (11.9–13.0)`: the median and its quartiles. @param {Summary} of */
export function spread({ median, low, high }) {
  return `${figure(median)} (${figure(low)}–${figure(high)})`;
}

/** The contestants' order in a round: who goes first changes from round to round. @template T @param {readonly T[]} list @param {number} round @returns {T[]} */
export function turns(list, round) {
  const at = round % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
