// The version of this package, as reports say it. A spec holds it to package.json, which no module of a library can read everywhere.

export const VERSION = '0.1.0';
