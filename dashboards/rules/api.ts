// What the rules page asks of the hub. It must never keep an answer.
import { call, fetchBlob, get, type Name } from "../shared/api";

export interface Entry {
  file: string;
  section: string;
  id: string;
  name: Name | null;
  about: string;
  group: string;
  line: number;
  column: number;
  end_line: number;
}

export interface RuleList {
  version: string;
  draft: string | null;
  files: readonly { file: string; lines: number }[];
  items: readonly Entry[];
  total: number;
}

export interface Value {
  text: string;
  name: Name | null;
}

export interface Field {
  key: string;
  values: readonly Value[];
  parts: readonly (readonly Field[])[];
}

export interface RuleDetail {
  rule: Entry;
  text: string;
  fields: readonly Field[];
  wordings: readonly { version: string; since: string; text: string | null }[];
  decided: {
    incidents: readonly { id: string; title: string; status: string; severity: number; at: string }[];
    last_24h: number;
    looked_at: number;
    since: string | null;
  } | null;
}

export interface FileText {
  file: string;
  text: string | null;
  base: string | null;
  revision: number;
  changed_by: string;
  changed_at: string | null;
}

export interface Draft {
  id: string;
  title: string;
  base_version: string;
  opened_by: string;
  opened_at: string;
  activated_at: string | null;
  changed_files: number;
  changed_by: string | null;
  changed_at: string | null;
}

export interface DraftFile {
  file: string;
  revision: number;
  changed_by: string;
  changed_at: string;
  changed: boolean;
  removed: boolean;
}

export interface DraftDetail extends Draft {
  files: readonly DraftFile[];
  active_version: string;
}

export interface Finding {
  file: string;
  line: number;
  column: number;
  message: string;
  expected: string;
  told: string;
}

export interface Checked {
  version: string;
  categories: number;
  rules: number;
  findings: readonly Finding[];
  /** Worth a look, and no reason to refuse the rules. */
  warnings: readonly Finding[];
}

export interface Difference {
  of: readonly string[];
  line: number;
  field: string;
  expected: string;
  got: string;
  because?: readonly string[];
}

export interface Case {
  id: string;
  why: string;
  file: string;
  line: number;
  differences: readonly Difference[];
}

export interface Tested {
  version: string;
  cases: readonly Case[];
  failed: number;
  untouched: Record<string, readonly string[]>;
}

export interface FileChange {
  file: string;
  added: number;
  removed: number;
  diff: string;
}

export interface TryReport {
  feed: string;
  title: string;
  text: string;
  address: string;
  district: string | null;
  lon: number | null;
  lat: number | null;
  category_name: string;
  draft: string | null;
}

export interface Tried {
  rulebook_version: string;
  incident: {
    category: string;
    category_name: Name | null;
    severity: number;
    district: string | null;
    district_name: Name | null;
    precision: string;
    supervisors: readonly Name[];
    tasks: readonly {
      bureau: string;
      bureau_name: Name | null;
      role: string;
      deadlines: readonly { kind: string; basis: string; amount: number; due_at: string; rule: string }[];
    }[];
  } | null;
  reject: { reason: string; field: string; message: string } | null;
  steps: readonly { stage: string; why: readonly { rule: string; stage: string }[] }[];
  zh: string;
  en: string;
}

/** A draft to be made active: as it was looked at, in place of what was active then. */
export interface Activation {
  why: string;
  by: string;
  version: string;
  instead_of: string;
}

export interface RulebookEntry {
  number: number;
  version: string;
  at: string;
  who: string;
  why: string;
  how: string;
  active: boolean;
}

export interface Activated {
  activation: RulebookEntry;
  changed: boolean;
}

export interface Rulebooks {
  active: RulebookEntry;
  items: readonly RulebookEntry[];
}

const draftsPath = "/v1/rules/drafts";

function query(values: Record<string, string | null>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== null && pair[1] !== "");
  return given.length > 0 ? `?${new URLSearchParams(given)}` : "";
}

export const api = {
  rules: (draft: string | null, q = "", signal?: AbortSignal) => get<RuleList>(`/v1/rules${query({ draft, q })}`, signal),
  rule: (entry: Pick<Entry, "file" | "section" | "id">, draft: string | null) =>
    get<RuleDetail>(`/v1/rules/entry${query({ file: entry.file, section: entry.section, id: entry.id, draft })}`),
  file: (file: string, draft: string | null) => get<FileText>(`/v1/rules/file${query({ file, draft })}`),
  tryReport: (report: TryReport) => call<Tried>("POST", "/v1/rules/try", report),
  drafts: () => get<{ items: readonly Draft[] }>(draftsPath),
  open: (title: string, by: string) => call<DraftDetail>("POST", draftsPath, { title, by }),
  draft: (id: string) => get<DraftDetail>(`${draftsPath}/${id}`),
  drop: (id: string) => call<void>("DELETE", `${draftsPath}/${id}`),
  save: (id: string, file: string, text: string | null, revision: number, by: string) =>
    call<{ file: string; revision: number }>("PUT", `${draftsPath}/${id}/file${query({ file })}`, { text, revision, by }),
  check: (id: string) => call<Checked>("POST", `${draftsPath}/${id}/check`),
  cases: (id: string) => call<Tested>("POST", `${draftsPath}/${id}/cases`),
  changes: (id: string, against: "base" | "active") => get<{ files: readonly FileChange[] }>(`${draftsPath}/${id}/changes${query({ against })}`),
  activate: (id: string, sent: Activation) => call<Activated>("POST", `${draftsPath}/${id}/activate`, sent),
  history: (limit: number) => get<Rulebooks>(`/v1/rulebooks?limit=${limit}`),
  restore: (version: string, why: string, by: string, insteadOf: string) =>
    call<Activated>("POST", `/v1/rulebooks/${encodeURIComponent(version)}/activate`, { why, by, instead_of: insteadOf }),
  export: (id: string) => fetchBlob(`${draftsPath}/${id}/export`),
};
