/** As much of the protobuf wire format as OTLP over HTTP needs: fields by number, without a schema. */

type Field = bigint | Uint8Array;

export class Message {
  readonly #fields = new Map<number, Field[]>();

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;

    function readVarint(): bigint {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = view.getUint8(at);
        at += 1;
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    }

    function readField(wireType: number): Field {
      switch (wireType) {
        case 0:
          return readVarint();
        case 1:
          at += 8;
          return view.getBigUint64(at - 8, true);
        case 2: {
          const length = Number(readVarint());
          at += length;
          return bytes.subarray(at - length, at);
        }
        case 5:
          at += 4;
          return BigInt(view.getUint32(at - 4, true));
        default:
          throw new Error(`there is no wire type ${wireType}`);
      }
    }

    while (at < bytes.length) {
      const tag = Number(readVarint());
      const number = tag >>> 3;
      const field = readField(tag & 7);
      this.#fields.set(number, [...(this.#fields.get(number) ?? []), field]);
    }
  }

  has(number: number): boolean {
    return this.#fields.has(number);
  }

  messages(number: number): Message[] {
    return this.#bytes(number).map((bytes) => new Message(bytes));
  }

  message(number: number): Message {
    return this.messages(number)[0] ?? new Message(new Uint8Array());
  }

  text(number: number): string {
    return new TextDecoder().decode(this.#bytes(number)[0]);
  }

  hex(number: number): string {
    return Buffer.from(this.#bytes(number)[0] ?? []).toString('hex');
  }

  /** A varint or a fixed number without a sign. */
  whole(number: number): number {
    const field = this.#fields.get(number)?.[0];
    return typeof field === 'bigint' ? Number(field) : 0;
  }

  /** A fixed number with a sign. */
  signed(number: number): number {
    const field = this.#fields.get(number)?.[0];
    return typeof field === 'bigint' ? Number(BigInt.asIntN(64, field)) : 0;
  }

  double(number: number): number {
    const field = this.#fields.get(number)?.[0];
    if (typeof field !== 'bigint') return 0;
    return new Float64Array(BigUint64Array.of(field).buffer)[0] ?? Number.NaN;
  }

  #bytes(number: number): Uint8Array[] {
    return (this.#fields.get(number) ?? []).filter((field) => typeof field !== 'bigint');
  }
}
