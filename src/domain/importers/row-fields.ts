import { z } from "zod";

/** A list of test names as datasets give it: a list, or JSON text of one. */
export const testListSchema = z.union([z.array(z.string()), z.string().transform(parseList)]);

function parseList(text: string, context: z.RefinementCtx): string[] {
  try {
    const parsed = z.array(z.string()).safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  context.addIssue({ code: "custom", message: "expected a list of strings, or JSON text of one" });
  return z.NEVER;
}

/** null and the empty string say nothing, as an absent column does. */
const text = z
  .string()
  .nullish()
  .transform((value) => (value === null || value === "" ? undefined : value));

/** Columns that SWE-bench and the datasets after it share; each format reads what it needs of the rest. */
export const rowSchema = z.looseObject({
  instance_id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected letters, digits, `.`, `_` and `-`"),
  repo: z.string().min(1),
  base_commit: z.string().min(1),
  problem_statement: z.string().min(1),
  patch: z.string().min(1),
  test_patch: z.string(),
  FAIL_TO_PASS: testListSchema.refine((tests) => tests.length > 0, "expected at least one test"),
  PASS_TO_PASS: testListSchema,
  version: text,
  hints_text: text,
  image: text,
  image_name: text,
  docker_image: text,
  eval_script: text,
  log_parser: text,
  eval_type: z
    .enum(["pass_and_fail", "fail_only"])
    .nullish()
    .transform((value) => value ?? undefined),
  install_config: z
    .looseObject({
      test_cmd: z.union([z.string().min(1), z.array(z.string()).min(1)]),
      log_parser: z.string().min(1),
    })
    .nullish()
    .transform((value) => value ?? undefined),
});
export type DatasetRow = z.infer<typeof rowSchema>;
