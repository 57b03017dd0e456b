// The few words the benches are started with. An unknown one ends the program: a misspelt --quick would take minutes.

/**
 * @template {string} Part
 * @param {string} usage
 * @param {readonly Part[]} parts what `--only=a,b` may name
 * @param {readonly string[]} flags further words, without a value
 * @returns {{ quick: boolean, runs: (part: Part) => boolean, has: (flag: string) => boolean }}
 */
export function options(usage, parts = [], flags = []) {
  const given = process.argv.slice(2);
  const only = given.find((word) => word.startsWith('--only='))?.slice('--only='.length).split(',');
  const wrong = given.find((word) => word !== '--quick' && !word.startsWith('--only=') && !flags.includes(word))
    ?? only?.find((part) => !parts.includes(/** @type {Part} */ (part)));
  if (wrong !== undefined) {
    console.error(`${wrong} is not known\n${usage}`);
    process.exit(2);
  }
  return {
    quick: given.includes('--quick'),
    runs: (part) => only === undefined || only.includes(part),
    has: (flag) => given.includes(flag),
  };
}
