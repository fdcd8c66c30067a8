import { createBubblewrapProvider } from "../../src/adapters/bubblewrap/bubblewrap-provider.ts";

/** Opens sandboxes over a tree, starts processes in each, says so, and waits to be killed. */
const [tree = "", count = "1", name = "held"] = process.argv.slice(2);
const call = { signal: new AbortController().signal, timeoutMs: 60_000 };
const limits = { memoryBytes: 2 ** 28, maxProcesses: 64, diskBytes: 2 ** 26 };
const provider = await createBubblewrapProvider();
for (let opened = 0; opened < Number(count); opened += 1) {
  const spec = { rootfs: { kind: "host" }, tree, workdir: "/testbed", env: {}, limits } as const;
  const sandbox = await provider.open(spec, call);
  await sandbox.run(`setsid bash -c 'exec -a ${name} sleep 3600' & exec -a ${name} sleep 3601 &`, call);
}
process.stdout.write("ready\n");
setInterval(() => {}, 60_000);
