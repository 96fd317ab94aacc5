// Sorts the rules of a folder into a tree for people. It must never leave a rule out: a new kind has its file's name.
import type { Entry } from "./api";

export interface Branch {
  label: string;
  /** Where it hangs, to find it again. */
  key: string;
  branches: Branch[];
  entries: Entry[];
  /** Rules in it and below. */
  size: number;
}

/** Files and folders in the order in which an author thinks of them; others follow in their own order. */
const ORDER = [
  "categories.yaml",
  "duties/",
  "routing.yaml",
  "duties.yaml",
  "severity.yaml",
  "fusion.yaml",
  "deadlines.yaml",
  "tasks.yaml",
  "escalation.yaml",
  "mutes.yaml",
  "patterns.yaml",
  "feeds.yaml",
  "city.yaml",
  "cases/",
];

export function treeOf(entries: readonly Entry[]): Branch[] {
  const top: Branch = { label: "", key: "", branches: [], entries: [], size: 0 };
  for (const entry of entries) {
    let branch = top;
    for (const label of pathOf(entry)) {
      branch = branch.branches.find((known) => known.label === label) ?? grown(branch, label);
      branch.size += 1;
    }
    branch.entries.push(entry);
  }
  const place = (branch: Branch): number => (ORDER.includes(branch.label) ? ORDER.indexOf(branch.label) : ORDER.length);
  return top.branches.sort((a, b) => place(a) - place(b));
}

/** The folder of a file in a folder, else the file itself. */
export function rootOf(file: string): string {
  const slash = file.indexOf("/");
  return slash < 0 ? file : file.slice(0, slash + 1);
}

function pathOf(entry: Entry): string[] {
  const root = rootOf(entry.file);
  const name = entry.file.slice(root.length);
  const group = entry.group ? [entry.group] : [];
  if (root === "duties/") return [root, name.replace(/\.ya?ml$/, ""), ...group];
  if (root === "cases/") return [root, name];
  if (root === "city.yaml" || root === "feeds.yaml") return [root, entry.section];
  return [root, ...group];
}

function grown(parent: Branch, label: string): Branch {
  const branch: Branch = { label, key: parent.key ? `${parent.key}|${label}` : label, branches: [], entries: [], size: 0 };
  parent.branches.push(branch);
  return branch;
}
