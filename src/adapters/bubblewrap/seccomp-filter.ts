import { REFUSED_SYSTEM_CALLS } from "../dispatcher/refused-system-calls.ts";

interface Architecture {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly audit: number;
  readonly clone: number;
  readonly clone3: number;
  readonly socket: number;
  readonly socketpair: number;
  readonly ioctl: number;
  readonly column: 1 | 2;
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: { audit: 0xc000003e, clone: 56, clone3: 435, socket: 41, socketpair: 53, ioctl: 16, column: 1 },
  arm64: { audit: 0xc00000b7, clone: 220, clone3: 435, socket: 198, socketpair: 199, ioctl: 29, column: 2 },
};

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of linux/sched.h. */
const NAMESPACE_FLAGS = 0x7e020000;
const [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK] = [1, 2, 10, 16] as const;
const NETLINK_ROUTE = 0;
const [TIOCSTI, TIOCLINUX] = [0x5412, 0x541c] as const;
const X32_BIT = 0x40000000;

/** Offsets in struct seccomp_data; arguments are the low words. */
const [NUMBER, AUDIT_ARCH, ARGUMENT_0, ARGUMENT_1, ARGUMENT_2] = [0, 4, 16, 24, 32] as const;

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, operand: number];
const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const ifEqual = (value: number, jumpTrue: number, jumpFalse: number): Instruction => [0x15, jumpTrue, jumpFalse, value];
const ifAtLeast = (value: number, jumpTrue: number, jumpFalse: number): Instruction => [
  0x35,
  jumpTrue,
  jumpFalse,
  value,
];
const ifAnyBit = (mask: number, jumpTrue: number, jumpFalse: number): Instruction => [0x45, jumpTrue, jumpFalse, mask];
const fail = (errno: number): Instruction => [0x06, 0, 0, 0x00050000 | errno];
const ALLOW: Instruction = [0x06, 0, 0, 0x7fff0000];

/**
 * The classic BPF program of the sandbox, as bubblewrap's `--seccomp` reads it: an array of struct sock_filter.
 * It closes what namespaces leave open: sockets of other families (vsock reaches the hypervisor), netlink beyond
 * ROUTE, the kernel keyring, tracing, io_uring, new namespaces, mounting. `architecture` is a `process.arch`.
 * Throws RangeError for an architecture without a table.
 */
export function buildSeccompFilter(architecture: string): Buffer {
  const numbers = ARCHITECTURES[architecture];
  if (numbers === undefined) throw new RangeError(`no seccomp table for ${architecture}`);
  const program: Instruction[] = [load(AUDIT_ARCH), ifEqual(numbers.audit, 1, 0), fail(ENOSYS), load(NUMBER)];
  if (architecture === "x64") program.push(ifAtLeast(X32_BIT, 0, 1), fail(ENOSYS));
  for (const row of REFUSED_SYSTEM_CALLS) {
    const number = row[numbers.column];
    if (number !== null) program.push(ifEqual(number, 0, 1), fail(EPERM));
  }
  program.push(
    // glibc falls back to clone, whose flags can be seen here.
    ...when(numbers.clone3, [fail(ENOSYS)]),
    ...when(numbers.clone, [load(ARGUMENT_0), ifAnyBit(NAMESPACE_FLAGS, 0, 1), fail(EPERM), ALLOW]),
    ...when(numbers.socketpair, [load(ARGUMENT_0), ifEqual(AF_UNIX, 1, 0), fail(EAFNOSUPPORT), ALLOW]),
    ...when(numbers.ioctl, [load(ARGUMENT_1), ifEqual(TIOCSTI, 1, 0), ifEqual(TIOCLINUX, 0, 1), fail(EPERM), ALLOW]),
    ...when(numbers.socket, [
      load(ARGUMENT_0),
      ifEqual(AF_UNIX, 5, 0),
      ifEqual(AF_INET, 4, 0),
      ifEqual(AF_INET6, 3, 0),
      ifEqual(AF_NETLINK, 0, 3),
      load(ARGUMENT_2),
      ifEqual(NETLINK_ROUTE, 0, 1),
      ALLOW,
      fail(EAFNOSUPPORT),
    ]),
    ALLOW,
  );
  return Buffer.concat(program.map(encode));
}

/** Instructions for one system call; each block ends in a return, and the number stays loaded for the next. */
function when(number: number, block: readonly Instruction[]): Instruction[] {
  return [ifEqual(number, 0, block.length), ...block];
}

function encode([code, jumpTrue, jumpFalse, operand]: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(jumpTrue, 2);
  bytes.writeUInt8(jumpFalse, 3);
  bytes.writeUInt32LE(operand >>> 0, 4);
  return bytes;
}
