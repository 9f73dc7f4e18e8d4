/** The program that `startAttack` runs. It opens the connections that it is told to, and ends when it is killed. */
import { openMany } from './clients.ts';
import type { Attack } from './attack.ts';

process.once('message', (attack: Attack) => {
  void openMany(attack).then(() => process.send?.('open'));
});
