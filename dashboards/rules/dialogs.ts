// Asks: a draft's name, a reason, whether something is meant. It must never do the thing before it is answered.
import { button, make } from "../shared/dom";
import { t } from "../shared/i18n";

export interface Asked {
  title: string;
  lead: string;
  field?: { label: string; hint: string; max: number };
  author: string;
  go: string;
  body?: HTMLElement;
}

/** The answer of a small form, with the author's name; null when it was called off. */
export function ask(asked: Asked): Promise<{ text: string; author: string } | null> {
  return new Promise((resolve) => {
    const text = make("input");
    text.required = true;
    const author = make("input");
    author.value = asked.author;
    author.maxLength = 60;
    author.required = true;
    author.name = "author";
    const fields = [];
    if (asked.field !== undefined) {
      text.maxLength = asked.field.max;
      text.placeholder = asked.field.hint;
      text.name = "text";
      fields.push(make("label", "control", make("span", "label", asked.field.label), text));
    }
    fields.push(make("label", "control", make("span", "label", t("rules.author")), author));
    const go = make("button", "primary", asked.go);
    const off = button("small", t("rules.cancel"), () => close(null));
    const body = asked.body === undefined ? [] : [asked.body];
    const form = make("form", "", make("h2", "", asked.title), make("p", "quiet", asked.lead), ...body, ...fields, make("div", "actions", off, go));
    const dialog = make("dialog", "asked", form);
    dialog.setAttribute("aria-label", asked.title);
    const close = (answer: { text: string; author: string } | null): void => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      close({ text: text.value.trim(), author: author.value.trim() });
    });
    dialog.addEventListener("cancel", () => close(null));
    document.body.append(dialog);
    dialog.showModal();
    (asked.field === undefined || text.value ? author : text).focus();
  });
}

/** Whether something that cannot be undone is meant. */
export function confirmed(question: string, go: string): Promise<boolean> {
  return new Promise((resolve) => {
    const close = (answer: boolean): void => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const actions = make("div", "actions", button("small", t("rules.cancel"), () => close(false)), button("primary danger", go, () => close(true)));
    const dialog = make("dialog", "asked", make("p", "", question), actions);
    dialog.setAttribute("aria-label", question);
    dialog.addEventListener("cancel", () => close(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}
