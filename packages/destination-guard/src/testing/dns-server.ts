import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { ipv6Bytes } from '../ipv6-bytes.ts';

/** The server's answer for each name: its addresses, `nxdomain`, or no answer (`silent`). */
export type Zone = Record<string, { a?: string[]; aaaa?: string[]; ttl?: number } | 'nxdomain' | 'silent'>;

/** A name server on loopback for tests: UDP, A and AAAA only (RFC 1035). */
export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  address: string;
  /** May be changed at any time. */
  zone: Zone;
  /** Names that were queried, in order, one entry per query. */
  queries: string[];
}

const TYPE_A = 1;
const TYPE_AAAA = 28;
const NXDOMAIN = 3;

export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const socket: Socket = createSocket('udp4');
  const server: DnsServer = {
    address: '',
    zone,
    queries: [],
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
  socket.on('message', (query, peer) => {
    const { name, type, end } = readQuestion(query);
    server.queries.push(name);
    const entry = server.zone[name] ?? 'nxdomain';
    if (entry !== 'silent') socket.send(answer(query.subarray(0, end), entry, type), peer.port, peer.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  server.address = `127.0.0.1:${socket.address().port}`;
  return server;
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** Builds an answer: the header and the question section of the query, followed by one record per address. */
function answer(question: Buffer, entry: Exclude<Zone[string], 'silent'>, type: number): Buffer {
  const records = entry === 'nxdomain' ? [] : recordsOf(entry, type);
  const message = Buffer.from(question);
  message.writeUInt16BE(entry === 'nxdomain' ? 0x8180 | NXDOMAIN : 0x8180, 2);
  message.writeUInt16BE(1, 4);
  message.writeUInt16BE(records.length, 6);
  message.writeUInt32BE(0, 8);
  return Buffer.concat([message, ...records]);
}

function recordsOf(entry: { a?: string[]; aaaa?: string[]; ttl?: number }, type: number): Buffer[] {
  const addresses = type === TYPE_A ? (entry.a ?? []) : type === TYPE_AAAA ? (entry.aaaa ?? []) : [];
  return addresses.map((address) => {
    const data = type === TYPE_A ? ipv4Bytes(address) : Buffer.from(ipv6Bytes(address));
    const head = Buffer.alloc(12);
    // A pointer to the name in the question.
    head.writeUInt16BE(0xc00c, 0);
    head.writeUInt16BE(type, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt32BE(entry.ttl ?? 60, 6);
    head.writeUInt16BE(data.length, 10);
    return Buffer.concat([head, data]);
  });
}

function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}
