import { afterAll, beforeAll, describe } from 'vitest';
import { type Embedded, startEmbedded } from '../support/embedded.ts';
import { controlPlaneFaults } from './upgrade-faults/control-plane.ts';
import { firstGroupFaults } from './upgrade-faults/first-group.ts';
import { gatewayFaults } from './upgrade-faults/gateways.ts';
import { preflightFaults } from './upgrade-faults/preflight.ts';
import { routingFaults } from './upgrade-faults/routing.ts';
import { secondGroupFaults } from './upgrade-faults/second-group.ts';
import { beginWalk, type Walk } from './upgrade-faults/walk.ts';

/** One upgrade of one cluster: each part stops it at its step with every fault, cures them, and leaves the step done. */
describe('an upgrade with faults in its way', () => {
  let embedded: Embedded;
  let walk: Walk;

  beforeAll(async () => {
    embedded = await startEmbedded(['dev'], 2);
    walk = await beginWalk(embedded);
  });

  afterAll(() => embedded?.stop());

  preflightFaults(() => walk);
  controlPlaneFaults(() => walk);
  gatewayFaults(() => walk);
  firstGroupFaults(() => walk);
  secondGroupFaults(() => walk);
  routingFaults(() => walk);
});
