// Asks for the access key when the hub wants one. It must never put the key into the page's address or lasting storage.
import { storeKey, storedKey } from "./api";
import { t } from "./i18n";
import { make } from "./dom";

let open: HTMLDialogElement | null = null;

/** Shows the prompt once; `entered` runs with the key stored. */
export function askKey(entered: () => void): void {
  if (open !== null) return;
  const input = make("input");
  input.type = "password";
  input.autocomplete = "off";
  input.required = true;
  input.setAttribute("aria-label", t("key.title"));
  const enter = make("button", "primary", t("key.enter"));
  const form = make("form", "", make("h2", "", t("key.title")), make("p", "", storedKey() ? t("key.wrong") : t("key.hint")), input, enter);
  const dialog = make("dialog", "key-prompt", form);
  open = dialog;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    storeKey(input.value.trim());
    dialog.close();
    dialog.remove();
    open = null;
    entered();
  });
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
}
