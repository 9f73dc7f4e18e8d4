/**
 * The bus of one process: two queues in memory. It loses nothing while the process lives, and everything with it; what
 * was in flight is sent again from the store after a restart. Messages pass by reference, and are never changed. A message
 * is handled in the trace in which it was sent.
 *
 * The queues need no bound of their own: the dispatcher's window bounds the requests, and each request has at most one
 * response in flight.
 */
import { context, type Context } from '@opentelemetry/api';
import {
  BusClosed,
  type MessageHandler,
  type OperationBus,
  type RequestMessage,
  type ResponseMessage,
  type Subscription,
} from '../../engine/index.ts';

interface Consumer<Message> {
  readonly handler: MessageHandler<Message>;
  readonly concurrency: number;
  running: number;
  isStopped: boolean;
  onIdle: (() => void) | undefined;
}

/** A message in flight, with its trace. */
interface Delivery<Message> {
  readonly message: Message;
  readonly trace: Context;
}

export interface MemoryBusOptions {
  /** Pause before a message that its handler rejected is delivered again. */
  readonly redeliveryMs: number;
}

export function createMemoryBus(options: MemoryBusOptions = { redeliveryMs: 100 }): OperationBus {
  const requests = createQueue<RequestMessage>(options);
  const responses = createQueue<ResponseMessage>(options);
  return {
    async sendRequests(messages) {
      requests.send(messages);
    },
    async sendResponses(messages) {
      responses.send(messages);
    },
    consumeRequests: (handler, concurrency) => requests.consume(handler, concurrency),
    consumeResponses: (handler, concurrency) => responses.consume(handler, concurrency),
    async checkHealth() {},
    async start() {},
    async stop() {
      requests.close();
      responses.close();
    },
  };
}

function createQueue<Message>(options: MemoryBusOptions) {
  let waiting: Delivery<Message>[] = [];
  let head = 0;
  let isClosed = false;
  const consumers = new Set<Consumer<Message>>();
  const redeliveries = new Set<NodeJS.Timeout>();

  function take(): Delivery<Message> | undefined {
    const delivery = waiting[head];
    if (delivery === undefined) return undefined;
    head += 1;
    // Taking from the front of an array costs its length; so it is cut when half of it is gone.
    if (head > 1024 && head * 2 > waiting.length) {
      waiting = waiting.slice(head);
      head = 0;
    }
    return delivery;
  }

  function deliver(): void {
    for (let isBusy = false; !isBusy;) {
      isBusy = true;
      for (const consumer of consumers) {
        if (consumer.isStopped || consumer.running >= consumer.concurrency) continue;
        const delivery = take();
        if (delivery === undefined) return;
        isBusy = false;
        void handle(consumer, delivery);
      }
    }
  }

  async function handle(consumer: Consumer<Message>, delivery: Delivery<Message>): Promise<void> {
    const { message, trace } = delivery;
    consumer.running += 1;
    try {
      await context.with(trace, () => consumer.handler(message));
    } catch {
      redeliver(delivery);
    } finally {
      consumer.running -= 1;
      if (consumer.running === 0) consumer.onIdle?.();
      deliver();
    }
  }

  function redeliver(delivery: Delivery<Message>): void {
    if (isClosed) return;
    const timer = setTimeout(() => {
      redeliveries.delete(timer);
      if (!isClosed) enqueue([delivery]);
    }, options.redeliveryMs);
    timer.unref();
    redeliveries.add(timer);
  }

  function send(messages: readonly Message[]): void {
    if (isClosed) throw new BusClosed();
    const trace = context.active();
    enqueue(messages.map((message) => ({ message, trace })));
  }

  function enqueue(deliveries: readonly Delivery<Message>[]): void {
    waiting.push(...deliveries);
    deliver();
  }

  return {
    send,
    consume(handler: MessageHandler<Message>, concurrency: number): Subscription {
      const consumer: Consumer<Message> = { handler, concurrency, running: 0, isStopped: false, onIdle: undefined };
      consumers.add(consumer);
      queueMicrotask(deliver);
      return {
        async stop() {
          consumer.isStopped = true;
          consumers.delete(consumer);
          if (consumer.running === 0) return;
          await new Promise<void>((resolve) => {
            const previous = consumer.onIdle;
            consumer.onIdle = () => {
              previous?.();
              resolve();
            };
          });
        },
      };
    },
    close() {
      isClosed = true;
      for (const timer of redeliveries) clearTimeout(timer);
      redeliveries.clear();
      waiting = [];
      head = 0;
    },
  };
}
