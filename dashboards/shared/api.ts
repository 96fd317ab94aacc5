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

/** An answer that is not 2xx; `detail` is the problem document's own words. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
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

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const key = storedKey();
  if (key) headers["Authorization"] = `Bearer ${key}`;
  const answer = await fetch(path, { headers, cache: "no-store", ...(signal ? { signal } : {}) });
  if (answer.ok) return (await answer.json()) as T;
  throw new ApiProblem(answer.status, await detailOf(answer));
}

async function detailOf(answer: Response): Promise<string> {
  try {
    const problem = (await answer.json()) as { detail?: string; title?: string };
    return problem.detail ?? problem.title ?? answer.statusText;
  } catch {
    return answer.statusText;
  }
}
