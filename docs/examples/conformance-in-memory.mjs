import { CASES, hawserEngine, runInMemory, select } from 'hawser/conformance';
import { portablePlatform } from 'hawser/core';

const platform = portablePlatform({ random: (target) => void crypto.getRandomValues(target) });
const engine = hawserEngine({ platform }); // in its place yours: whatever echoes and has the methods of Engine

let failed = 0;
for (const testCase of select(CASES, { sections: ['5.5'] })) {
  for (const role of testCase.roles) {
    const { verdict, why } = runInMemory(engine, testCase, role, { platform });
    if (verdict === 'fail') console.log(`${++failed}. ${testCase.id}, as a ${role}: ${why}`);
  }
}
console.log(`${failed} failed`);
