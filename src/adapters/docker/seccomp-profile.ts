import { REFUSED_SYSTEM_CALLS } from "../dispatcher/refused-system-calls.ts";

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
/** CLONE_NEWCGROUP, NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const NAMESPACE_FLAGS = [0x02000000, 0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000];
/** Socket families below netlink that are no AF_UNIX (1), AF_INET (2) or AF_INET6 (10). */
const OTHER_FAMILIES = [3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15];
const AF_NETLINK = 16;

interface Condition {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: string;
}

/** The same rules as the bubblewrap filter (seccomp-filter.ts), as a profile that Docker takes by value. */
export function renderSeccompProfile(): string {
  const refuse = (names: readonly string[], errnoRet: number, args: readonly Condition[] = []): object => ({
    names,
    action: "SCMP_ACT_ERRNO",
    errnoRet,
    args,
  });
  const family = (value: number): Condition => ({ index: 0, value, op: "SCMP_CMP_EQ" });
  return JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [
      refuse(
        REFUSED_SYSTEM_CALLS.map(([name]) => name),
        EPERM,
      ),
      refuse(["clone3"], ENOSYS),
      ...NAMESPACE_FLAGS.map((flag) =>
        refuse(["clone"], EPERM, [{ index: 0, value: flag, valueTwo: flag, op: "SCMP_CMP_MASKED_EQ" }]),
      ),
      ...OTHER_FAMILIES.map((value) => refuse(["socket"], EAFNOSUPPORT, [family(value)])),
      refuse(["socket"], EAFNOSUPPORT, [{ index: 0, value: AF_NETLINK, op: "SCMP_CMP_GT" }]),
      refuse(["socket"], EAFNOSUPPORT, [family(AF_NETLINK), { index: 2, value: 0, op: "SCMP_CMP_NE" }]),
      refuse(["socketpair"], EAFNOSUPPORT, [{ index: 0, value: 1, op: "SCMP_CMP_NE" }]),
    ],
  });
}
