// The chapters of a story, each a function from the API's answer to an element. It must never fetch or remember.
import type { Name, Story, StoryDeadline, StoryReport, StoryTask, TimelineItem, WhyItem } from "../shared/api";
import { currentLanguage, dueWords, moment, named, span, t, term } from "../shared/i18n";
import { make } from "../shared/dom";

export function tasksSection(tasks: readonly StoryTask[], now: number, bureau: (id: string) => Name | null): HTMLElement {
  const items = tasks.map((task) => {
    const head = make(
      "div",
      "task-head",
      make("span", `role role-${task.role}`, term("role", task.role)),
      make("strong", "", named(task.bureau_name ?? bureau(task.bureau), task.bureau)),
      ...(task.raised ? [raisedChip(task.raised)] : []),
      make("span", "chip", term("task", task.status)),
    );
    return make("li", "task", head, ...(task.deadlines ?? []).map((deadline) => deadlineLine(deadline, now)));
  });
  return section("tasks", t("story.tasks", { n: tasks.length }), make("ul", "tasks", ...items));
}

function raisedChip(raised: string): HTMLElement {
  const chip = make("span", "chip raised", term("raised", raised));
  chip.dataset["raised"] = raised;
  return chip;
}

function deadlineLine(deadline: StoryDeadline, now: number): HTMLElement {
  const due = Date.parse(deadline.due_at);
  const met = deadline.met_at ? Date.parse(deadline.met_at) : null;
  const words = met !== null ? { text: t(met <= due ? "story.met" : "story.met.late"), over: met > due } : dueWords(due, now);
  return make(
    "div",
    "deadline",
    make("span", "deadline-kind", term("deadline", deadline.kind)),
    make("span", "deadline-basis", `${deadline.amount} ${term("basis", deadline.basis)} → ${moment(due, now)}`),
    make("span", words.over ? "deadline-state over" : met !== null ? "deadline-state met" : "deadline-state", words.text),
  );
}

/** The chain of reasons, in the order the rooms decided. */
export function whySection(why: readonly WhyItem[]): HTMLElement {
  const chain = whyList(why);
  return section("why", t("story.why"), make("p", "why-lead", t("story.why.lead")), chain);
}

function whyList(why: readonly WhyItem[]): HTMLElement {
  return make("ol", "why", ...why.map((item) => {
    const said = (currentLanguage() === "zh" ? item.zh : item.en) || item.zh || item.en || bareFacts(item);
    return make("li", "", make("span", "stage-name", term("stage", item.stage)), make("span", "why-text", said), make("code", "", t("story.rule", { rule: item.rule })));
  }));
}

function bareFacts(item: WhyItem): string {
  const facts = Object.entries(item.facts ?? {}).map(([name, value]) => `${name}=${String(value)}`);
  return [item.verdict, ...facts].join(", ");
}

export function reportsSection(reports: readonly StoryReport[], now: number): HTMLElement {
  const items = [...reports].sort((a, b) => reportTime(b) - reportTime(a)).map((report) => {
    const at = reportTime(report);
    const meta = [report.address, report.place?.precision ? term("precision", report.place.precision) : "", report.source_id].filter(Boolean).join(" · ");
    const who = report.petitioner?.secret ? t("story.secret") : [report.petitioner?.name, report.petitioner?.phone].filter(Boolean).join(" ");
    const text = report.text && report.text !== report.title ? report.text : "";
    return make(
      "li",
      "report",
      make("div", "report-head", make("strong", "", term("feed", report.feed)), make("time", "", Number.isNaN(at) ? "" : moment(at, now)), make("span", "report-who", who)),
      make("p", "report-title", report.title ?? ""),
      ...(text ? [make("p", "report-text", text)] : []),
      make("p", "report-meta", meta),
    );
  });
  return section("reports", t("story.reports", { n: reports.length }), make("ul", "reports", ...items));
}

function reportTime(report: StoryReport): number {
  return Date.parse(report.occurred_at ?? report.received_at ?? "");
}

export function timelineSection(story: Story, now: number, bureau: (id: string) => Name | null): HTMLElement {
  const ordered = [...(story.timeline ?? [])].sort((a, b) => b.version - a.version || b.n - a.n);
  const items = ordered.map((item) => {
    const subject = subjectOf(item, story, bureau);
    // The opening's reasons have a chapter of their own.
    const why = item.kind === "opened" || item.kind === "dispatched" ? [] : (item.why ?? []);
    const at = Date.parse(item.at);
    return make(
      "li",
      `moment moment-${item.kind}`,
      make("time", "", moment(at, now)),
      make("div", "moment-body", make("strong", "", term("kind", item.kind)), make("span", "moment-subject", subject), ...(why.length ? [whyList(why)] : [])),
      make("span", "moment-ago", span(now - at)),
    );
  });
  return section("timeline", t("story.timeline"), make("ol", "timeline", ...items));
}

/** Whom or what an entry of the timeline is about, in words rather than ids. */
function subjectOf(item: TimelineItem, story: Story, bureau: (id: string) => Name | null): string {
  const task = story.tasks?.find(({ id }) => id === item.task_id);
  if (task !== undefined) return named(task.bureau_name ?? bureau(task.bureau), task.bureau);
  const report = story.reports?.find(({ report_id }) => report_id === item.report_id);
  if (report !== undefined) return [term("feed", report.feed), report.source_id].filter(Boolean).join(" ");
  return item.report_id ?? item.task_id ?? "";
}

function section(name: string, title: string, ...children: HTMLElement[]): HTMLElement {
  const element = make("section", `chapter chapter-${name}`, make("h3", "", title), ...children);
  element.dataset["chapter"] = name;
  return element;
}
