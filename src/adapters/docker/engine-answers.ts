import { z } from "zod";

/** What engines answer, as far as it is read. Other fields may come and go. */
export const containerStateSchema = z.object({
  State: z.object({
    Running: z.boolean(),
    OOMKilled: z.boolean(),
    ExitCode: z.int(),
    /** Process 1, in the engine's pid namespace. */
    Pid: z.int().optional(),
    FinishedAt: z.string().optional(),
  }),
});
export const containerSizeSchema = z.object({ SizeRw: z.number().nonnegative() });
export const containerStatsSchema = z.object({ memory_stats: z.object({ usage: z.number().optional() }) });

export const imageSchema = z.object({
  Id: z.string(),
  /** `REPOSITORY@sha256:…` for every registry that it was pulled from or pushed to. */
  RepoDigests: z.array(z.string()).nullish(),
  Architecture: z.string(),
  /** Bytes, layers that other images share included. */
  Size: z.number().nonnegative(),
  Config: z.object({ Env: z.array(z.string()).nullish() }).nullish(),
});

export const distributionSchema = z.object({
  Descriptor: z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
  Platforms: z.array(z.object({ os: z.string(), architecture: z.string() })).nullish(),
});
export const listedSchema = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()) }));
export const changesSchema = z.array(z.object({ Path: z.string(), Kind: z.int().min(0).max(2) })).nullable();
export const createdSchema = z.object({ id: z.string().regex(/^[0-9a-f]{64}$/) });
export const versionSchema = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  Components: z.array(z.object({ Name: z.string(), Version: z.string() })).optional(),
});
export const infoSchema = z.object({
  ID: z.string(),
  /** Of its host. */
  Name: z.string().optional(),
  NCPU: z.int().min(1),
  /** As uname says it. */
  Architecture: z.string(),
  Driver: z.string(),
  DockerRootDir: z.string(),
  CgroupDriver: z.string(),
  CgroupVersion: z.string().optional(),
  MemoryLimit: z.boolean(),
  SwapLimit: z.boolean(),
  PidsLimit: z.boolean(),
});
