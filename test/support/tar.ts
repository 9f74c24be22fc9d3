/** Tar archives made byte by byte, so that tests can have odd and wrong ones. */

/** What an archive is made of; without a type a regular file. */
export interface TarItem {
  name: string
  content?: string | Uint8Array
  /** `0` file, `2` link, `5` folder, `L` GNU name of the next, `x` pax records of the next, `S` file with holes. */
  type?: string
  /** How the size is written. Default: octal. */
  size?: 'octal' | 'binary'
  /** The size that is claimed, if it is not that of the content. */
  claimed?: number
  /** ustar's second half of the name. */
  prefix?: string
}

const BLOCK = 512

/** A ustar header and the content, padded. */
export function tarItem({ name, content = '', type = '0', size, claimed, prefix = '' }: TarItem): Buffer {
  const bytes = Buffer.from(content as Uint8Array)
  const header = Buffer.alloc(BLOCK)
  header.write(name.slice(0, 100), 0)
  header.write('0000644\0', 100)
  const length = claimed ?? bytes.length
  if (size === 'binary') {
    header[124] = 0x80
    header.writeUIntBE(length, 130, 6)
  } else {
    header.write(`${length.toString(8).padStart(11, '0')}\0`, 124)
  }
  header.write(type, 156)
  header.write('ustar\x0000', 257, 'latin1')
  header.write(prefix, 345)
  sign(header)
  return Buffer.concat([header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)])
}

/** An archive of `items`, with its end. */
export function tarOf(...items: readonly TarItem[]): Buffer {
  return Buffer.concat([...items.map(tarItem), Buffer.alloc(2 * BLOCK)])
}

/** pax records, `length key=value\n`. */
export function paxRecords(records: Record<string, string>): string {
  return Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`
      const bytes = Buffer.byteLength(rest)
      let length = bytes
      while (String(length).length + bytes !== length) length = String(length).length + bytes
      return `${length}${rest}`
    })
    .join('')
}

/** Writes the checksum of a header. */
export function sign(header: Buffer): void {
  header.write('        ', 148)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
}
