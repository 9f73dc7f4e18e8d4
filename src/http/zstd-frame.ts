/**
 * Follows the frames of zstd data (RFC 8878, section 3.1) without decoding them: how much memory each needs is in its
 * header, and where it ends is in the headers of its blocks. So memory can be reserved before a decoder takes it, and no
 * decoder runs on into a frame for which there is none.
 */

const magicNumber = 0xfd2fb528;
/** Frames that decoders pass over have one of 16 magic numbers. */
const skippableMagicNumber = 0x184d2a50;
const dictionaryIdBytes = [0, 1, 2, 4] as const;
const contentSizeBytes = [0, 2, 4, 8] as const;
const blockHeaderBytes = 3;
const checksumBytes = 4;

type State = 'frameHeader' | 'blockHeader' | 'content' | 'complete' | 'invalid';

export class ZstdFrame {
  #state: State = 'frameHeader';
  /** The header that is being collected. */
  #header: number[] = [];
  /** Bytes up to the next header, or to the end. */
  #contentBytes = 0;
  #isLast = false;
  #hasChecksum = false;
  #windowBytes: number | undefined;

  /** Bytes of the window that the frame needs; undefined until its header is complete. Input that is not a frame needs none. */
  get windowBytes(): number | undefined {
    return this.#windowBytes;
  }

  get isComplete(): boolean {
    return this.#state === 'complete';
  }

  /** Takes the next bytes; returns how many of them belong to the frame. */
  take(bytes: Uint8Array): number {
    let position = 0;
    while (position < bytes.length && this.#state !== 'complete') {
      // The decoder says what is wrong.
      if (this.#state === 'invalid') return bytes.length;
      if (this.#state === 'content') {
        const count = Math.min(this.#contentBytes, bytes.length - position);
        position += count;
        this.#passOver(count);
      } else {
        this.#header.push(bytes[position] ?? 0);
        position += 1;
        this.#readHeader();
      }
    }
    return position;
  }

  #readHeader(): void {
    const header = new DataView(Uint8Array.from(this.#header).buffer);
    if (this.#state === 'frameHeader') this.#readFrameHeader(header);
    else if (header.byteLength === blockHeaderBytes) this.#readBlockHeader(header);
  }

  #readFrameHeader(header: DataView): void {
    if (header.byteLength < 5) return;
    const magic = header.getUint32(0, true);
    if ((magic & 0xfffffff0) >>> 0 === skippableMagicNumber) {
      if (header.byteLength < 8) return;
      this.#windowBytes = 0;
      this.#isLast = true;
      this.#beginContent(header.getUint32(4, true));
      return;
    }
    if (magic !== magicNumber) {
      this.#windowBytes = 0;
      this.#state = 'invalid';
      return;
    }
    const descriptor = header.getUint8(4);
    if (header.byteLength < frameHeaderBytes(descriptor)) return;
    this.#windowBytes = readWindow(header, descriptor);
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    this.#expectBlock();
  }

  #readBlockHeader(header: DataView): void {
    const bits = header.getUint8(0) | (header.getUint8(1) << 8) | (header.getUint8(2) << 16);
    const type = (bits >> 1) & 3;
    if (type === 3) {
      this.#state = 'invalid';
      return;
    }
    this.#isLast = (bits & 1) === 1;
    // A block of type 1 is one byte that is repeated.
    const length = type === 1 ? 1 : bits >> 3;
    this.#beginContent(length + (this.#isLast && this.#hasChecksum ? checksumBytes : 0));
  }

  #beginContent(bytes: number): void {
    this.#state = 'content';
    this.#contentBytes = bytes;
    this.#passOver(0);
  }

  #passOver(count: number): void {
    this.#contentBytes -= count;
    if (this.#contentBytes > 0) return;
    if (this.#isLast) this.#state = 'complete';
    else this.#expectBlock();
  }

  #expectBlock(): void {
    this.#state = 'blockHeader';
    this.#header = [];
  }
}

function isSingleSegment(descriptor: number): boolean {
  return (descriptor & 0x20) !== 0;
}

function contentSizeLength(descriptor: number): number {
  const length = contentSizeBytes[(descriptor >> 6) as 0 | 1 | 2 | 3];
  return length === 0 && isSingleSegment(descriptor) ? 1 : length;
}

function frameHeaderBytes(descriptor: number): number {
  const dictionary = dictionaryIdBytes[(descriptor & 3) as 0 | 1 | 2 | 3];
  return 5 + (isSingleSegment(descriptor) ? 0 : 1) + dictionary + contentSizeLength(descriptor);
}

function readWindow(header: DataView, descriptor: number): number {
  // A frame of a single segment has no window of its own: all of its content is one.
  if (isSingleSegment(descriptor)) return readContentSize(header, descriptor);
  const window = header.getUint8(5);
  const base = 2 ** (10 + (window >> 3));
  return base + (base / 8) * (window & 7);
}

function readContentSize(header: DataView, descriptor: number): number {
  const position = frameHeaderBytes(descriptor) - contentSizeLength(descriptor);
  switch (contentSizeLength(descriptor)) {
    case 1:
      return header.getUint8(position);
    case 2:
      return header.getUint16(position, true) + 256;
    case 4:
      return header.getUint32(position, true);
    default:
      return Number(header.getBigUint64(position, true));
  }
}
