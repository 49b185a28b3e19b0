// Counts every test case of one run, names what failed, and ends with one line:
//
//     N passed, N failed, N skipped
//
// usage: node tools/summary.mjs BUILD_FOLDER ALLOWED_SKIPS
//
// Reads BUILD_FOLDER/test-results: ctest.xml (one entry a program), PROGRAM.json (the cases of
// a GoogleTest program, which then stand for its entry) and node.tap (Node's tests).
// Exits with 1 when a case failed, when a skip is not on the list, or when nothing ran.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const unescaped = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };

// What ctest says: [{name, state}], state "passed", "failed" or "skipped".
export function readCtest(xml) {
  const cases = [];
  for (const [, attributes] of xml.matchAll(/<testcase ([^>]*)>/g)) {
    const attribute = (name) =>
      (attributes.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1] ?? "").replace(
        /&(lt|gt|quot|apos|amp);/g,
        (entity) => unescaped[entity],
      );
    const status = attribute("status");
    const state = status === "run" ? "passed" : status === "fail" ? "failed" : "skipped";
    cases.push({ name: attribute("name"), state });
  }
  return cases;
}

// The cases of one GoogleTest program.
export function readGoogleTest(program, text) {
  const cases = [];
  for (const suite of JSON.parse(text).testsuites ?? [])
    for (const test of suite.testsuite ?? []) {
      const skipped = test.result === "SKIPPED" || test.status === "NOTRUN";
      const state = test.failures?.length ? "failed" : skipped ? "skipped" : "passed";
      cases.push({ name: `${program}/${suite.name}.${test.name}`, state });
    }
  return cases;
}

// Node's tests: the lines without a plan of their own below them. A suite is no case.
export function readTap(text) {
  const cases = [];
  const lines = text.split("\n");
  lines.forEach((line, at) => {
    const match = line.match(/^ *(not ok|ok) \d+ - (.*?)(?: # (SKIP|TO[D]O)\b.*)?$/);
    if (!match) return;
    const block = lines.slice(at + 1, at + 8).join("\n").split(/\n *\.\.\./)[0];
    if (/^ *type: 'suite'$/m.test(block)) return;
    if (match[1] === "ok" && match[2].startsWith("/")) return; // Node 18 counts files too
    const state = match[3] ? "skipped" : match[1] === "ok" ? "passed" : "failed";
    cases.push({ name: match[2], state });
  });
  return cases;
}

// A program whose cases are known is counted by them; one that ended badly although none of
// them failed (a crash at exit, a time-out) is one failure more.
export function merge(entries, casesOf) {
  return entries.flatMap((entry) => {
    const cases = casesOf(entry.name);
    if (!cases) return [entry];
    const explained = entry.state !== "failed" || cases.some((one) => one.state === "failed");
    return explained ? cases : [...cases, entry];
  });
}

export function isAllowed(name, allowed) {
  return allowed.some((entry) =>
    entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry,
  );
}

export function readAllowed(text) {
  return text
    .split("\n")
    .filter((line) => line.trim() && !line.startsWith("#"))
    .map((line) => line.split(/ {2,}/)[0].trim());
}

function casesIn(folder) {
  const file = (name) => join(folder, name);
  const read = (name) => (existsSync(file(name)) ? readFileSync(file(name), "utf8") : "");
  const programs = readCtest(read("ctest.xml"));
  const merged = merge(programs, (name) => {
    const text = read(`${name}.json`);
    return text ? readGoogleTest(name, text) : undefined;
  });
  return [...merged, ...readTap(read("node.tap"))];
}

function main(build, allowedFile) {
  const cases = casesIn(join(build, "test-results"));
  const allowed = readAllowed(readFileSync(allowedFile, "utf8"));
  const named = (state) => cases.filter((one) => one.state === state).map((one) => one.name);
  const failed = named("failed");
  const skipped = named("skipped");
  const unexpected = skipped.filter((name) => !isAllowed(name, allowed));
  console.log();
  for (const name of failed) console.log(`failed: ${name}`);
  for (const name of unexpected) console.log(`skipped, and not in ${allowedFile}: ${name}`);
  const passed = cases.length - failed.length - skipped.length;
  console.log(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
  return failed.length || unexpected.length || !passed ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv[2], process.argv[3]);
