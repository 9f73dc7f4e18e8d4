import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestRoutes } from '../../../src/bus/kafka/request-routes.ts';
import { range, request } from './messages.ts';

describe('request routes', () => {
  const map = {
    requestLeaders: range(0, 59).map((partition) => partition % 3),
    responseLeaders: range(0, 59).map((partition) => (partition + 1) % 3),
    replyPartitions: range(20, 39),
  };

  it('take turns over the partitions that the instance reads', () => {
    const routes = new RequestRoutes();
    const replies = range(1, 20).map((line) => {
      routes.advance();
      return routes.plan(request(line), map).replyPartition;
    });
    assert.deepEqual(new Set(replies), new Set(map.replyPartitions));
    assert.ok(range(1, 20).every((line) => routes.plan(request(line), map).partition === undefined));
  });

  it('are the same for requests that are sent together', () => {
    const routes = new RequestRoutes();
    routes.advance();
    const replies = range(1, 20).map((line) => routes.plan(request(line), map).replyPartition);
    assert.equal(new Set(replies).size, 1);
  });

  it('have no reply partition while the instance reads none', () => {
    const plan = new RequestRoutes().plan(request(1), { ...map, replyPartitions: [] });
    assert.equal(plan.replyPartition, undefined);
  });

  it('lead a message that is sent again past other brokers', () => {
    const routes = new RequestRoutes();
    for (const placed of range(0, 59)) {
      const first = routes.plan(request(1), map);
      first.onPlaced(placed);
      const again = routes.plan({ ...request(1), attempt: 2 }, map);
      assert.ok(again.partition !== undefined && again.replyPartition !== undefined);
      assert.notEqual(map.requestLeaders[again.partition], map.requestLeaders[placed]);
      const before = first.replyPartition ?? 0;
      assert.notEqual(map.responseLeaders[again.replyPartition], map.responseLeaders[before]);
    }
  });

  it('lead it to another partition when there is one broker, and anywhere when there is one partition', () => {
    const routes = new RequestRoutes();
    const oneBroker = { requestLeaders: [1, 1, 1], responseLeaders: [1, 1, 1], replyPartitions: [0, 1] };
    routes.plan(request(1), oneBroker).onPlaced(2);
    assert.notEqual(routes.plan({ ...request(1), attempt: 2 }, oneBroker).partition, 2);
    const single = { requestLeaders: [1], responseLeaders: [1], replyPartitions: [0] };
    routes.plan(request(2), single).onPlaced(0);
    const again = routes.plan({ ...request(2), attempt: 2 }, single);
    assert.deepEqual([again.partition, again.replyPartition], [0, 0]);
  });
});
