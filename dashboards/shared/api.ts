// Calls the hub's HTTP API with the reader's key. It must never keep the key longer than the browser session.

import type { Muted } from "./protocol";

export interface Name {
  zh: string;
  en: string;
}

/** Parts of rings of (lon, lat). */
export type Outline = readonly (readonly (readonly (readonly [number, number])[])[])[];

export interface District {
  code: string;
  name: Name;
  outline?: Outline;
}

export interface City {
  code: string;
  name: Name;
  bounds: readonly [number, number, number, number];
  timezone: string;
  districts: readonly District[];
  categories: Record<string, { name: Name; family?: string }>;
  bureaus: Record<string, { name: Name }>;
  live_url?: string | null;
  live_port?: number | null;
}

export interface WhyItem {
  stage: string;
  rule: string;
  verdict: string;
  facts?: Record<string, string | number | boolean | null>;
  zh?: string;
  en?: string;
}

export interface StoryReport {
  report_id: string;
  feed: string;
  source_id?: string;
  revision?: number;
  occurred_at?: string | null;
  received_at?: string | null;
  title?: string;
  text?: string;
  address?: string;
  petitioner?: { name?: string; phone?: string; secret?: boolean } | null;
  place?: { precision?: string } | null;
}

export interface StoryDeadline {
  kind: string;
  basis: string;
  amount: number;
  due_at: string;
  met_at?: string | null;
  fired_at?: string | null;
}

export interface StoryTask {
  id: string;
  bureau: string;
  bureau_name?: Name | null;
  role: string;
  status: string;
  offered_at?: string;
  raised?: string | null;
  deadlines?: readonly StoryDeadline[];
}

export interface TimelineItem {
  version: number;
  n: number;
  at: string;
  kind: string;
  report_id?: string | null;
  task_id?: string | null;
  why?: readonly WhyItem[];
}

export interface Story {
  incident: {
    id: string;
    version: number;
    status: string;
    category: string;
    severity: 1 | 2 | 3 | 4;
    title: string;
    address?: string;
    district?: string | null;
    opened_at: string;
    due_at?: string | null;
    overdue?: boolean;
    report_count?: number;
    lead_bureau?: string | null;
    category_name?: Name | null;
    district_name?: Name | null;
    lead_bureau_name?: Name | null;
    raised?: string | null;
    muted?: (Muted & { owner_name?: Name | null }) | null;
  };
  reports?: readonly StoryReport[];
  tasks?: readonly StoryTask[];
  timeline?: readonly TimelineItem[];
  why?: readonly WhyItem[];
}

export interface FieldError {
  field: string;
  message: string;
}

/** An answer that is not 2xx; `detail` is the problem document's own words. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors: readonly FieldError[] = [],
  ) {
    super(`${status} ${detail}`);
  }

  /** No key, a wrong one, or one that may not read: another key is wanted. */
  get needsKey(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

const KEY_SLOT = "tongguan.key";

export function storedKey(): string | null {
  return sessionStorage.getItem(KEY_SLOT);
}

export function storeKey(key: string): void {
  sessionStorage.setItem(KEY_SLOT, key);
}

export function fetchCity(signal?: AbortSignal): Promise<City> {
  return get<City>("/v1/city", signal);
}

export function fetchStory(id: string, signal?: AbortSignal): Promise<Story> {
  return get<Story>(`/v1/incidents/${encodeURIComponent(id)}`, signal);
}

/** Where the live channel is: said by the city, or the page's own host at the live port. */
export function liveUrl(city: City, page: { protocol: string; hostname: string }): string {
  const said = city.live_url;
  if (said) return said;
  const scheme = page.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${page.hostname}:${city.live_port ?? 8081}/v1/live`;
}

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return call<T>("GET", path, undefined, signal);
}

/** Sends JSON and reads the answer; nothing for an answer without content. */
export async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await request(method, path, body, signal);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export async function fetchBlob(path: string): Promise<Blob> {
  return (await request("GET", path)).blob();
}

async function request(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const key = storedKey();
  if (key) headers["Authorization"] = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(path, { method, headers, cache: "no-store", ...sent, ...(signal ? { signal } : {}) });
  if (answer.ok) return answer;
  const { detail, errors } = await problemOf(answer);
  throw new ApiProblem(answer.status, detail, errors);
}

async function problemOf(answer: Response): Promise<{ detail: string; errors: readonly FieldError[] }> {
  try {
    const problem = (await answer.json()) as { detail?: string; title?: string; errors?: FieldError[] };
    return { detail: problem.detail ?? problem.title ?? answer.statusText, errors: problem.errors ?? [] };
  } catch {
    return { detail: answer.statusText, errors: [] };
  }
}
