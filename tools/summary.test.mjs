import assert from "node:assert/strict";
import { test } from "node:test";

import {
  isAllowed,
  merge,
  readAllowed,
  readCtest,
  readGoogleTest,
  readTap,
} from "./summary.mjs";

test("summary: a ctest entry is passed, failed or skipped by its status", () => {
  const xml = `<testsuite tests="3">
    <testcase name="a" classname="a" time="0.1" status="run"></testcase>
    <testcase name="b &amp; c" status="fail"><failure message="Failed"/></testcase>
    <testcase name="d" status="notrun"><skipped message="SKIP"/></testcase></testsuite>`;

  assert.deepEqual(readCtest(xml), [
    { name: "a", state: "passed" },
    { name: "b & c", state: "failed" },
    { name: "d", state: "skipped" },
  ]);
});

test("summary: a GoogleTest file gives each case its state", () => {
  const text = JSON.stringify({
    testsuites: [
      {
        name: "Suite",
        testsuite: [
          { name: "Good", status: "RUN", result: "COMPLETED" },
          { name: "Bad", status: "RUN", result: "COMPLETED", failures: [{ failure: "no" }] },
          { name: "Away", status: "RUN", result: "SKIPPED" },
          { name: "DISABLED_Off", status: "NOTRUN", result: "SUPPRESSED" },
        ],
      },
    ],
  });

  assert.deepEqual(
    readGoogleTest("prog", text).map((one) => one.state),
    ["passed", "failed", "skipped", "skipped"],
  );
  assert.equal(readGoogleTest("prog", text)[1].name, "prog/Suite.Bad");
});

test("summary: a TAP suite is counted by its tests, not as one of them", () => {
  const tap = [
    "TAP version 13",
    "# Subtest: suite",
    "    # Subtest: inner",
    "    ok 1 - inner",
    "      ---",
    "      duration_ms: 1",
    "      ...",
    "    not ok 2 - broken",
    "      ---",
    "      duration_ms: 1",
    "      failureType: 'testCodeFailure'",
    "      ...",
    "    1..2",
    "not ok 1 - suite",
    "  ---",
    "  duration_ms: 2",
    "  type: 'suite'",
    "  ...",
    "ok 2 - later # SKIP no peer",
    "  ---",
    "  duration_ms: 0",
    "  ...",
  ].join("\n");

  assert.deepEqual(readTap(tap), [
    { name: "inner", state: "passed" },
    { name: "broken", state: "failed" },
    { name: "later", state: "skipped" },
  ]);
});

test("summary: a program that crashed after its cases passed is a failure", () => {
  const cases = [{ name: "p/A.B", state: "passed" }];
  const entry = (state) => ({ name: "p", state });

  assert.deepEqual(merge([entry("passed")], () => cases), cases);
  assert.deepEqual(merge([entry("failed")], () => cases), [...cases, entry("failed")]);
  assert.deepEqual(merge([entry("failed")], () => undefined), [entry("failed")]);
});

test("summary: a skip is allowed by its name or by the start of it", () => {
  const allowed = readAllowed("# comment\nprog/A.B  why\nprog/C.*  why not\n");

  assert.ok(isAllowed("prog/A.B", allowed));
  assert.ok(isAllowed("prog/C.Anything", allowed));
  assert.ok(!isAllowed("prog/A.Bee", allowed));
});
